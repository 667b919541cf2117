"""A request to S3 is one operation of its model, or nothing."""

import uuid
from typing import Any

import pytest
from botocore.session import get_session

from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients
from tests.support.house import House, outcome_of
from tests.support.signing import send

OTHERS = (
    ("DELETE", "?acl"),
    ("DELETE", "?versioning"),
    ("DELETE", "?object-lock"),
    ("DELETE", "?policy&tagging"),
    ("GET", "?policy&versions"),
    ("GET", "?list-type=3"),
    ("PUT", "?policyStatus"),
    ("PUT", "?uploads"),
    ("POST", ""),
    ("POST", "?key=a"),
    ("PATCH", ""),
    ("PATCH", "/a"),
    ("GET", "/a?uploads"),
    ("PUT", "/a?partNumber=1"),
    ("PUT", "/a?partNumber=1&tagging&uploadId=1"),
    ("POST", "/a?restore&uploads"),
    ("POST", "/a?select&uploads"),
    ("POST", "/a"),
    ("DELETE", "/a?retention"),
    ("DELETE", "/a?acl"),
)
NOT_SERVED = (
    ("delete_bucket_analytics_configuration", {"Id": "x"}),
    ("delete_bucket_intelligent_tiering_configuration", {"Id": "x"}),
    ("delete_bucket_inventory_configuration", {"Id": "x"}),
    ("delete_bucket_metrics_configuration", {"Id": "x"}),
    ("get_bucket_metrics_configuration", {"Id": "x"}),
    ("get_bucket_request_payment", {}),
    ("list_bucket_analytics_configurations", {}),
    ("get_object_retention", {"Key": "a"}),
    ("get_object_torrent", {"Key": "a"}),
)


@pytest.fixture
def bucket(clients: Clients) -> str:
    name = f"empty-{uuid.uuid4().hex[:12]}"
    clients.s3.create_bucket(Bucket=name)
    return name


@pytest.mark.parametrize(("method", "where"), OTHERS)
def test_what_is_no_operation_is_refused(
    local_cloud: LocalCloud, clients: Clients, bucket: str, method: str, where: str
) -> None:
    status, body = send(local_cloud, "s3", (method, f"/{bucket}{where}", b""))
    assert (status, "<Code>MethodNotAllowed</Code>" in body) == (405, True)
    assert "Contents" not in clients.s3.list_objects_v2(Bucket=bucket)
    assert "Uploads" not in clients.s3.list_multipart_uploads(Bucket=bucket)


def deletions() -> list[str]:
    """The names of all operations that delete something of a bucket, or the bucket."""
    model = get_session().get_service_model("s3")
    asked = [model.operation_model(name).http for name in model.operation_names]
    pairs = zip(model.operation_names, asked, strict=True)
    return [
        name
        for name, http in pairs
        if http["method"] == "DELETE" and "{Key+}" not in http["requestUri"]
    ]


@pytest.mark.parametrize("name", deletions())
def test_only_delete_bucket_deletes_a_bucket(clients: Clients, bucket: str, name: str) -> None:
    model = clients.s3.meta.service_model.operation_model(name)
    asked = dict.fromkeys(model.input_shape.required_members, "x") | {"Bucket": bucket}
    [method] = [m for m, n in clients.s3.meta.method_to_api_mapping.items() if n == name]
    assert outcome_of(getattr(clients.s3, method), **asked) in ("done", "NotImplemented")
    names = {each["Name"] for each in clients.s3.list_buckets()["Buckets"]}
    assert (bucket in names) is (name != "DeleteBucket")


@pytest.mark.parametrize(("operation", "parameters"), NOT_SERVED)
def test_what_moto_does_not_have_is_said_to_be_so(
    clients: Clients, bucket: str, operation: str, parameters: dict[str, Any]
) -> None:
    clients.s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    call = getattr(clients.s3, operation)
    assert outcome_of(call, Bucket=bucket, **parameters) == "NotImplemented"
    assert clients.s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"


def test_a_copy_sets_nothing_else(house: House) -> None:
    house.stage.put("secret", b"SECRET")
    source = f"{house.stage.source}/secret"
    for where in ("/b?tagging", "/b?acl", ""):
        call = ("PUT", f"/{house.stage.results}{where}", b"")
        assert send(house.cloud, "s3", call, X_Amz_Copy_Source=source)[0] == 405
    assert "Contents" not in house.admin.s3.list_objects_v2(Bucket=house.stage.results)


def test_a_form_that_is_posted_overwrites_nothing(house: House) -> None:
    house.stage.put("protected", b"1")
    kind = {"Content_Type": "multipart/form-data; boundary=X"}
    part = "--X\r\nContent-Disposition: form-data; name="
    form = f'{part}"key"\r\n\r\nprotected\r\n{part}"file"\r\n\r\nevil\r\n--X--\r\n'
    call = ("POST", f"/{house.stage.source}", form.encode())
    assert send(house.cloud, "s3", call, **kind)[0] == 405
    found = house.admin.s3.get_object(Bucket=house.stage.source, Key="protected")["Body"].read()
    assert found == b"1"


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=X"])
def test_a_body_is_bytes_whatever_it_says_it_is(
    local_cloud: LocalCloud, clients: Clients, bucket: str, kind: str
) -> None:
    """Curl says of every body that it is a form."""
    call = ("PUT", f"/{bucket}/a", b"key=b&file=c")
    assert send(local_cloud, "s3", call, Content_Type=kind)[0] == 200
    found = clients.s3.get_object(Bucket=bucket, Key="a")
    assert (found["Body"].read(), found["ContentType"]) == (b"key=b&file=c", kind)


def test_a_body_names_no_version(house: House) -> None:
    s3, bucket = house.admin.s3, house.stage.source
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="a", Body=b"old")["VersionId"]
    s3.put_object(Bucket=bucket, Key="a", Body=b"new")
    body = f"versionId={version}".encode()
    call = ("GET", f"/{bucket}/a", body)
    assert send(house.cloud, "s3", call, Content_Type=FORM) == (200, "new")
    assert send(house.cloud, "s3", ("DELETE", *call[1:]), Content_Type=FORM)[0] == 204
    found = s3.get_object(Bucket=bucket, Key="a", VersionId=version)["Body"].read()
    assert found == b"old"
