"""The museum: published bugs of the Paxos family, each a small mutation of the right role.

Importing it registers every exhibit as a protocol of its name; the right protocol never knows.
"""

from paxos_des.museum.accept_below_promise import ACCEPT_BELOW_PROMISE
from paxos_des.museum.exhibit import Exhibit, register_all

EXHIBITS: dict[str, Exhibit] = register_all((ACCEPT_BELOW_PROMISE,))
