"""A pytest plugin for SimPy's own tests: every `simpy.Environment` of theirs is a World.

It is loaded before the tests are, and so before any of them takes the name out of the module.
RealtimeEnvironment derives from the original, and stays what it is.
"""

import simpy

from paxos_des.engine.world import World

simpy.Environment = World  # type: ignore[misc,assignment] # the point of this file
