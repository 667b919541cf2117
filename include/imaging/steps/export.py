"""Exports image sets: the plan, a chunk of it, and the report; each may run again at any time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from include.imaging.export.image_sets import Exporter
from include.imaging.export.outcomes import Outcome
from include.imaging.export.plans import (
    ExportKeys,
    Planned,
    make_plan,
    mark_chunk,
    stored_plan,
)
from include.imaging.export.report import Summary, require_complete, write_report
from include.imaging.export.selection import Selection, find
from include.imaging.model import Stage
from include.imaging.steps.boundary import guarded


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of a chunk: image sets, instances, and outcomes over all formats."""

    image_sets: int
    instances: int
    outcomes: dict[str, int]


@guarded(Stage.EXPORT)
def plan(
    *, exporter: Exporter, selection: Selection, run_id: str, chunk_size: int, most_chunks: int
) -> list[Planned]:
    """Return what a run exports; a run that was planned before keeps its plan."""
    return make_plan(
        find(exporter.client, exporter.datastore_id, selection),
        ExportKeys(run_id),
        exporter.place,
        formats=exporter.formats,
        chunk_size=chunk_size,
        most_chunks=most_chunks,
    )


@guarded(Stage.EXPORT)
def run(
    *, exporter: Exporter, run_id: str, chunk: int, progress: Callable[[int], None]
) -> Exported:
    """Export the image sets of a chunk; what is there with the right hash stays.

    Args:
        exporter: data store, destination and formats.
        run_id: the run whose plan it is.
        chunk: its number in the plan, from 1.
        progress: told the number of image sets done, after each.
    """
    done = instances = 0
    outcomes: Counter[str] = Counter()
    keys = ExportKeys(run_id)
    # what an earlier run recorded says nothing of this one
    mark_chunk(keys, exporter.place, chunk, ended=False)
    for planned in stored_plan(keys, exporter.place, exporter.formats):
        if planned.chunk != chunk:
            continue
        record = exporter.run(planned.image_set)
        done += 1
        instances += len(record.instances)
        formats = [entry for made in record.instances.values() for entry in made.formats]
        outcomes.update(entry.outcome.value for entry in formats)
        if record.image_set.code:
            outcomes[Outcome.FAILED.value] += 1
        progress(done)
    mark_chunk(keys, exporter.place, chunk, ended=True)
    return Exported(done, instances, dict(outcomes))


@guarded(Stage.EXPORT)
def report(*, exporter: Exporter, run_id: str) -> Summary:
    """Return the sums of a run after its report was written; IntegrityError unless complete."""
    summary = write_report(ExportKeys(run_id), exporter.place, exporter.formats)
    require_complete(summary)
    return summary
