"""The main job under each fault of the service: nothing is lost, nothing is sent twice."""

from __future__ import annotations

import gzip
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from include.demo.environment import client, ensure_datastore, prepare
from include.localcloud.dialect import CHOICES
from include.localcloud.fault_client import FaultClient
from include.localcloud.faults import KINDS
from include.localcloud.running import LocalCloud
from tests.support.dag_runs import Bench, Ran
from tests.support.small_archive import build_small_archive

SENT = 6
CALM = {"imported": SENT, "duplicate": 1, "quarantined": 1}
START, LOOK = "StartDICOMImportJob", "GetDICOMImportJob"
RELEASE_SECONDS = 60

Fault = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """Faults, and what they must come to.

    Attributes:
        ends: Outcomes of the struck run; the run is green unless one is `failed`.
        codes: Findings that only this case adds.
        retried: Task that must have been retried.
        later: Instances that the next, calm run imports.
    """

    faults: tuple[Fault, ...]
    ends: Mapping[str, int]
    codes: frozenset[str] = frozenset()
    retried: str = ""
    later: int = 0


def _case(*faults: Fault, codes: str = "", retried: str = "", later: int = 0, **ends: int) -> Case:
    merged = {name: count for name, count in (CALM | ends).items() if count}
    return Case(faults, merged, frozenset(codes.split()), retried, later)


def fault(kind: str, operation: str = "", **more: Any) -> Fault:
    return {"kind": kind, **({"operation": operation} if operation else {}), **more}


FOUND = "FOUND_IN_DATA_STORE"
CASES = {
    # botocore tries a call twice by itself here, so the third try is the task's own
    "start throttled": _case(fault("throttle", START, count=2), retried="start_import"),
    "look throttled": _case(fault("throttle", LOOK, count=2)),
    "bucket slows down": _case(fault("throttle", "PutObject", service="s3", count=2)),
    "start answers 500": _case(fault("server_error", START, count=2), retried="start_import"),
    "start reset before it took effect": _case(fault("reset_before", START)),
    "start reset after it took effect": _case(fault("reset_after", START)),
    "bucket resets": _case(fault("reset_after", "PutObject", service="s3", count=2)),
    "answers are slow": _case(fault("slow_answer", LOOK, seconds=0.5)),
    "manifest unseen": _case(fault("unseen_manifest", count=2)),
    "slow job": _case(fault("slow_job", seconds=2.0)),
    "stuck job": _case(fault("stuck_job")),
    "job failed": _case(
        fault("job_failed"), codes="JOB_FAILED", later=SENT, imported=0, failed=SENT
    ),
    "job failed after it imported": _case(fault("job_failed", imported=True, output=True)),
    "job failed after it imported and says nothing": _case(
        fault("job_failed", imported=True, output=False), codes=FOUND
    ),
    "late manifest": _case(fault("late_manifest", seconds=1.0)),
    "missing manifest": _case(fault("missing_manifest")),
    "missing line": _case(fault("missing_line"), codes=FOUND),
    "missing lines and no manifest": _case(
        fault("missing_line", lines=3), fault("missing_manifest"), codes=FOUND
    ),
    "missing line of a failure": _case(
        fault("file_error"),
        fault("missing_line", list="FAILURE"),
        codes="NOT_IN_OUTPUT",
        later=1,
        imported=SENT - 1,
        failed=1,
    ),
    "malformed line": _case(fault("malformed_line"), codes=FOUND),
    "line of Python": _case(fault("python_line", lines=SENT)),
    "non-primary": _case(fault("non_primary"), imported=0, imported_non_primary=SENT),
    "file error": _case(
        fault("file_error"), codes="IMPORT_SERVER_ERROR", later=1, imported=SENT - 1, failed=1
    ),
    "file warning": _case(fault("file_warning", code=45056), codes="IMPORT_WARNING"),
    "event lost": _case(fault("event_lost", count=None)),
    "event duplicated": _case(fault("event_duplicated", count=None)),
}


@pytest.fixture(scope="module")
def faulty_cloud() -> Iterator[LocalCloud]:
    """A local cloud of this module's own: faults would strike other tests."""
    with LocalCloud(None, 0, "--events", "events") as cloud:
        yield cloud


@pytest.fixture
def struck(
    faulty_cloud: LocalCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    settings = prepare(faulty_cloud.url)
    with closing(client("medical-imaging", faulty_cloud.url)) as imaging:
        store = ensure_datastore(imaging, uuid.uuid4().hex)
    bench = Bench.furnished(tmp_path, replace(settings, datastore_id=store), monkeypatch)
    bench.archive.rmdir()
    build_small_archive(bench.archive, copies=1)
    yield bench
    FaultClient(faulty_cloud.url).clear()


def test_each_kind_of_fault_has_its_case() -> None:
    assert {each["kind"] for case in CASES.values() for each in case.faults} == set(KINDS)


@pytest.mark.parametrize("name", CASES)
def test_the_main_job_survives(struck: Bench, faulty_cloud: LocalCloud, name: str) -> None:
    case, faults = CASES[name], FaultClient(faulty_cloud.url)
    ids = {faults.set(each): each["kind"] for each in case.faults}
    lasting = [each for each, kind in ids.items() if kind == "stuck_job"]
    with ThreadPoolExecutor() as pool:
        releases = [pool.submit(_release, faults, each) for each in lasting]
        ran = _run(struck)
        assert all(release.result() for release in releases)
    assert all(faults.fired(each) for each in ids if each not in lasting)
    faults.clear()
    assert struck.outcomes() == case.ends
    assert ran.state == ("failed" if "failed" in case.ends else "success"), ran.errors
    assert case.retried in ("", *ran.retried)
    told = struck.rows("SELECT DISTINCT code, text FROM findings WHERE stage = 'reconcile'")
    assert {code for code, _ in told} == case.codes, told
    assert len(_jobs(struck)) == 1
    _require_whole(struck, case)


OTHER_SIDES = {name: choice["values"][1] for name, choice in CHOICES.items()}


@pytest.mark.parametrize(
    "sides",
    [*({name: value} for name, value in OTHER_SIDES.items()), OTHER_SIDES],
    ids=[*OTHER_SIDES, "all at once"],
)
def test_the_main_job_speaks_every_dialect(
    struck: Bench, faulty_cloud: LocalCloud, sides: Mapping[str, str]
) -> None:
    faults = FaultClient(faulty_cloud.url)
    before = faults.dialect(sides)
    try:
        ran = _run(struck)
        assert (ran.state, struck.outcomes()) == ("success", CALM), ran.errors
        _require_whole(struck, Case((), CALM))
    finally:
        faults.dialect(before)


def _run(bench: Bench) -> Ran:
    return bench.run(output_patience_seconds=2)


def _require_whole(bench: Bench, case: Case) -> None:
    """The data store holds each instance once; what is missing comes with the next run."""
    if case.later:
        jobs = len(_jobs(bench))
        ran = _run(bench)
        assert (ran.state, ran.errors) == ("success", {})
        assert len(_jobs(bench)) == jobs + 1
    assert bench.rows("SELECT count(*) FROM instances") == [(SENT,)]
    held = list(_held(bench))
    assert len(held) == len(set(held)) == SENT


def _release(faults: FaultClient, fault_id: str) -> bool:
    """Clear a fault that lasts until then, two seconds after it struck; False if it never did."""
    deadline = time.monotonic() + RELEASE_SECONDS
    while not faults.fired(fault_id):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    time.sleep(2)
    faults.clear(fault_id)
    return True


def _jobs(bench: Bench) -> list[dict[str, Any]]:
    with closing(client("medical-imaging", bench.settings.endpoint_url)) as imaging:
        pages = imaging.get_paginator("list_dicom_import_jobs").paginate(
            datastoreId=bench.settings.datastore_id
        )
        return [job for page in pages for job in page["jobSummaries"]]


def _held(bench: Bench) -> Iterator[str]:
    """SOPInstanceUIDs that the service holds, in the latest versions of all image sets."""
    store = bench.settings.datastore_id
    with closing(client("medical-imaging", bench.settings.endpoint_url)) as imaging:
        pages = imaging.get_paginator("search_image_sets").paginate(datastoreId=store)
        for entry in (entry for page in pages for entry in page["imageSetsMetadataSummaries"]):
            answer = imaging.get_image_set_metadata(
                datastoreId=store, imageSetId=entry["imageSetId"]
            )
            document = json.loads(gzip.decompress(answer["imageSetMetadataBlob"].read()))
            for series in document["Study"]["Series"].values():
                yield from series["Instances"]
