"""A process that tries mutants one after the other and tells how each ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

from include.imaging.dicom.header import read_facts
from tests.fuzz.gate import End, gate
from tests.fuzz.mutant import Mutant, Mutants
from tests.fuzz.trial import Verdict, judged

# Further examples of what the verification stopped are not saved.
MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Task:
    """What a run tries: `folder` takes failing inputs, `with_dciodvfy` costs most of its time."""

    seed: int
    policy: str
    folder: Path
    with_dciodvfy: bool = True


@dataclass(frozen=True, slots=True)
class Trial:
    """How one mutant ended."""

    number: int
    origin: str
    mutations: tuple[str, ...]
    verdict: Verdict


class Bench:
    """Tries mutants of one run in this process; `is_smaller`: failing ones are minimised."""

    def __init__(self, task: Task, *, is_smaller: bool = True) -> None:
        self._is_smaller = is_smaller
        self._task = task
        self._mutants = Mutants(task.seed)
        self._gate = gate(task.policy, with_dciodvfy=task.with_dciodvfy)
        self._examples: dict[str, int] = {}

    def trial(self, number: int) -> Trial:
        """Return how a mutant ended; a broken promise leaves its smallest form in the folder."""
        mutant = self._mutants.mutant(number)
        verdict = self._judged(mutant)
        # to see a hang again takes as long as it did
        if verdict.broken not in ("", "hang") and self._is_smaller:
            mutant, verdict = self._smaller(mutant, verdict)
        self._keep(mutant, verdict)
        return Trial(number, mutant.origin, mutant.mutations, verdict)

    def keep(self, number: int) -> Path:
        """Write a mutant to the folder; returns its place."""
        self._task.folder.mkdir(parents=True, exist_ok=True)
        place = self._task.folder / f"only-{self._task.seed}-{number}.dcm"
        place.write_bytes(self._mutants.mutant(number).data)
        return place

    def _judged(self, mutant: Mutant) -> Verdict:
        return judged(
            mutant.data,
            self._end_of,
            self._gate.disagreement,
            self._gate.found_in_pixels,
        )

    def _end_of(self, original: bytes) -> End:
        """Return the end of a file that staging reads first, as it does every file."""
        read_facts(original)
        return self._gate.end_of(original)

    def _smaller(self, mutant: Mutant, verdict: Verdict) -> tuple[Mutant, Verdict]:
        def fails(smaller: Mutant) -> bool:
            return self._judged(smaller).broken == verdict.broken

        found = self._mutants.smallest(mutant, fails)
        last = self._judged(found)
        return found, last if last.broken else replace(verdict, detail=f"{verdict.detail} (once)")

    def _keep(self, mutant: Mutant, verdict: Verdict) -> None:
        reason = verdict.broken
        for saved in verdict.saved[:1]:
            self._examples[saved] = self._examples.get(saved, 0) + 1
            reason = "stopped" if self._examples[saved] <= MOST_EXAMPLES else ""
        if reason:
            self._task.folder.mkdir(parents=True, exist_ok=True)
            name = f"{reason}-{self._task.seed}-{mutant.number}.dcm"
            (self._task.folder / name).write_bytes(mutant.data)


def work(task: Task, numbers: Iterable[int], answers: Connection) -> None:
    """Send the trial of every number, in order; the last answer is None."""
    bench = Bench(task)
    for number in numbers:
        answers.send(bench.trial(number))
    answers.send(None)
