"""S3 as the pipeline uses it."""

import io
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from tests.support.cloud import Clients


@pytest.fixture
def bucket(clients: Clients) -> str:
    name = f"objects-{uuid.uuid4().hex[:12]}"
    clients.s3.create_bucket(Bucket=name)
    return name


def code_of(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def test_of_many_conditional_puts_at_once_one_wins(clients: Clients, bucket: str) -> None:
    def put(number: int) -> int:
        try:
            clients.s3.put_object(
                Bucket=bucket, Key="once", Body=str(number).encode(), IfNoneMatch="*"
            )
        except clients.s3.exceptions.ClientError as error:
            return -1 if code_of(error) == "PreconditionFailed" else -2
        return number

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(put, range(64)))
    winners = [number for number in results if number != -1]
    assert len(winners) == 1
    body = clients.s3.get_object(Bucket=bucket, Key="once")["Body"].read()
    assert body == str(winners[0]).encode()


@pytest.mark.parametrize("status", ["Enabled", "Suspended", None])
def test_versions_are_listed_and_deleted(clients: Clients, bucket: str, status: str | None) -> None:
    if status:
        clients.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
    for body in (b"first", b"second"):
        clients.s3.put_object(Bucket=bucket, Key="a", Body=body)
    versions = clients.s3.list_object_versions(Bucket=bucket)["Versions"]
    assert len(versions) == (2 if status == "Enabled" else 1)
    clients.session.resource("s3", endpoint_url=clients.s3.meta.endpoint_url).Bucket(
        bucket
    ).object_versions.delete()
    assert "Versions" not in clients.s3.list_object_versions(Bucket=bucket)


def test_a_conditional_upload_in_parts_does_not_overwrite(clients: Clients, bucket: str) -> None:
    clients.s3.put_object(Bucket=bucket, Key="taken", Body=b"first")
    upload = clients.s3.create_multipart_upload(Bucket=bucket, Key="taken")["UploadId"]
    part = clients.s3.upload_part(
        Bucket=bucket, Key="taken", UploadId=upload, PartNumber=1, Body=b"second"
    )
    with pytest.raises(ClientError) as caught:
        clients.s3.complete_multipart_upload(
            Bucket=bucket,
            Key="taken",
            UploadId=upload,
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
            IfNoneMatch="*",
        )
    assert code_of(caught.value) == "PreconditionFailed"
    assert clients.s3.get_object(Bucket=bucket, Key="taken")["Body"].read() == b"first"


def test_a_range_is_read_if_the_object_is_still_the_same(clients: Clients, bucket: str) -> None:
    data = bytes(range(256)) * 4096
    etag = clients.s3.put_object(Bucket=bucket, Key="ranged", Body=data)["ETag"]
    found = clients.s3.get_object(
        Bucket=bucket, Key="ranged", Range="bytes=1000-1999", IfMatch=etag
    )
    assert found["Body"].read() == data[1000:2000]
    assert found["ContentRange"] == f"bytes 1000-1999/{len(data)}"
    clients.s3.put_object(Bucket=bucket, Key="ranged", Body=b"other")
    with pytest.raises(ClientError) as caught:
        clients.s3.get_object(Bucket=bucket, Key="ranged", Range="bytes=0-1", IfMatch=etag)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412


def test_a_listing_comes_in_pages(clients: Clients, bucket: str) -> None:
    keys = [f"many/{number:03d}" for number in range(25)]
    for key in (*keys, "other"):
        clients.s3.put_object(Bucket=bucket, Key=key, Body=b"")
    pages = clients.s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix="many/", PaginationConfig={"PageSize": 10}
    )
    found = [[entry["Key"] for entry in page["Contents"]] for page in pages]
    assert [len(page) for page in found] == [10, 10, 5]
    assert [key for page in found for key in page] == keys


def test_many_objects_are_deleted_at_once(clients: Clients, bucket: str) -> None:
    for key in "abc":
        clients.s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    clients.s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    left = clients.s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [entry["Key"] for entry in left] == ["c"]


def test_an_upload_in_parts_is_one_object(clients: Clients, bucket: str) -> None:
    data = uuid.uuid4().bytes * (1 << 20)
    parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    clients.s3.upload_fileobj(io.BytesIO(data), bucket, "parts", Config=parts)
    found = clients.s3.get_object(Bucket=bucket, Key="parts")
    assert found["ETag"].endswith('-4"')
    assert found["Body"].read() == data


def test_a_copy_keeps_bytes_and_metadata(clients: Clients, bucket: str) -> None:
    clients.s3.put_object(Bucket=bucket, Key="from", Body=b"bytes", Metadata={"kept": "yes"})
    clients.s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from")
    found = clients.s3.get_object(Bucket=bucket, Key="to")
    assert (found["Body"].read(), found["Metadata"]) == (b"bytes", {"kept": "yes"})


def test_readers_and_writers_and_listers_do_not_disturb_each_other(
    clients: Clients, bucket: str
) -> None:
    def work(number: int) -> bytes:
        key, data = f"busy/{number}", str(number).encode() * 1000
        clients.s3.put_object(Bucket=bucket, Key=key, Body=data)
        clients.s3.list_objects_v2(Bucket=bucket, Prefix="busy/")
        read = clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        if number % 2:
            clients.s3.delete_object(Bucket=bucket, Key=key)
        return read

    with ThreadPoolExecutor(8) as threads:
        read = list(threads.map(work, range(80)))
    assert read == [str(number).encode() * 1000 for number in range(80)]
    assert clients.s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 40


@pytest.mark.parametrize("key", ["a b", "ü/ñ.dcm", "plus+and&and=", "dots/../up", "100%25"])
def test_keys_may_hold_any_character(clients: Clients, bucket: str, key: str) -> None:
    clients.s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert clients.s3.list_objects_v2(Bucket=bucket)["Contents"][0]["Key"] == key
