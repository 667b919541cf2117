"""One line that says how far a run is: stages, items, time."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from include.demo.rest import TaskState
from include.imaging.model import Stage

LINE_SECONDS = 4.0
_DONE = frozenset({"success", "skipped", "failed", "upstream_failed", "removed"})
_BAD = frozenset({"failed", "upstream_failed"})


class Progress:
    """Says a line when something changed, at most one every few seconds."""

    def __init__(self, say: Callable[[str], None], catalog: Path, run_id: str) -> None:
        self._say = say
        self._catalog = catalog
        self._run_id = run_id
        self._started = time.monotonic()
        self._next = 0.0
        self._last = ""

    def __call__(self, tasks: Sequence[TaskState]) -> None:
        """Take the run's task instances as they are now."""
        if time.monotonic() < self._next:
            return
        line = stages(tasks)
        if counts := settled(self._catalog, self._run_id):
            line += f" · {counts[1]} of {counts[0]} items settled"
        if line != self._last:
            elapsed = int(time.monotonic() - self._started)
            self._say(f"{elapsed // 60}:{elapsed % 60:02d}  {line}")
            self._last = line
            self._next = time.monotonic() + LINE_SECONDS


def stages(tasks: Sequence[TaskState]) -> str:
    """Return done/total of every stage that has begun, in the order of the stages."""
    total: Counter[str] = Counter()
    done: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    for task in tasks:
        stage = task.task_id.rpartition(".")[2]
        total[stage] += 1
        done[stage] += task.state in _DONE
        bad[stage] += task.state in _BAD
    parts = [_part(stage, done[stage], total[stage], bad[stage]) for stage in Stage if done[stage]]
    return " · ".join(parts) or "waiting for the scheduler"


def settled(catalog: Path, run_id: str) -> tuple[int, int] | None:
    """Return (items, items that have their outcome) of a run; None before they are known."""
    if not catalog.exists():
        return None
    query = "SELECT count(*), count(outcome) FROM items WHERE run_id = ?"
    try:
        with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as connection:
            items, ended = connection.execute(query, (run_id,)).fetchone()
    except sqlite3.Error:
        return None
    return (items, ended) if items else None


def _part(stage: str, done: int, total: int, bad: int) -> str:
    return f"{stage} {done}/{total}" + (f" ({bad} failed)" if bad else "")
