"""How fast paxos_des is, beside bare SimPy on the same machine.

make bench, or python -m experiments.bench.run [--quick] [--check] [--out FILE]
"""

import argparse
import json
import sys
from pathlib import Path

from experiments.bench import work
from experiments.bench.rows import FULL, QUICK, Sizes, StableRuns, rows_of, smaller_of
from experiments.bench.table import Result, markdown, missed, records

INTERRUPTED = 130


def measure_all(sizes: Sizes) -> Result:
    """Measure every row once, then all again, and so on: no row has a quiet hour for itself."""
    stable_runs: StableRuns = {"digest": [], "nothing": []}
    result = Result({row: [] for row in rows_of(sizes, stable_runs)}, {})
    work.duels(sizes.seeds)  # or the first measurement would pay for what is done once
    for repeat in range(sizes.repeats):
        for row, samples in result.rows.items():
            _progress(f"{repeat + 1} of {sizes.repeats}: {row.name}")
            samples.append(row.sample())
        _progress(f"{repeat + 1} of {sizes.repeats}: growth")
        for one in smaller_of(sizes):
            result.growth.setdefault(one.values, []).append(one)
    _progress("")
    result.growth[sizes.stable[-1]] = stable_runs["digest"]
    return result


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small and rough, in seconds")
    parser.add_argument("--check", action="store_true", help="exit 1 if a floor is missed")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write all samples, as JSON")
    parsed = parser.parse_args(arguments)
    if parsed.out is not None and not parsed.out.parent.is_dir():  # told before, not after minutes
        parser.error(f"--out: found no folder {parsed.out.parent}; allowed is a file in one")
    try:
        result = measure_all(QUICK if parsed.quick else FULL)
    except KeyboardInterrupt:
        sys.stderr.write("bench: interrupted; nothing was written\n")
        return INTERRUPTED
    sys.stdout.write(markdown(result) + "\n")
    if parsed.out is not None:
        text = json.dumps(records(result), indent=1, ensure_ascii=False)
        parsed.out.write_text(text + "\n", encoding="utf-8")
    sentences = missed(result) if parsed.check else []
    sys.stderr.writelines(f"bench: {sentence}\n" for sentence in sentences)
    return int(bool(sentences))


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
