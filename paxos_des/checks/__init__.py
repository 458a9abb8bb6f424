"""Checks: functions of the record of a run to a verdict. They never look into the system.

Each observes entries of the trace, one at a time; so the same code judges a run while it goes
on, and a trace that was saved.
"""
