"""Measured times in a file: plain numbers in ms, one a line, or what the `ping` command printed."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Literal, NamedTuple

from paxos_des.cluster import parse
from paxos_des.cluster.files import read_lines, shown

Measured = Literal["one-way", "round-trip"]

_PING = re.compile(r"\btime[=<].*")
_TIME = re.compile(r"time=([0-9.]+) *ms\b.*", re.ASCII)
_FILE_ALLOWED = "a file of up to 1 MB with measured times in ms"
_LINE_ALLOWED = "a time in ms, as in 12.3, or the output of ping with time=12.3 ms"
_PING_ALLOWED = "a time as in time=12.3 ms"


class Pings(NamedTuple):
    """Times in µs, and whether they are of one way or, as ping's are, of both."""

    times_us: list[Fraction]
    measured: Measured


def read_pings(path: Path, where: str) -> Pings:
    """Return the times in a file.

    In the output of ping, only lines with a time count: a lost ping has none, and is no delay.

    Raises
    ------
    ScenarioError
        When the file cannot be read, or a line is neither; with its number.
    """
    where = f"{where}, file {shown(path)}"
    lines = read_lines(path, where, _FILE_ALLOWED)
    answers = [(number, _PING.search(line)) for number, line in lines]
    if not any(answer for _, answer in answers):
        plain = [
            parse.measured_us(line, f"{where}, line {number}", _LINE_ALLOWED)
            for number, line in lines
        ]
        return Pings(plain, "one-way")
    times_us = []
    for number, answer in answers:
        if answer is not None:
            place = f"{where}, line {number}"
            time = _TIME.fullmatch(answer[0])
            if time is None:  # `time<1ms` says too little, and other units nobody has seen
                parse.refuse(place, answer[0], _PING_ALLOWED)
            times_us.append(parse.measured_us(time[1], place, _PING_ALLOWED))
    return Pings(times_us, "round-trip")
