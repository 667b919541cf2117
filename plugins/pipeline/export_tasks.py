"""The tasks of an export: find the image sets, export a chunk of them, report."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from airflow.providers.common.compat.sdk import conf
from airflow.sdk import TriggerRule, get_current_context, task

from include.imaging.model import Stage
from include.imaging.steps.boundary import guarded
from pipeline.export_adapters import exporter, selection
from pipeline.labels import MAP_LABEL, show_label

log = logging.getLogger(__name__)

Mapped = dict[str, Any]


@task(
    task_id="find_image_sets",
    task_display_name="Find image sets",
    execution_timeout=timedelta(hours=2),
)
def find_image_sets() -> list[Mapped]:
    """Write the plan to the destination; returns its chunks, without any image set's id."""
    context = get_current_context()
    chunks = _planned(context)
    log.info("Found %d image sets", sum(chunks.values()))
    return [
        {"chunk": chunk, "label": f"task {chunk} of {len(chunks)} · {count} image sets"}
        for chunk, count in chunks.items()
    ]


@task(
    task_id="export",
    task_display_name="Export",
    map_index_template=MAP_LABEL,
    execution_timeout=timedelta(hours=12),
)
def export(chunk: Mapped) -> dict[str, Any]:
    """Export the image sets of a chunk; one that cannot be is left to the report."""
    context = get_current_context()
    show_label(context, chunk)
    done = _exported(context, chunk["chunk"])
    log.info("Exported %d image sets, %d instances", done["image_sets"], done["instances"])
    return done


@task(
    task_id="report_export",
    task_display_name="Report",
    trigger_rule=TriggerRule.ALL_DONE,
    execution_timeout=timedelta(hours=2),
)
def report_export() -> dict[str, Any]:
    """Write the report; raises unless every instance was exported and every sum is equal."""
    summary = _reported(get_current_context())
    log.info("Exported %d instances: %s", summary["instances"], summary["outcomes"])
    return summary


@guarded(Stage.EXPORT)
def _planned(context: Any) -> dict[int, int]:
    from include.imaging.steps import export as step

    params = context["params"]
    chunks: dict[int, int] = {}
    with exporter(params) as made:
        for planned in step.plan(
            exporter=made,
            selection=selection(params),
            run_id=context["dag_run"].run_id,
            chunk_size=params["image_sets_per_task"],
            most_chunks=conf.getint("core", "max_map_length"),
        ):
            chunks[planned.chunk] = chunks.get(planned.chunk, 0) + 1
    return chunks


@guarded(Stage.EXPORT)
def _exported(context: Any, chunk: int) -> dict[str, Any]:
    from include.imaging.steps import export as step

    with exporter(context["params"]) as made:
        done = step.run(
            exporter=made,
            run_id=context["dag_run"].run_id,
            chunk=chunk,
            progress=lambda count: log.info("%d image sets done", count),
        )
    return asdict(done)


@guarded(Stage.EXPORT)
def _reported(context: Any) -> dict[str, Any]:
    from include.imaging.steps import export as step

    with exporter(context["params"]) as made:
        return step.report(exporter=made, run_id=context["dag_run"].run_id).as_json()
