"""Whose a bucket is: what a request, or an import job, may expect."""

from typing import Any

import pytest

from tests.support.cloud import Stage
from tests.support.house import outcome_of
from tests.support.samples import variant

OWN, OTHER = "123456789012", "210987654321"


@pytest.mark.parametrize(
    ("owner", "status", "message"),
    [
        (OWN, "COMPLETED", None),
        (OTHER, "FAILED", "AccessDenied: the input bucket is not of the account in"),
    ],
)
def test_a_job_reads_only_a_bucket_of_the_owner_it_names(
    stage: Stage, owner: str, status: str, message: str | None
) -> None:
    stage.put("in/a.dcm", variant())
    job = stage.run("in/", inputOwnerAccountId=owner)
    assert job["jobStatus"] == status
    assert job.get("message", "").startswith(message or "")
    assert ("inputOwnerAccountId" in job.get("message", "")) is (status == "FAILED")
    assert len(stage.search()) == (status == "COMPLETED")


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("list_objects_v2", {}),
        ("get_object", {"Key": "a"}),
        ("put_object", {"Key": "a", "Body": b"other"}),
        ("delete_object", {"Key": "a"}),
        ("copy_object", {"Key": "b", "CopySource": "{bucket}/a"}),
    ],
)
def test_a_bucket_of_another_owner_than_expected_is_shut(
    stage: Stage, operation: str, parameters: dict[str, Any]
) -> None:
    stage.put("a", b"bytes")
    call = getattr(stage.clients.s3, operation)
    given = {name: named(value, stage.source) for name, value in parameters.items()}
    given["Bucket"] = stage.source
    assert outcome_of(call, **given, ExpectedBucketOwner=OTHER) == "AccessDenied"
    if "CopySource" in given:
        assert outcome_of(call, **given, ExpectedSourceBucketOwner=OTHER) == "AccessDenied"
        given["ExpectedSourceBucketOwner"] = OWN
    found = stage.clients.s3.get_object(Bucket=stage.source, Key="a")["Body"].read()
    assert found == b"bytes"
    assert outcome_of(call, **given, ExpectedBucketOwner=OWN) == "done"


def named(value: Any, bucket: str) -> Any:
    return value.format(bucket=bucket) if isinstance(value, str) else value


def test_a_bucket_that_does_not_exist_is_told_so(stage: Stage) -> None:
    list_objects = stage.clients.s3.list_objects_v2
    outcome = outcome_of(list_objects, Bucket="no-such-bucket", ExpectedBucketOwner=OTHER)
    assert outcome == "NoSuchBucket"
