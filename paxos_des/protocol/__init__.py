"""Paxos without I/O: roles take a message or a timer, and return a list of effects.

Nothing here imports simpy, draws, sleeps, logs or reads a clock. So one source of each role
is run by the timed simulation, by guided exploration and by unit tests alike.

PMS is Lamport's *Paxos Made Simple* (2001), PMMC van Renesse and Altinbuken's
*Paxos Made Moderately Complex* (2015).
"""
