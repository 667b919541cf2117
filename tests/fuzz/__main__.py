"""Mutates DICOM files and checks that each ends verified or held: `python -m tests.fuzz`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.run import Summary, run
from tests.fuzz.worker import Bench, Task, Trial

FOLDER = Path(".cache/fuzz")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz",
        description="De-identifies and verifies mutated DICOM files. The exit code is 1 if one "
        "crashed, took more than 5 s of CPU time or 512 MiB, or came out with planted identity; "
        "such inputs are saved.",
    )
    parser.add_argument("--count", type=int, default=1000, help="mutants (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the run (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (%(default)s)")
    parser.add_argument("--policy", default="basic", help="name or path (%(default)s)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for inputs (%(default)s)")
    parser.add_argument("--no-dciodvfy", action="store_true", help="verify without dciodvfy")
    parser.add_argument(
        "--only", type=int, nargs="+", metavar="NUMBER", help="try these mutants of the run alone"
    )
    return parser.parse_args()


def _shown(summary: Summary, seed: int) -> Iterator[str]:
    yield f"{summary.tried} mutants of seed {seed}"
    for end, count in summary.ends.most_common():
        yield f"  {count:6}  {end or '(none)'}"
    yield f"stopped by the verification: {sum(summary.stopped.values())} findings"
    for saved, count in summary.stopped.most_common():
        yield f"  {count:6}  {saved} (as {_named(summary.examples[saved])})"
    yield f"broken promises: {len(summary.broken)}"
    for trial in sorted(summary.broken, key=lambda trial: trial.verdict.broken):
        verdict = trial.verdict
        yield f"  {verdict.broken} ({verdict.end}): {verdict.detail} ({_named(trial)})"


def _named(trial: Trial) -> str:
    return f"--only {trial.number}: {trial.origin} {' '.join(trial.mutations)}"


def _try_only(task: Task, numbers: list[int]) -> Iterator[str]:
    bench = Bench(task, is_smaller=False)
    for number in numbers:
        trial = bench.trial(number)
        yield f"{_named(trial)}"
        yield f"  {bench.keep(number)}: {trial.verdict}"


def _progress(summary: Summary, count: int) -> None:
    if sys.stderr.isatty():
        broken = len(summary.broken)
        sys.stderr.write(f"\r{summary.tried}/{count}, {broken} broken promises")
        sys.stderr.flush()


def main() -> int:
    """Run as the command line says; returns the exit code."""
    given = _arguments()
    task = Task(given.seed, given.policy, given.folder, not given.no_dciodvfy)
    if given.only:
        sys.stdout.writelines(f"{line}\n" for line in _try_only(task, given.only))
        return 0
    summary = run(task, given.count, given.workers, lambda now: _progress(now, given.count))
    sys.stderr.write("\n" if sys.stderr.isatty() else "")
    sys.stdout.writelines(f"{line}\n" for line in _shown(summary, given.seed))
    return 1 if summary.broken else 0


if __name__ == "__main__":
    sys.exit(main())
