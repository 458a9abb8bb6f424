"""A deterministic world on SimPy, which knows nothing of Paxos."""
