"""Failure files in somebody's test suite."""

from paxos_des.report.regression import assert_mended

__all__ = ["assert_mended"]
