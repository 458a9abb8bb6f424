"""What SimPy does by itself: the unit of all figures, and two ways to send a message with it."""

from collections.abc import Generator
from typing import Any

import simpy

IN_FLIGHT = 100
"""So many messages are on their way at any time: each one that arrives sends the next."""

Process = Generator[Any, Any, None]


def bare(timeouts: int) -> int:
    """Wait so many times in one process: the least that an event can cost."""
    env = simpy.Environment()

    def process() -> Process:
        for _ in range(timeouts):
            yield env.timeout(1)

    env.process(process())
    env.run()
    assert env.now == timeouts, env.now
    return timeouts


def process_per_message(messages: int) -> int:
    """Send messages by a process each, which waits for the delay and calls the receiver."""
    env = simpy.Environment()
    received: list[int] = []

    def transmit(number: int) -> Process:
        yield env.timeout(_delay_us(number))
        receive(number)

    def receive(number: int) -> None:
        received.append(number)
        if number + IN_FLIGHT < messages:
            env.process(transmit(number + IN_FLIGHT))

    for number in range(min(IN_FLIGHT, messages)):
        env.process(transmit(number))
    env.run()
    assert len(received) == messages, len(received)
    return messages


def store_per_receiver(messages: int) -> int:
    """Send messages by a process each, which waits and puts into the store of a receiver."""
    env = simpy.Environment()
    store = simpy.Store(env)
    received: list[int] = []

    def transmit(number: int) -> Process:
        yield env.timeout(_delay_us(number))
        yield store.put(number)

    def receiver() -> Process:
        while True:
            number = yield store.get()
            received.append(number)
            if number + IN_FLIGHT < messages:
                env.process(transmit(number + IN_FLIGHT))

    env.process(receiver())
    for number in range(min(IN_FLIGHT, messages)):
        env.process(transmit(number))
    env.run()
    assert len(received) == messages, len(received)
    return messages


def _delay_us(number: int) -> int:
    """Return 200 µs to 1 ms, spread out, at next to no cost: the drawing is not what we measure."""
    return 200 + number * 541 % 801
