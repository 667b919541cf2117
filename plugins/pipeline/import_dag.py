"""From a feed to its DAG: the graph, its schedule, its Params and its defaults."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, CronDataIntervalTimetable, task_group
from pendulum import timezone

from pipeline import batch_tasks, run_tasks
from pipeline.import_params import import_params
from pipeline.labels import MAP_LABEL
from pipeline.operators import AwaitBatchImportSensor, StartBatchImportOperator
from pipeline.pages import feed_page
from pipeline.retry import RETRY_BY_CLASS

if TYPE_CHECKING:
    from include.imaging.feed import Feed

RETRIES = 3
QUOTA_RETRIES = 24


def import_dag(feed: Feed) -> DAG:
    """Return the DAG `import_<feed>`; every run may be retried, cleared or run beside another."""
    with DAG(
        dag_id=f"import_{feed.feed}",
        dag_display_name=f"Import {feed.feed}",
        description=feed.description,
        doc_md=feed_page(feed),
        schedule=_timetable(feed),
        start_date=datetime(
            feed.start.year, feed.start.month, feed.start.day, tzinfo=timezone(feed.timezone)
        ),
        catchup=False,
        max_active_runs=2,
        default_args=_defaults(feed),
        params=import_params(),
        tags=["import", "healthimaging", feed.feed],
    ) as dag:
        shards = run_tasks.take_census(feed)
        staged = run_tasks.stage(feed, shards)
        packed = run_tasks.pack_batches(feed, shards)
        _ = staged >> packed
        done = _batch(feed).expand(batch=packed)
        _ = [packed, done] >> run_tasks.balance(feed)
    return dag


def _batch(feed: Feed) -> Any:
    @task_group(group_id="batch", group_display_name="Batch", prefix_group_id=False)
    def batch(batch: dict[str, Any]) -> None:
        rewritten = batch_tasks.deidentify(feed, batch)
        validated = batch_tasks.validate(feed, batch)
        started = StartBatchImportOperator(
            task_id="start_import",
            task_display_name="Start import",
            feed=feed,
            batch=batch,
            map_index_template=MAP_LABEL,
            pool=feed.import_pool,
            # a data store that has all the jobs it may have says so for hours
            retries=QUOTA_RETRIES,
            execution_timeout=timedelta(minutes=30),
        )
        ended = AwaitBatchImportSensor(
            task_id="await_import",
            task_display_name="Await import",
            feed=feed,
            batch=batch,
            job_id=started.output,
            map_index_template=MAP_LABEL,
            pool=feed.import_pool,
            timeout=timedelta(hours=24).total_seconds(),
        )
        _ = rewritten >> validated >> started >> ended >> batch_tasks.reconcile(feed, batch)

    return batch


def _timetable(feed: Feed) -> CronDataIntervalTimetable | None:
    if feed.schedule is None:
        return None
    return CronDataIntervalTimetable(feed.schedule, timezone=feed.timezone)


def _defaults(feed: Feed) -> dict[str, Any]:
    return {
        "owner": feed.owner,
        "retries": RETRIES,
        "retry_delay": timedelta(seconds=feed.retry_delay_seconds),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=30),
        "retry_policy": RETRY_BY_CLASS,
    }
