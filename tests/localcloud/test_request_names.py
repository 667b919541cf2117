"""Faults find their operation: every name that a request can have, as boto3 has it."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError

from include.localcloud.request_names import OF_BUCKETS, OF_KEYS, operation_name
from include.localcloud.running import LocalCloud
from include.localcloud.service_model import SIGNING_NAME
from tests.support.cloud import Clients

KEY = {"Key": "a"}
PART = {"UploadId": "u", "PartNumber": 1}
SOURCE = {"CopySource": "names-bucket/b"}
BUCKETS = {"Delete": {"Objects": [{"Key": "a"}]}}
CALLS: dict[str, dict[str, Any]] = {
    "ListBuckets": {},
    "ListObjectsV2": {},
    "ListObjects": {"Prefix": "a"},
    "ListObjectVersions": {},
    "ListMultipartUploads": {},
    "GetBucketLocation": {},
    "HeadBucket": {},
    "CreateBucket": {},
    "DeleteBucket": {},
    "DeleteObjects": BUCKETS,
    "GetObject": KEY,
    "HeadObject": KEY,
    "PutObject": KEY,
    "DeleteObject": KEY,
    "GetObjectTagging": KEY,
    "PutObjectTagging": {**KEY, "Tagging": {"TagSet": []}},
    "DeleteObjectTagging": KEY,
    "CreateMultipartUpload": KEY,
    "CompleteMultipartUpload": {**KEY, "UploadId": "u", "MultipartUpload": {"Parts": []}},
    "AbortMultipartUpload": {**KEY, "UploadId": "u"},
    "ListParts": {**KEY, "UploadId": "u"},
    "UploadPart": {**KEY, **PART},
    "UploadPartCopy": {**KEY, **PART, **SOURCE},
    "CopyObject": {**KEY, **SOURCE},
}


@pytest.fixture(autouse=True)
def no_fault_stays(local_cloud: LocalCloud) -> Iterator[None]:
    yield
    local_cloud.clear_faults()


def test_every_name_of_s3_is_called_here() -> None:
    assert {*OF_KEYS.values(), *OF_BUCKETS.values()} <= CALLS.keys()


@pytest.mark.parametrize("name", CALLS)
def test_an_operation_of_s3_is_struck_by_its_name(
    local_cloud: LocalCloud, clients: Clients, name: str
) -> None:
    local_cloud.set_fault("throttle", service="s3", operation=name)
    bucket = {} if name == "ListBuckets" else {"Bucket": "names-bucket"}
    made: Any = clients.s3
    with pytest.raises(ClientError, match=r"SlowDown|503"):
        made._make_api_call(name, {**bucket, **CALLS[name]})


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/startDICOMImportJob/datastore/d", "StartDICOMImportJob"),
        ("GET", "/datastore/d/studies", "SearchDICOMStudies"),
        ("GET", "/datastore/d/studies/1/series/2/instances/3/frames/1", "GetDICOMInstanceFrames"),
        ("GET", "/nothing/at/all", "Unknown"),
    ],
)
def test_an_operation_of_healthimaging_has_its_name(method: str, path: str, name: str) -> None:
    environ = {"REQUEST_METHOD": method, "REQUEST_URI": f"{path}?limit=1"}
    assert operation_name(SIGNING_NAME, environ) == name


@pytest.mark.parametrize(
    ("environ", "body", "name"),
    [
        ({}, b"Action=AssumeRole&Version=2011-06-15", "AssumeRole"),
        ({"HTTP_X_AMZ_TARGET": "AmazonSQS.SendMessage"}, b"{}", "SendMessage"),
        ({"QUERY_STRING": "Action=GetCallerIdentity"}, b"", "GetCallerIdentity"),
        ({}, b"", "Unknown"),
    ],
)
def test_an_operation_of_the_others_has_its_name(
    environ: dict[str, Any], body: bytes, name: str
) -> None:
    stream = BytesIO(body)
    assert operation_name("sts", {**environ, "wsgi.input": stream}) == name
    assert stream.read() == body
