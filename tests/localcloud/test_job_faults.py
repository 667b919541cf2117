"""Faults of import jobs: how they end, what they leave, how long they take."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from include.localcloud.import_warnings import BY_CODE
from include.localcloud.running import LocalCloud
from tests.support.cloud import Stage, await_job
from tests.support.samples import variant

MANIFEST = "job-output-manifest.json"
SUCCESS = "SUCCESS/success.ndjson"


@pytest.fixture(autouse=True)
def no_fault_stays(local_cloud: LocalCloud) -> Iterator[None]:
    yield
    local_cloud.clear_faults()


@pytest.fixture
def filled(stage: Stage) -> Stage:
    """A stage with three slices of one series."""
    for number in range(3):
        stage.put(f"in/{number}.dcm", variant(InstanceNumber=number))
    return stage


def keys(stage: Stage) -> list[str]:
    """What the job left, below its folder."""
    found = stage.clients.s3.list_objects_v2(Bucket=stage.results).get("Contents", [])
    return [entry["Key"].split("/", 2)[2] for entry in found]


def is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("code", BY_CODE)
def test_a_file_can_be_imported_with_any_warning(
    local_cloud: LocalCloud, filled: Stage, code: int
) -> None:
    local_cloud.set_fault("file_warning", match="1.dcm", code=code)
    job = filled.run("in/")
    [line] = filled.lines(job, "WARNING/warning.ndjson")
    assert line["inputFile"] == "in/1.dcm"
    assert [w["warning_reason_code"] for w in line["importResponse"]["warnings"]] == [code]
    assert len(filled.lines(job, SUCCESS)) == 3


@pytest.mark.parametrize("output", [False, True])
def test_a_job_can_fail_before_it_imports(
    local_cloud: LocalCloud, filled: Stage, output: bool
) -> None:
    local_cloud.set_fault("job_failed", output=output)
    job = filled.run("in/")
    assert job["jobStatus"] == "FAILED"
    assert keys(filled) == ([MANIFEST] if output else [])
    assert filled.search() == []


@pytest.mark.parametrize("output", [False, True])
def test_a_job_can_fail_after_it_imported(
    local_cloud: LocalCloud, filled: Stage, output: bool
) -> None:
    local_cloud.set_fault("job_failed", imported=True, output=output)
    assert filled.run("in/")["jobStatus"] == "FAILED"
    assert keys(filled) == ([SUCCESS, MANIFEST] if output else [])
    assert len(filled.search()) == 1


def test_a_fault_strikes_the_job_whose_name_it_matches(
    local_cloud: LocalCloud, filled: Stage
) -> None:
    fault = local_cloud.set_fault("job_failed", match="batch-2", count=None)
    ends = [filled.run("in/", jobName=f"batch-{number}")["jobStatus"] for number in (1, 2, 3)]
    assert ends == ["COMPLETED", "FAILED", "COMPLETED"]
    assert local_cloud.fired(fault) == 1


def test_a_stuck_job_ends_when_its_fault_is_cleared(local_cloud: LocalCloud, filled: Stage) -> None:
    with local_cloud.fault("stuck_job") as fault:
        job_id = filled.start("in/")
        await_status(filled, job_id, "IN_PROGRESS")
        while not local_cloud.fired(fault):
            time.sleep(0.01)
        other = filled.run("in/")
        assert other["jobStatus"] == "COMPLETED"
        assert status(filled, job_id) == "IN_PROGRESS"
    job = await_job(filled.clients, filled.datastore_id, job_id)
    assert job["jobStatus"] == "COMPLETED"


def test_a_slow_job_takes_longer(local_cloud: LocalCloud, filled: Stage) -> None:
    local_cloud.set_fault("slow_job", seconds=0.5)
    job = filled.run("in/")
    assert (job["endedAt"] - job["submittedAt"]).total_seconds() >= 0.5


def test_a_late_manifest_comes_after_the_end(local_cloud: LocalCloud, filled: Stage) -> None:
    local_cloud.set_fault("late_manifest", seconds=0.5)
    job = filled.run("in/")
    assert job["jobStatus"] == "COMPLETED"
    with pytest.raises(ClientError, match="NoSuchKey"):
        filled.output(job, MANIFEST)
    while MANIFEST not in keys(filled):
        time.sleep(0.05)
    assert filled.summary(job)["numberOfImportedFiles"] == 3


def test_an_unseen_manifest_is_seen_after_so_many_reads(
    local_cloud: LocalCloud, filled: Stage
) -> None:
    local_cloud.set_fault("unseen_manifest", count=2)
    job = filled.run("in/")
    for _ in range(2):
        with pytest.raises(ClientError, match="NoSuchKey"):
            filled.output(job, MANIFEST)
    assert filled.summary(job)["numberOfImportedFiles"] == 3


def test_a_missing_manifest_leaves_the_lists(local_cloud: LocalCloud, filled: Stage) -> None:
    local_cloud.set_fault("missing_manifest")
    assert filled.run("in/")["jobStatus"] == "COMPLETED"
    assert keys(filled) == [SUCCESS]


def test_a_missing_line_is_counted_all_the_same(local_cloud: LocalCloud, filled: Stage) -> None:
    local_cloud.set_fault("missing_line", lines=2)
    job = filled.run("in/")
    assert len(filled.lines(job, SUCCESS)) == 1
    assert filled.summary(job)["numberOfImportedFiles"] == 3


def test_a_malformed_line_is_not_json(local_cloud: LocalCloud, filled: Stage) -> None:
    local_cloud.set_fault("malformed_line")
    lines = filled.output(filled.run("in/"), SUCCESS).splitlines()
    assert sorted(map(is_json, lines)) == [False, True, True]


def test_a_python_line_says_true_as_python_does(local_cloud: LocalCloud, filled: Stage) -> None:
    local_cloud.set_fault("python_line")
    lines = filled.output(filled.run("in/"), SUCCESS).splitlines()
    [struck] = [line for line in lines if not is_json(line)]
    assert '"isPrimary": True' in struck


def test_a_line_of_another_list_can_be_struck(local_cloud: LocalCloud, filled: Stage) -> None:
    filled.put("in/bad.dcm", b"no DICOM")
    local_cloud.set_fault("malformed_line", list="FAILURE")
    job = filled.run("in/")
    assert len(filled.lines(job, SUCCESS)) == 3
    assert not is_json(filled.output(job, "FAILURE/failure.ndjson").strip())


def test_a_conflict_makes_image_sets_that_are_not_primary(
    local_cloud: LocalCloud, filled: Stage
) -> None:
    local_cloud.set_fault("non_primary")
    job = filled.run("in/")
    assert [found["isPrimary"] for found in filled.search()] == [False]
    assert {line["importResponse"]["isPrimary"] for line in filled.lines(job, SUCCESS)} == {False}
    filled.run("in/")
    assert {found["isPrimary"] for found in filled.search()} == {False, True}


def test_a_file_can_fail_with_a_server_error(local_cloud: LocalCloud, filled: Stage) -> None:
    local_cloud.set_fault("file_error", match="1.dcm")
    job = filled.run("in/")
    [line] = filled.lines(job, "FAILURE/failure.ndjson")
    assert line["inputFile"] == "in/1.dcm"
    assert line["exception"]["exceptionType"] == "InternalServerException"
    summary = filled.summary(job)
    assert (summary["numberOfFilesWithServerError"], summary["numberOfImportedFiles"]) == (1, 2)


def test_a_hundred_jobs_that_wait_hold_no_thread(local_cloud: LocalCloud, filled: Stage) -> None:
    stuck = local_cloud.set_fault("stuck_job", count=100)
    ids = [filled.start("nothing/") for _ in range(100)]
    while local_cloud.fired(stuck) < 100:
        time.sleep(0.02)
    assert filled.run("in/")["jobStatus"] == "COMPLETED"
    assert all_of(filled, "IN_PROGRESS") == set(ids)
    local_cloud.clear_faults(stuck)
    for job_id in ids:
        await_status(filled, job_id, "COMPLETED")


def status(stage: Stage, job_id: str) -> str:
    found = stage.clients.imaging.get_dicom_import_job(datastoreId=stage.datastore_id, jobId=job_id)
    return str(found["jobProperties"]["jobStatus"])


def await_status(stage: Stage, job_id: str, wanted: str) -> None:
    while status(stage, job_id) != wanted:
        time.sleep(0.01)


def all_of(stage: Stage, wanted: Any) -> set[str]:
    pages = stage.clients.imaging.get_paginator("list_dicom_import_jobs").paginate(
        datastoreId=stage.datastore_id, jobStatus=wanted
    )
    return {job["jobId"] for page in pages for job in page["jobSummaries"]}
