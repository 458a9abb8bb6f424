"""What the catalogue of published bugs lists, and the protocol as built cannot express."""

NOT_ON_SHOW: dict[str, str] = {}
"""By the catalogue's name: why it is not on show, in one sentence."""
