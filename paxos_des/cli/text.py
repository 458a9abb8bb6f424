"""What a run's summary says, for people."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

import msgspec

from paxos_des.checks.verdict import Verdict, Violation
from paxos_des.run import Run
from paxos_des.run_record import quantiles

AGREEING = ("Prepare", "Promise", "Accept", "Accepted", "Nack")
"""The messages that the protocol itself needs: heartbeats and clients aside."""

MILLISECOND_US, SECOND_US = 1_000, 1_000_000
_LABEL, _WIDTH = 12, 88


def summary(done: Run, wall_s: float) -> str:
    """Return a run's summary: what happened, what the checks say, and how to have it again."""
    scenario, stats = done.scenario, done.stats
    lines = [
        f"{scenario.name} · seed {done.seed} · {scenario.protocol} · {done.verdict}",
        *wrap(scenario.summary, _WIDTH, break_on_hyphens=False),
        "",
        *in_words(
            "chosen",
            f"{stats.chosen:,} of {scenario.requests:,} values, "
            f"in {_count(stats.chosen_slots, 'slot')}{_leased(stats.leased_reads)}",
        ),
        *in_words("answered", f"{stats.answered:,}{_times(stats.reply_us)}"),
        *_history_lines(done),
        *_message_lines(done),
        *_nemesis_lines(done),
        *in_words("ended", _end(done)),
        *verdict_lines(done.verdicts, done.violations),
        *in_words("digest", done.digest or "none was made"),
        *in_words("took", f"{wall_s:.2f} s for {stats.events:,} events"),
    ]
    return "\n".join(lines) + "\n"


def verdict_lines(verdicts: Mapping[str, Verdict], violations: Iterable[Violation]) -> list[str]:
    """Return the checks by verdict, and each violation with the entries that prove it."""
    lines = []
    for verdict in ("ok", "unknown", "violated"):
        names = [name for name, found in verdicts.items() if found == verdict]
        if names:
            lines += in_words(verdict, ", ".join(names))
    for violation in violations:
        lines += ["", f"{violation.check} is violated at {duration(violation.at_us)}:"]
        lines += [f"  {line}" for line in wrap(violation.what, _WIDTH)]
        lines += [f"  {_entry(entry)}" for entry in violation.entries]
        lines.append("")
    return lines


def in_words(label: str, words: str) -> list[str]:
    """Return a label and what it says, wrapped beside it."""
    first, *others = wrap(words, _WIDTH - _LABEL, break_on_hyphens=False) or [""]
    return [f"{label:{_LABEL}}{first}", *(f"{'':{_LABEL}}{line}" for line in others)]


def duration(time_us: int) -> str:
    """Return a time with the unit that suits it: 350 µs, 2.04 ms, 10.003 s."""
    if time_us < MILLISECOND_US:
        return f"{time_us} µs"
    if time_us < SECOND_US:
        return f"{time_us / MILLISECOND_US:.4g} ms"
    return f"{time_us / SECOND_US:,.3f} s"


def _history_lines(done: Run) -> list[str]:
    lines = []
    chains = {history.chain for history in done.leader_histories.values()}
    for name, history in done.leader_histories.items():
        words = f"{_count(history.length, 'slot')} from slot 0 on, chain {history.chain[:16]}…"
        beyond = sum(value is not None for value in history[history.length :])
        if beyond:
            words += f", and {beyond:,} beyond a gap"
        if len(chains) == 1 and len(done.leader_histories) > 1:
            words += ", as all leaders"
        lines += in_words(name, words)
    return lines


def _message_lines(done: Run) -> list[str]:
    messages = done.stats.messages
    agreeing = sum(messages[kind] for kind in AGREEING)
    per_value = f" = {agreeing / done.stats.chosen:.4g} per value" if done.stats.chosen else ""
    others = {kind: count for kind, count in messages.items() if kind not in AGREEING and count}
    lines = in_words(
        "messages",
        f"{agreeing:,}{per_value}: {_counts({kind: messages[kind] for kind in AGREEING})}",
    )
    return lines + (in_words("", f"and {_counts(others)}") if others else [])


def _leased(reads: int) -> str:
    return f"; {_count(reads, 'read')} under a lease took none" if reads else ""


def _nemesis_lines(done: Run) -> list[str]:
    """Return which faults were on, and which happened, and whether that had to be survived live."""
    nemesis = done.nemesis
    if nemesis is None:
        return []
    bounded = "bounded to what must be survived live" if nemesis.bounded else "unbounded"
    lines = in_words("nemesis", f"{bounded}; on: {', '.join(nemesis.kinds) or 'nothing'}")
    happened = ", ".join(f"{count} {kind}" for kind, count in nemesis.happened.items())
    lines += in_words("happened", happened or "nothing")
    for name, reason in nemesis.refused.items():
        lines += in_words("refused", f"{name} did not come back: {reason}")
    return lines


def _end(done: Run) -> str:
    at = duration(done.stats.simulated_us)
    if done.verdict == "violated":
        return f"at {at} of simulated time, at the first violation"
    if done.goal_met:
        return f"at {at} of simulated time, when all was {done.scenario.stop_when}"
    return f"at the horizon, {at} of simulated time"


def _times(times_us: Sequence[int]) -> str:
    if not times_us:
        return ""
    found = quantiles(times_us)
    return (
        f": half within {duration(found['p50'])}, 99 % within {duration(found['p99'])}, "
        f"all within {duration(found['max'])}"
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _entry(entry: Mapping[str, Any]) -> str:
    text = msgspec.json.encode(entry).decode()
    return text if len(text) <= 2 * _WIDTH else text[: 2 * _WIDTH] + "…"
