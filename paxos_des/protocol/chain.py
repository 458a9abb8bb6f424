"""The chain hash of a history: what stands for values that are forgotten.

c₀ is 64 zeros; cᵢ₊₁ is the SHA-256, in hex, of cᵢ as text followed by the compact JSON of the
value in slot i. So equal hashes at equal lengths mean equal histories.
"""

from hashlib import sha256

import msgspec

from paxos_des.protocol.ballot import Value

CHAIN_START = "0" * 64

_encode = msgspec.json.Encoder().encode


def chained(chain: str, value: Value) -> str:
    """Return the hash of a history that is one value longer."""
    return sha256(chain.encode() + _encode(value)).hexdigest()
