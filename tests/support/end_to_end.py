"""One real Airflow on one local cloud, and what the end-to-end tests ask of both."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import yaml

from include.demo.airflow import DATABASE, AirflowServer
from include.demo.connections import connections
from include.demo.environment import Settings, client, ensure_datastore, prepare
from include.imaging.keyring import new_secret
from include.localcloud.running import LocalCloud
from tests.support.postgres import Postgres, serving_postgres
from tests.support.tripwire import Tripwires, Wire, serving_tripwires

RUN_SECONDS = 420
DAG_FILE = """
from pathlib import Path
from airflow.sdk import DAG
from pipeline.feeds import import_dags
globals().update(import_dags(Path({folder!r})))
"""
# what a killed task or scheduler leaves behind is noticed in seconds, not minutes
FAST = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "2",
}


def feed_text(name: str, **more: Any) -> str:
    """The YAML of a feed on the archive `archive_<name>` and the target `target_<name>`."""
    feed = {
        "feed": name,
        "description": f"End-to-end feed {name}.",
        "owner": "tests",
        "archive": {"kind": "folder", "connection": f"archive_{name}", "partition": None},
        "patient_namespace": "tests",
        "target": f"target_{name}",
        "quota": {"files": 8},
        "poll_seconds": 1,
        "retry_delay_seconds": 1,
    }
    return yaml.safe_dump(feed | more)


@dataclass
class World:
    """The running system; `root` holds its state, logs and archives, PostgreSQL its databases."""

    root: Path
    postgres: Postgres
    cloud: LocalCloud
    wires: Tripwires
    airflow: AirflowServer
    settings: dict[str, Settings]

    def trigger(self, feed: str, **conf: Any) -> str:
        """Start a run of a feed; returns its run id."""
        self.airflow.await_dag(f"import_{feed}")
        return self.airflow.client.trigger(f"import_{feed}", conf)

    def wait(self, feed: str, run_id: str) -> str:
        """Return the state that a run ended in."""
        return self.airflow.client.wait(f"import_{feed}", run_id, RUN_SECONDS)

    def run(self, feed: str, **conf: Any) -> str:
        """Start a run, await its success and return its id; fails with the tasks' logs."""
        run_id = self.trigger(feed, **conf)
        state = self.wait(feed, run_id)
        assert state == "success", self.explain(feed, run_id)
        return run_id

    def clear(self, feed: str, run_id: str, *tasks: str) -> None:
        """Clear tasks with everything downstream, and await the run's success."""
        self.airflow.client.clear(f"import_{feed}", run_id, tasks, downstream=True)
        state = self.wait(feed, run_id)
        assert state == "success", self.explain(feed, run_id)

    def kill_task(self, feed: str, task_id: str) -> bool:
        """SIGKILL the running process of one of the feed's tasks; returns whether there was one."""
        api, dag_id = self.airflow.client, f"import_{feed}"
        for run_id in api.unfinished_runs(dag_id):
            for task in api.task_instances(dag_id, run_id):
                if task.task_id == task_id and task.state == "running" and task.pid:
                    with suppress(ProcessLookupError):
                        os.kill(task.pid, signal.SIGKILL)
                        return True
        return False

    def kill_airflow(self) -> bool:
        """SIGKILL scheduler, workers, tasks and all the rest at once."""
        assert self.airflow.session is not None
        for process in self.airflow.session.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return True

    def await_fall(self, wire: Wire) -> None:
        """Return once the wire has sprung and nothing of Airflow lives."""
        deadline = time.monotonic() + RUN_SECONDS
        while not wire.sprung:
            assert time.monotonic() < deadline, f"{wire.name} was never reached"
            time.sleep(0.2)
        self.airflow.stop()

    def explain(self, feed: str, run_id: str) -> str:
        """The failed tasks of a run with the ends of their logs."""
        dag_id, text = f"import_{feed}", []
        for task in self.airflow.client.task_instances(dag_id, run_id):
            if task.state == "failed":
                log = self.airflow.client.logs(
                    dag_id, run_id, task.task_id, task.map_index, task.try_number
                )
                text.append(f"{task.name}: " + "\n".join(log[-12:]))
        return "\n\n".join(text) or "no failed task"

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the catalog; `%s` stands for each value."""
        return self.postgres.rows("catalog", query, *values)

    def outcomes(self, feed: str, run_id: str) -> dict[str, int]:
        """Items of a run by outcome."""
        query = "SELECT outcome, count(*) FROM items WHERE feed = %s AND run_id = %s GROUP BY 1"
        return dict(self.rows(query, feed, run_id))

    def held(self, feed: str) -> list[tuple[Any, ...]]:
        """What the catalog says the feed's data store holds, apart from ids made by chance."""
        query = (
            "SELECT sop_instance_uid, content_hash, series_instance_uid, fingerprint, sha256_out, "
            "image_set_version, is_primary FROM instances WHERE datastore_id = %s ORDER BY 1"
        )
        return self.rows(query, self.settings[feed].datastore_id)

    def image_sets(self, feed: str) -> list[dict[str, Any]]:
        """The image sets that the service itself shows."""
        imaging = client("medical-imaging", self.cloud.url)
        pages = imaging.get_paginator("search_image_sets").paginate(
            datastoreId=self.settings[feed].datastore_id
        )
        return [entry for page in pages for entry in page["imageSetsMetadataSummaries"]]

    def jobs(self, feed: str) -> list[dict[str, Any]]:
        """The import jobs that the service itself lists."""
        imaging = client("medical-imaging", self.cloud.url)
        pages = imaging.get_paginator("list_dicom_import_jobs").paginate(
            datastoreId=self.settings[feed].datastore_id
        )
        return [entry for page in pages for entry in page["jobSummaries"]]


@contextmanager
def running_world(root: Path, archives: dict[str, Path], feeds: dict[str, str]) -> Iterator[World]:
    """Serve the world while the block runs; each feed has buckets and a data store of its own."""
    folder = root / "feeds"
    folder.mkdir(parents=True)
    for name, text in feeds.items():
        (folder / f"{name}.yaml").write_text(text)
    dags = root / "dags"
    dags.mkdir()
    (dags / "feeds_of_the_tests.py").write_text(DAG_FILE.format(folder=str(folder)))
    cloud = LocalCloud(root / "cloud", 0, "--job-seconds", "2", log=root / "cloud.log")
    try:
        with serving_postgres() as postgres, serving_tripwires(cloud.url) as wires:
            postgres.run("CREATE DATABASE airflow", "CREATE DATABASE catalog")
            settings = {name: _settings(cloud.url, wires.url, name) for name in feeds}
            environment = _environment(root, settings, archives, postgres)
            with AirflowServer(root / "airflow", environment, dags) as airflow:
                yield World(root, postgres, cloud, wires, airflow, settings)
    finally:
        cloud.stop()
        shutil.rmtree(root / "cloud", ignore_errors=True)


def _settings(cloud: str, through: str, name: str) -> Settings:
    settings = prepare(cloud)
    store = ensure_datastore(client("medical-imaging", cloud), name)
    return replace(settings, endpoint_url=through, datastore_id=store)


def _environment(
    root: Path, settings: dict[str, Settings], archives: dict[str, Path], postgres: Postgres
) -> dict[str, str]:
    first = next(iter(settings.values()))
    made = connections(first, root / "catalog.db", root, new_secret()) | FAST
    # as in production: SQLite locks out the API under several runs at once
    made[DATABASE] = postgres.url("airflow")
    made["AIRFLOW_CONN_IMAGING_CATALOG"] = postgres.url("catalog").replace("+psycopg2", "")
    for name, target in settings.items():
        extra = asdict(target)
        made[f"AIRFLOW_CONN_TARGET_{name.upper()}"] = json.dumps(
            {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
        )
        made[f"AIRFLOW_CONN_ARCHIVE_{name.upper()}"] = json.dumps(
            {"conn_type": "fs", "extra": {"path": str(archives[name])}}
        )
    return made
