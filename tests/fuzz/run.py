"""A run: mutants spread over processes, each of which is watched, replaced, and heard."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from tests.fuzz.trial import Verdict
from tests.fuzz.worker import Task, Trial, work

# Without an answer for so long, a process hangs where no signal reaches it, in C code say.
WALL_SECONDS = 90.0


@dataclass
class Summary:
    """What a run found: ends, broken promises, what the verification had to stop."""

    tried: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Trial] = field(default_factory=dict)
    broken: list[Trial] = field(default_factory=list)

    def add(self, trial: Trial) -> None:
        """Count a trial."""
        self.tried += 1
        self.ends[trial.verdict.end] += 1
        for saved in trial.verdict.saved:
            self.stopped[saved] += 1
            self.examples.setdefault(saved, trial)
        if trial.verdict.broken:
            self.broken.append(trial)


@dataclass
class _Lane:
    """One process and the numbers that it still has to try."""

    numbers: range
    process: BaseProcess
    answers: Connection
    heard: float


def run(
    task: Task, count: int, workers: int, progress: Callable[[Summary], None] = lambda _: None
) -> Summary:
    """Return what the mutants below `count` did; a dead or stuck process is a broken promise."""
    summary = Summary()
    lanes = [_begun(task, range(start, count, workers)) for start in range(min(workers, count))]
    try:
        while lanes:
            wait([lane.answers for lane in lanes], timeout=1.0)
            lanes = [new for lane in lanes for new in _listened(task, lane, summary)]
            progress(summary)
    finally:
        for lane in lanes:
            lane.process.kill()
            lane.process.join()
    return summary


def _begun(task: Task, numbers: range) -> _Lane:
    context = multiprocessing.get_context("spawn")
    answers, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(task, numbers, theirs))
    process.start()
    theirs.close()
    return _Lane(numbers, process, answers, time.monotonic())


def _listened(task: Task, lane: _Lane, summary: Summary) -> Iterator[_Lane]:
    """Take a process's answers; yield it, its replacement, or nothing when it is done."""
    try:
        while lane.answers.poll():
            trial = lane.answers.recv()
            if trial is None:
                lane.process.join()
                return
            summary.add(trial)
            lane.numbers, lane.heard = lane.numbers[1:], time.monotonic()
    except EOFError:
        yield from _replaced(task, lane, summary, "crash")
        return
    if time.monotonic() - lane.heard > WALL_SECONDS:
        yield from _replaced(task, lane, summary, "hang")
    else:
        yield lane


def _replaced(task: Task, lane: _Lane, summary: Summary, broken: str) -> Iterator[_Lane]:
    lane.process.kill()
    lane.process.join()
    if not lane.numbers:
        return
    verdict = Verdict("", broken, f"the process ended with {lane.process.exitcode}")
    summary.add(Trial(lane.numbers[0], "?", (), verdict))
    if len(lane.numbers) > 1:
        yield _begun(task, lane.numbers[1:])
