"""Joins an import job's output with its batch: one outcome an item, into the catalog."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, cast

from sqlalchemy import Engine

from include.imaging import job_output
from include.imaging.catalog import jobs, settle
from include.imaging.catalog.plans import writing_batch
from include.imaging.catalog.results import (
    count_imported,
    pending_instances,
    record_results,
)
from include.imaging.catalog.run_items import RunRef
from include.imaging.errors import CustomerError, TransientError
from include.imaging.findings import finding
from include.imaging.job_output import JobSummary
from include.imaging.keys import BatchKeys
from include.imaging.model import Finding, Stage
from include.imaging.steps.boundary import guarded
from include.imaging.steps.service import ENDED, ImportService, JobState
from include.imaging.steps.unlisted import look_for
from include.imaging.steps.zones import Zones

MANIFEST = "job-output-manifest.json"
SPOOL_BYTES = 8 * 1024 * 1024
# failures first: what a later list says of the same file replaces it
LISTS = ("FAILURE/", "SUCCESS/", "WARNING/")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Outcomes of the run's items in the batch, and the job they came by."""

    outcomes: dict[str, int] = field(default_factory=dict)
    job_id: str | None = None
    status: str | None = None


@guarded(Stage.RECONCILE)
def run(
    *,
    run: RunRef,
    batch_id: str,
    zones: Zones,
    engine: Engine,
    service: ImportService,
    patience_seconds: float = 30,
) -> Reconciled:
    """Return the outcomes of the run's items of the batch; doing it again changes nothing.

    The output is read whatever the job's end, for what it lists as imported must never be
    sent again; what it does not name is looked for in the data store itself.
    `patience_seconds` is how long lists that lag behind the job are waited for. Raises
    TransientError while the job runs, or while an instance that nothing names may have been
    imported: nothing is taken for failed that may be there.
    """
    with engine.connect() as connection:
        intent = jobs.newest(connection, batch_id)
    state = None
    if intent and intent.job_id and not intent.reconciled:
        state = service.look(intent.job_id)
        _absorb(intent, state, zones, engine, service, patience_seconds)
    with writing_batch(engine, batch_id) as connection:
        settle.close(connection, batch_id)
        outcomes = settle.settle_run(connection, run, batch_id)
    if "None" in outcomes:
        raise CustomerError(
            "JOB_NOT_STARTED",
            f"{outcomes['None']} items of batch {batch_id} are on no import job: clear "
            "`start_import` of this batch with its downstream tasks",
        )
    status = state.status if state else (intent.status if intent else None)
    return Reconciled(outcomes, intent.job_id if intent else None, status)


def _absorb(
    intent: jobs.Intent,
    state: JobState,
    zones: Zones,
    engine: Engine,
    service: ImportService,
    patience: float,
) -> None:
    if state.status not in ENDED:
        raise TransientError(
            "JOB_STILL_RUNNING", f"import job {state.job_id} is {state.status}: looking again later"
        )
    batch_id, generation = intent.batch_id, intent.generation
    folder = _folder(state, zones)
    summary = _await_lists(folder, zones, state, patience)
    # fetched before the transaction: a slow bucket must not hold the catalog's only writer
    with _fetched(folder, zones) as lists, writing_batch(engine, batch_id) as connection:
        lines = job_output.read_lines(lists)
        found = job_output.results(lines, BatchKeys(batch_id), summary, zones.imports.name)
        record_results(connection, batch_id, generation, found)
        pending = pending_instances(connection, batch_id)
    held = list(look_for(pending, service))
    with writing_batch(engine, batch_id) as connection:
        record_results(connection, batch_id, generation, held)
        left = pending_instances(connection, batch_id)
        known = count_imported(connection, batch_id, generation)
        _require_certainty(state, summary, len(left), known)
        settle.fail_pending(connection, batch_id, generation, _why(state))
        jobs.mark_ended(connection, intent, state.status)


def _require_certainty(state: JobState, summary: JobSummary | None, left: int, known: int) -> None:
    """Raise TransientError when an instance may have been imported that nothing names."""
    if not left or (summary and summary.imported <= known):
        return
    if state.status == "FAILED" and summary is None:
        return
    raise TransientError(
        "OUTPUT_INCOMPLETE",
        f"import job {state.job_id} is {state.status}; its output does not tell what became of "
        f"{left} instances, and the data store does not show them yet: looking again later",
    )


def _why(state: JobState) -> Finding:
    if state.status == "FAILED":
        return finding("JOB_FAILED", Stage.RECONCILE, state.message[:200])
    return finding("NOT_IN_OUTPUT", Stage.RECONCILE)


def _folder(state: JobState, zones: Zones) -> str:
    prefix = f"s3://{zones.results.name}/"
    if not state.output_uri.startswith(prefix):
        raise CustomerError(
            "OUTPUT_ELSEWHERE",
            f"import job {state.job_id} writes to another bucket than {zones.results.name}: "
            "give the Connection's `results_bucket` back the name it had when the job started",
        )
    return state.output_uri.removeprefix(prefix).rstrip("/") + "/"


def _await_lists(folder: str, zones: Zones, state: JobState, patience: float) -> JobSummary | None:
    """Return the manifest's counters, once the lists hold as many lines or patience ends.

    The manifest may come after the status, and the lists after the manifest. A job that
    failed before it scanned anything may write none: None.
    """
    # a job that failed early writes nothing, so less is waited for
    is_failed = state.status == "FAILED"
    deadline = time.monotonic() + (patience / 3 if is_failed else patience)
    while True:
        summary = _summary(folder, zones)
        if summary is not None and _listed(folder, zones) >= (
            summary.imported + summary.customer_errors + summary.server_errors
        ):
            return summary
        if time.monotonic() >= deadline:
            return summary
        time.sleep(min(2.0, patience / 5))


def _summary(folder: str, zones: Zones) -> JobSummary | None:
    raw = zones.results.get(folder + MANIFEST)
    if raw is None:
        return None
    try:
        return job_output.read_summary(raw)
    except ValueError:
        return None


def _listed(folder: str, zones: Zones) -> int:
    return sum(
        1 for name in LISTS[:2] for _line in job_output.read_lines(_lines(folder + name, zones))
    )


@contextmanager
def _fetched(folder: str, zones: Zones) -> Iterator[IO[bytes]]:
    """Yield all lists of a job behind each other; a large one lies on disk, not in memory."""
    with SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        for name in LISTS:
            for line in _lines(folder + name, zones):
                spool.write(line.rstrip(b"\n") + b"\n")
        spool.seek(0)
        yield cast("IO[bytes]", spool)


def _lines(prefix: str, zones: Zones) -> Iterator[bytes]:
    for entry in zones.results.listing(prefix):
        stream = zones.results.open(entry.key) if entry.key.endswith(".ndjson") else None
        if stream is not None:
            with stream:
                yield from stream
