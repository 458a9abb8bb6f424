"""`paxos-des check`: a saved trace, judged again."""

import sys
from pathlib import Path

import msgspec

from paxos_des.checks.judges import Judges
from paxos_des.checks.saved import find_entries, judge_lines, read_trace
from paxos_des.cli.run import EXIT_CODES, Form, as_json
from paxos_des.cli.text import in_words, verdict_lines
from paxos_des.cluster.scenario import Scenario
from paxos_des.run import facts_of


def check(path: Path, *, form: Form) -> int:
    """Judge a saved trace, print the verdicts, and return the exit code."""
    header, lines = read_trace(path)
    scenario = Scenario.from_dict(header.scenario, where=f"{path}, line 1, scenario")
    judges = Judges(scenario.quorum_system, facts=facts_of(scenario))
    count, digest = judge_lines(judges, lines, horizon_us=scenario.horizon_us)
    found = find_entries(path, {n for one in judges.violations for n in one.numbers})
    violations = tuple(
        msgspec.structs.replace(one, entries=tuple(found[n] for n in one.numbers))
        for one in judges.violations
    )
    if form == "json":
        document = {
            "trace": str(path),
            "scenario": scenario.name,
            "seed": header.seed,
            "digest": digest,
            "verdict": judges.verdict,
            "checks": judges.verdicts,
            "violations": violations,
            "entries": count,
            "chosen": judges.votes.commands.count,
        }
        sys.stdout.write(as_json(document))
    else:
        printed = [
            f"{path} · {scenario.name}, seed {header.seed} · {judges.verdict}",
            "",
            *in_words("entries", f"{count:,}"),
            *in_words("chosen", f"{judges.votes.commands.count:,} commands"),
            *verdict_lines(judges.verdicts, violations),
            *in_words("digest", digest),
        ]
        sys.stdout.write("\n".join(printed) + "\n")
    return EXIT_CODES[judges.verdict]
