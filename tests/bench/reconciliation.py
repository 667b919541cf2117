"""Reconciliation of one large batch: a catalog that awaits its job, and the job's output."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from sqlalchemy import Engine

from include.imaging.catalog import jobs, settle
from include.imaging.catalog.engine import open_catalog, writing
from include.imaging.catalog.run_items import RunRef
from include.imaging.keys import BatchKeys
from include.imaging.model import OutputEntry
from include.imaging.packing import Quota
from include.imaging.steps import reconcile as step
from include.imaging.steps.service import JobState
from include.imaging.steps.zones import Zones
from include.imaging.store import S3Store
from tests.support.catalog import entry, pack_run, rules

RUN = RunRef("bench", "manual__2026-03-02T06:00:00+00:00")
JOB, FOLDER = "j" * 32, "jobs/output"
IMAGES_OF_A_SET = 100


@contextmanager
def prepared(folder: str, url: str, bucket: str, count: int) -> Iterator[Callable[[], None]]:
    """Write catalog and success list below `folder`, and the job's output to a new bucket."""
    yield lambda: _prepare(Path(folder), _store(url, bucket, is_new=True), count)


@contextmanager
def reconcile(folder: str, url: str, bucket: str, count: int) -> Iterator[Callable[[], None]]:
    """Reconcile a copy of the catalog; raises unless every item comes out as imported."""
    store = _store(url, bucket)
    batch_id = (Path(folder) / "batch_id").read_text(encoding="ascii")
    with tempfile.TemporaryDirectory(prefix="bench-") as own:
        shutil.copy(Path(folder) / "catalog.db", own)
        engine = open_catalog(f"sqlite:///{own}/catalog.db")

        def work() -> None:
            done = step.run(
                run=RUN,
                batch_id=batch_id,
                zones=Zones(store, store, store),
                engine=engine,
                service=_Ended(f"s3://{store.name}/{FOLDER}"),
            )
            if done.outcomes != {"imported": count}:
                raise RuntimeError(f"the batch came out as {done.outcomes}")

        yield work


class _Ended:
    """The import jobs of a data store whose one job has completed."""

    def __init__(self, output_uri: str) -> None:
        self._output_uri = output_uri

    def look(self, job_id: str) -> JobState:
        return JobState(job_id, "COMPLETED", self._output_uri)


def _store(url: str, bucket: str, *, is_new: bool = False) -> S3Store:
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    if is_new:
        client.create_bucket(Bucket=bucket)
    return S3Store(client, bucket)


def _prepare(folder: Path, store: S3Store, count: int) -> None:
    folder.mkdir(parents=True)
    engine = open_catalog(f"sqlite:///{folder}/catalog.db")
    entries = [entry(f"{number:07d}", series=f"1.9.{number // 100}") for number in range(count)]
    (batch_id,) = pack_run(engine, RUN, entries, rules(), Quota(files=100_000))
    _await_job(engine, batch_id, count)
    with (folder / "success.ndjson").open("w", encoding="ascii") as lines:
        lines.writelines(_line(BatchKeys(batch_id), number) for number in range(count))
    with (folder / "success.ndjson").open("rb") as lines:
        store.put(f"{FOLDER}/SUCCESS/success.ndjson", lines.read())
    summary = {"numberOfScannedFiles": count, "numberOfImportedFiles": count}
    store.put(f"{FOLDER}/{step.MANIFEST}", json.dumps({"jobSummary": summary}).encode())
    (folder / "batch_id").write_text(batch_id, encoding="ascii")


def _await_job(engine: Engine, batch_id: str, count: int) -> None:
    """Write down that every item was verified and that the job runs."""
    outputs = (
        OutputEntry("i", f"1.{number:07d}", "", "", "", key="k", sha256_out="0" * 64)
        for number in range(count)
    )
    with writing(engine, "bench") as connection:
        settle.record_outputs(connection, batch_id, outputs)
    jobs.mark_started(engine, jobs.intend(engine, batch_id, RUN.run_id), JOB, "IN_PROGRESS")


def _line(batch: BatchKeys, number: int) -> str:
    response = {"imageSetId": f"{number // IMAGES_OF_A_SET:032x}", "isPrimary": True}
    line = {"inputFile": batch.instance(f"1.{number:07d}"), "importResponse": response}
    return json.dumps(line) + "\n"
