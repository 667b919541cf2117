"""What a DAG processor imports when it parses a file of DAGs, each in a fresh interpreter."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DAG_FILE = ROOT / "dags" / "import_feeds.py"


@contextmanager
def authoring() -> Iterator[Callable[[], None]]:
    """Import what an author of DAGs imports of Airflow, and nothing of this project."""

    def work() -> None:
        from airflow.sdk import DAG, CronDataIntervalTimetable, Param, task, task_group

        assert all((DAG, CronDataIntervalTimetable, Param, task, task_group))

    yield work


@contextmanager
def dag_file() -> Iterator[Callable[[], None]]:
    """Run dags/import_feeds.py as it stands."""
    sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]
    yield lambda: _expect(runpy.run_path(str(DAG_FILE)), 1)


@contextmanager
def feeds(folder: str, count: int) -> Iterator[Callable[[], None]]:
    """Make the DAGs of a folder of feeds."""
    sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]

    def work() -> None:
        from pipeline.feeds import import_dags

        made = import_dags(Path(folder))
        if len(made) != count or any("invalid-feed" in dag.tags for dag in made.values()):
            raise RuntimeError("the feeds of the bench did not become DAGs")

    yield work


def write_feeds(folder: Path, count: int) -> None:
    """Write feed files, each like the demo's but under a name of its own."""
    folder.mkdir(parents=True)
    text = (ROOT / "include" / "feeds" / "demo.yaml").read_text(encoding="utf-8")
    for number in range(count):
        name = f"bench_{number:04d}"
        content = text.replace("feed: demo\n", f"feed: {name}\n")
        (folder / f"{name}.yaml").write_text(content, encoding="utf-8")


def _expect(names: dict[str, object], least: int) -> None:
    if sum(name.startswith("import_") for name in names) < least + 1:
        raise RuntimeError("dags/import_feeds.py made no DAG")
