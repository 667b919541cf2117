"""Runs an import DAG in this process by `dag.test()`, and keeps what its tasks said."""

from __future__ import annotations

import json
import shutil
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import tests.support.airflow as home  # before airflow: it gives Airflow its home

# isort: split
import pytest
import yaml
from airflow import settings
from airflow.sdk import DAG

from include.demo.connections import connections
from include.demo.environment import Settings
from include.imaging.keyring import new_secret
from pipeline.feeds import import_dags
from tests.support.end_to_end import DAG_FILE

FEED = "checked"


@dataclass
class Ran:
    """A run that ended: states of its tasks, and what they raised, each by task id."""

    run_id: str
    state: str
    tasks: dict[str, set[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    retried: list[str] = field(default_factory=list)

    def returned(self, task_id: str, key: str = "return_value") -> Any:
        """What a task handed on under a key, or None."""
        query = "SELECT value FROM xcom WHERE run_id = ? AND task_id = ? AND key = ?"
        with closing(sqlite3.connect(home.DATABASE)) as database:
            row = database.execute(query, (self.run_id, task_id, key)).fetchone()
        if row is None:
            return None
        value = json.loads(row[0])
        return json.loads(value) if isinstance(value, str) else value


@dataclass
class Bench:
    """One feed's surroundings: what a test may break, and the runs it makes."""

    root: Path
    settings: Settings
    monkeypatch: pytest.MonkeyPatch

    @classmethod
    def furnished(cls, root: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Self:
        """A bench with an empty archive, a catalog, a secret and all Connections."""
        made = cls(root, settings, monkeypatch)
        made.archive.mkdir()
        known = connections(settings, root / "catalog.db", made.archive, new_secret())
        for name, value in known.items():
            monkeypatch.setenv(name, value)
        return made

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    def run(self, conf: dict[str, Any] | None = None, **feed: Any) -> Ran:
        """Run the feed, which differs from a sound one in `feed`, with these Params."""
        return run_dag(self.root, feed_of(**feed), **(conf or {}))

    def connect(self, conn_id: str, **fields: Any) -> None:
        """Define a Connection anew."""
        self.monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(fields))

    def disconnect(self, conn_id: str) -> None:
        """Take a Connection away."""
        self.monkeypatch.delenv(f"AIRFLOW_CONN_{conn_id.upper()}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the catalog."""
        with closing(sqlite3.connect(self.root / "catalog.db")) as catalog:
            return catalog.execute(query).fetchall()

    def outcomes(self) -> dict[str, int]:
        """Items of all runs by outcome."""
        return dict(self.rows("SELECT outcome, count(*) FROM items GROUP BY 1"))


def feed_of(**more: Any) -> dict[str, Any]:
    """A feed on the demo's four Connections."""
    return {
        "feed": FEED,
        "description": "A feed of the tests.",
        "owner": "tests",
        "archive": {"kind": "folder", "connection": "imaging_archive_demo"},
        "patient_namespace": "tests",
        "poll_seconds": 1,
        "retry_delay_seconds": 1,
    } | more


def run_dag(root: Path, feed: dict[str, Any], **conf: Any) -> Ran:
    """Run the feed's DAG with these Params to its end; `root` gets the feed's file."""
    with _served(root, feed) as dag:
        return run_to_end(dag, **conf)


def run_to_end(dag: DAG, **conf: Any) -> Ran:
    """Run a DAG whose file lies in Airflow's folder, with these Params, to its end."""
    home.migrated_database()
    ran = Ran("", "")
    listen(dag, ran)
    with warnings.catch_warnings():
        # Airflow's in-process API warns of its own libraries
        warnings.simplefilter("ignore")
        run = dag.test(run_conf=conf)
    ran.run_id, ran.state = run.run_id, str(run.state)
    for task in run.get_task_instances():
        ran.tasks.setdefault(task.task_id, set()).add(str(task.state))
    return ran


@contextmanager
def _served(root: Path, feed: dict[str, Any]) -> Iterator[DAG]:
    """Give the feed's DAG as the factory makes it, its file being Airflow's only one."""
    feeds, dags, before = root / "feeds", root / "dags", settings.DAGS_FOLDER
    for folder in (feeds, dags):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    (feeds / f"{FEED}.yaml").write_text(yaml.safe_dump(feed))
    (dags / "feeds_of_the_test.py").write_text(DAG_FILE.format(folder=str(feeds)))
    settings.DAGS_FOLDER = str(dags)
    try:
        yield import_dags(feeds)[f"import_{FEED}"]
    finally:
        settings.DAGS_FOLDER = before


def listen(dag: DAG, ran: Ran) -> None:
    """Let the tasks of a DAG tell `ran` what they raised and which were retried."""

    def failed(context: Any) -> None:
        ran.errors[context["ti"].task_id] = str(context["exception"])

    def retried(context: Any) -> None:
        ran.retried.append(context["ti"].task_id)

    for task in dag.tasks:
        callbacks = {"on_failure_callback": [failed], "on_retry_callback": [retried]}
        if task.is_mapped:
            task.partial_kwargs.update(callbacks)  # type: ignore[attr-defined]
        else:
            for name, callback in callbacks.items():
                setattr(task, name, callback)
