"""With --enforce-iam: the source of a copy is judged as the one that is copied."""

import pytest

from tests.localcloud.test_access_keys import EVERYTHING
from tests.support.house import House, key_of
from tests.support.signing import send

AMBIGUOUS = (
    "{bucket}/secret#x",
    "{bucket}/secret;x",
    "{bucket}/secret?x=1",
    "{bucket}/secret?versionId=",
    "{bucket}/secret?x=1&versionId=null",
    "{bucket}/secret?versionId=null&x=1",
    "{bucket}/secret?&versionId=null",
    "{bucket}/secret?versionId=1?versionId=null",
    "x:{bucket}/secret",
    "x://e/{bucket}/secret",
    "//{bucket}/secret",
    "arn:aws:s3:::{bucket}/secret",
    "{bucket}",
    "{bucket}/",
    "",
)


def copied(house: House, key: tuple[str, str], source: str) -> tuple[int, str]:
    source = source.format(bucket=house.stage.source)
    call = ("PUT", f"/{house.stage.results}/out", b"")
    return send(house.cloud, "s3", call, key=key, X_Amz_Copy_Source=source)


def reader(house: House) -> tuple[str, str]:
    secret = f"arn:aws:s3:::{house.stage.source}/secret"
    denied = {"Effect": "Deny", "Action": "s3:GetObject*", "Resource": secret}
    return key_of(house.user(EVERYTHING, denied))


@pytest.mark.parametrize("source", AMBIGUOUS)
def test_a_source_that_can_be_read_in_two_ways_is_refused(house: House, source: str) -> None:
    house.stage.put("secret", b"SECRET")
    status, body = copied(house, reader(house), source)
    assert (status, "InvalidArgument" in body) == (400, True)
    assert "Contents" not in house.admin.s3.list_objects_v2(Bucket=house.stage.results)


@pytest.mark.parametrize(
    "source",
    ["{bucket}/secret", "/{bucket}/secret", "{bucket}/%73ecret", "{bucket}%2Fsecret",
     "{bucket}/secret?versionId=null"],
)  # fmt: skip
def test_a_source_is_judged_decoded_once(house: House, source: str) -> None:
    house.stage.put("secret", b"SECRET")
    assert copied(house, reader(house), source)[0] == 403
    status, body = copied(house, key_of(house.admin), source)
    assert (status, "CopyObjectResult" in body) == (200, True)


def test_a_key_that_looks_encoded_is_another_key(house: House) -> None:
    house.stage.put("secret", b"SECRET")
    house.stage.put("%73ecret", b"open")
    assert copied(house, reader(house), "{bucket}/%2573ecret")[0] == 200
    found = house.admin.s3.get_object(Bucket=house.stage.results, Key="out")["Body"].read()
    assert found == b"open"


@pytest.mark.parametrize("key", ["semi;colon,=&?#k", "a b+c", "ü/ñ", "x//y", "a:b", "%41"])
def test_every_key_can_be_copied(house: House, key: str) -> None:
    house.stage.put(key, b"bytes")
    source = {"Bucket": house.stage.source, "Key": key}
    house.admin.s3.copy_object(Bucket=house.stage.results, Key="out", CopySource=source)
    found = house.admin.s3.get_object(Bucket=house.stage.results, Key="out")["Body"].read()
    assert found == b"bytes"
