"""All feeds as DAGs: a valid one as its import, an invalid one as a DAG that says what is wrong."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from airflow.sdk import DAG, task

import include
from include.imaging.errors import CustomerError
from include.imaging.feed import load_feed
from pipeline.import_dag import import_dag
from pipeline.pages import invalid_page

FEEDS = Path(include.__file__).parent / "feeds"


def import_dags(folder: Path = FEEDS) -> dict[str, DAG]:
    """Return the DAGs of all feeds in a folder by dag id; a disabled feed has none."""
    dags: dict[str, DAG] = {}
    for path in sorted(folder.glob("*.yaml")):
        dag = _dag(path)
        if dag is not None:
            dags[dag.dag_id] = dag
    return dags


def _dag(path: Path) -> DAG | None:
    try:
        feed = load_feed(path)
        return _checked(import_dag(feed)) if feed.enabled else None
    except CustomerError as error:
        return _invalid_dag(path, error)
    except Exception as error:  # noqa: BLE001 - whatever one feed does, the others' DAGs stand
        what = f"makes no DAG: {type(error).__name__}: {error}"
        return _invalid_dag(
            path, CustomerError("FEED_INVALID", f"include/feeds/{path.name}: {what}")
        )


def _checked(dag: DAG) -> DAG:
    """Return the DAG if Airflow will take it; it raises here what it would raise on import."""
    dag.validate()  # type: ignore[no-untyped-call]
    return dag


def _invalid_dag(path: Path, error: CustomerError) -> DAG:
    # an import error would take every other feed of the DAG file down with it
    text = error.text
    with DAG(
        dag_id=f"import_{_id_part(path.stem)}",
        description=f"Invalid feed: {text}"[:250],
        doc_md=invalid_page(error),
        schedule=None,
        catchup=False,
        default_args={"owner": "unknown", "retries": 0},
        tags=["import", "invalid-feed"],
    ) as dag:

        @task(task_id="explain", execution_timeout=timedelta(minutes=5))
        def explain() -> None:
            raise CustomerError("FEED_INVALID", text)

        explain()
    return dag


def _id_part(stem: str) -> str:
    """Return a file's stem as a DAG id takes it, and as no valid feed's name can be."""
    return re.sub(r"[^A-Za-z0-9_]", lambda found: f"-{ord(found[0]):x}-", stem)[:200]
