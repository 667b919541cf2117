"""Contenders side by side: each round runs every one of them, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Measure:
    """What one run took; CPU of the process and its children, memory of the process alone.

    `base_mib` is the peak before the work: interpreter, imports and preparation.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float
    base_mib: float = 0.0


@dataclass(frozen=True)
class Contender:
    """One way of doing it: `entry` is MODULE:FUNCTION, called with `arguments`.

    Another `interpreter` is one whose environment holds what the project's does not.
    """

    name: str
    entry: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    units: int = 1
    interpreter: str = sys.executable


@dataclass(frozen=True)
class Contest:
    """Contenders that are compared with the first of them; `unit` is what each works through.

    `megabytes` (10^6) is the size of one unit, where that says something.
    """

    title: str
    unit: str
    contenders: tuple[Contender, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    megabytes: float = 0.0


Results = dict[str, list[Measure]]


class ContenderError(RuntimeError):
    """A contender did not come to its end."""


def held(contest: Contest, rounds: int) -> Results:
    """Return the measures of every contender, one a round, by its name.

    Each round has an order of its own, so that no contender always runs on a warm or a busy
    machine.
    """
    results: Results = {contender.name: [] for contender in contest.contenders}
    for number in range(rounds):
        order = list(contest.contenders)
        Random(number).shuffle(order)
        for contender in order:
            made = run(
                contender.entry, contender.arguments, contest.environment, contender.interpreter
            )
            results[contender.name].append(made)
    return results


def run(
    entry: str,
    arguments: Mapping[str, object],
    environment: Mapping[str, str] | None = None,
    interpreter: str = sys.executable,
) -> Measure:
    """Return what an entry took in a fresh interpreter; ContenderError with its last words."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        made = Path(folder) / "made.json"
        command = [interpreter, "-m", "tests.bench.measured", entry]
        done = subprocess.run(
            [*command, json.dumps(arguments, default=str), str(made)],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ContenderError(f"{entry} ended with {done.returncode}:\n{done.stdout[-2000:]}")
        return Measure(**json.loads(made.read_text(encoding="ascii")))
