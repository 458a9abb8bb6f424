"""naive-2009: the program of 2009 with its mistakes."""

from paxos_des.museum.naive_2009.demonstrations import ADVERSARIAL, DEMONSTRATION, ONE_LEADER
from paxos_des.museum.naive_2009.program import MISTAKES, naive, with_mistakes

__all__ = ["ADVERSARIAL", "DEMONSTRATION", "MISTAKES", "ONE_LEADER", "naive", "with_mistakes"]
