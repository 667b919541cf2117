"""The tasks of one batch: de-identify, validate and reconcile."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule, get_current_context, task

from pipeline.adapters import Adapters
from pipeline.labels import MAP_LABEL, run_name, show_label

if TYPE_CHECKING:
    from include.imaging.feed import Feed

log = logging.getLogger(__name__)

Mapped = dict[str, Any]


def deidentify(feed: Feed, batch: Any) -> Any:
    """Return the task that rewrites and verifies the items of a batch."""

    @task(
        task_id="deidentify",
        task_display_name="De-identify",
        map_index_template=MAP_LABEL,
        pool=feed.pool,
        execution_timeout=timedelta(hours=12),
    )
    def run(batch: Mapped) -> dict[str, int]:
        from include.imaging.steps import deidentify as step

        context = get_current_context()
        show_label(context, batch)
        adapters = Adapters(feed)
        worked = step.run(
            batch_id=batch["batch_id"],
            owner=run_name(context),
            zones=adapters.zones,
            engine=adapters.engine,
            rewriter=adapters.rewriter,
            verify=adapters.verifier.verify,
            reidentification=adapters.reidentification,
            progress=lambda done: log.info("De-identified %d items", done),
        )
        log.info("Verified %d items, held back %d", worked.verified, worked.held)
        return asdict(worked)

    return run(batch)


def validate(feed: Feed, batch: Any) -> Any:
    """Return the task that validates a batch as a set."""

    @task(
        task_id="validate",
        task_display_name="Validate",
        map_index_template=MAP_LABEL,
        execution_timeout=timedelta(hours=1),
    )
    def run(batch: Mapped) -> dict[str, int]:
        from include.imaging.packing import SERVICE_FILES
        from include.imaging.steps import validate as step

        show_label(get_current_context(), batch)
        adapters = Adapters(feed)
        validated = step.run(
            batch_id=batch["batch_id"],
            zones=adapters.zones,
            engine=adapters.engine,
            most_files=max(feed.quota.files, SERVICE_FILES),
        )
        if validated.foreign:
            log.warning("Deleted %d foreign objects from the import prefix", validated.foreign)
        return asdict(validated)

    return run(batch)


def reconcile(feed: Feed, batch: Any) -> Any:
    """Return the task that gives every item of a batch its outcome."""

    @task(
        task_id="reconcile",
        task_display_name="Reconcile",
        map_index_template=MAP_LABEL,
        trigger_rule=TriggerRule.NONE_FAILED,
        execution_timeout=timedelta(hours=2),
    )
    def run(batch: Mapped) -> dict[str, Any]:
        from include.imaging.catalog.run_items import RunRef
        from include.imaging.steps import reconcile as step

        context = get_current_context()
        show_label(context, batch)
        adapters = Adapters(feed)
        done = step.run(
            run=RunRef(feed.feed, context["dag_run"].run_id),
            batch_id=batch["batch_id"],
            zones=adapters.zones,
            engine=adapters.engine,
            service=adapters.service,
            patience_seconds=feed.output_patience_seconds,
        )
        log.info("Job %s is %s: %s", done.job_id, done.status, done.outcomes)
        return asdict(done)

    return run(batch)
