"""Runs the benches and prints their tables: `python -m tests.bench`."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.bench.contest import held
from tests.bench.contests import BENCHES
from tests.bench.sizes import QUICK, Sizes
from tests.bench.table import table

ROUNDS = 3
MEMORY, ROOM_BYTES = Path("/dev/shm"), 8 * 10**9


def report(name: str, sizes: Sizes, rounds: int) -> Iterator[str]:
    """Yield the tables of one bench as they are ready; all that it wrote is deleted."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=_memory()) as folder:
        contests = BENCHES[name](Path(folder), sizes)
        for each in contests:
            yield each if isinstance(each, str) else table(each, held(each, rounds))


def _memory() -> str | None:
    """Return a memory file system with room, so that no disk is measured; None without one."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        return str(MEMORY)
    return None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measures each part of the pipeline next to the same bytes without the work, "
        "in shuffled rounds, each run in a process of its own; docs/benchmarks.md explains "
        "the figures.",
    )
    parser.add_argument("--only", choices=BENCHES, metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help="a tenth of the files and lines")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="rounds of each bench (%(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=Sizes.seed, help="of the answer key of `quality` (%(default)s)"
    )
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be 1 or more")
    return arguments


def main() -> None:
    """Run the benches that the command line asks for."""
    arguments = _arguments()
    for name in [arguments.only] if arguments.only else BENCHES:
        sizes = replace(QUICK if arguments.quick else Sizes(), seed=arguments.seed)
        for shown in report(name, sizes, arguments.rounds):
            sys.stdout.write(f"{shown}\n\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
