"""How a client asks: how much at once, how often, and when again."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a client asks; times are in µs.

    Attributes
    ----------
    in_flight
        How many requests are open at most; None: any number.
    retry_after_us, retry_us_max
        What was not answered for this long is asked again, elsewhere; after each time that
        brought nothing, the wait is twice as long, up to the longest, if that is longer.
    retry_jitter
        A wait is longer by up to this share of it.
    arrivals
        `closed`: an answer brings the next request, after a time to think; `open`: a request
        arrives after a time from a range.
    waits_us
        Of an open client: how long before each arrival, in place of a range.
    is_windowed
        A sequence number is asked for only when all that are `in_flight` or more below are
        answered: so that a replica knows what it may forget.
    is_durable
        There is a disk.
    """

    in_flight: int | None
    retry_after_us: int
    retry_us_max: int = 0
    retry_jitter: float = 0.0
    arrivals: Literal["closed", "open"] = "closed"
    think_us_min: int = 0
    think_us_max: int = 0
    every_us_min: int = 1
    every_us_max: int = 1
    waits_us: tuple[int, ...] = ()
    is_windowed: bool = False
    is_durable: bool = False

    def longer(self, wait_us: int) -> int:
        """Return how long to wait after a wait that brought nothing."""
        return min(2 * wait_us, max(self.retry_us_max, self.retry_after_us))

    def jitter_us(self, wait_us: int) -> int:
        if not self.retry_jitter:
            return 0
        numerator, denominator = self.retry_jitter.as_integer_ratio()
        return wait_us * numerator // denominator
