"""Imports and serialises every DAG of a folder and prints what the house rules ask of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

# what a parse must not pay for, looked at before anything else here could import it
HEAVY = ("pydicom", "numpy", "pandas", "boto3", "sqlalchemy.dialects.postgresql.psycopg2")


def main(folder: Path) -> dict[str, Any]:
    """Return the facts of every DAG by its id, the import errors, and what parsing imported."""
    before = {name for name in HEAVY if name in sys.modules}
    bag = DagBag(dag_folder=folder)
    after = {name for name in HEAVY if name in sys.modules}
    return {
        "errors": bag.import_errors,
        "imported": sorted(after - before),
        "dags": {dag_id: _facts(dag) for dag_id, dag in bag.dags.items()},
    }


def _facts(dag: Any) -> dict[str, Any]:
    serialised = DagSerialization.to_dict(dag)
    return {
        "file": Path(dag.fileloc).name,
        "doc": dag.doc_md or "",
        "tags": sorted(dag.tags),
        "tasks_again": len(DagSerialization.from_dict(serialised).task_dict),
        "tasks": {task.task_id: _task(task) for task in dag.tasks},
    }


def _task(task: Any) -> dict[str, Any]:
    settings = getattr(task, "partial_kwargs", None) or vars(task)
    # a sensor's own timeout counts: it holds over all its deferrals
    timeout = settings.get("execution_timeout") or settings.get("timeout")
    return {
        "owner": task.owner,
        "retries": task.retries,
        "timeout_seconds": _seconds(timeout),
        "deferrable": bool(settings.get("deferrable")),
    }


def _seconds(timeout: Any) -> float:
    return float(timeout.total_seconds() if hasattr(timeout, "total_seconds") else timeout or 0)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))  # noqa: T201 - its caller reads it
