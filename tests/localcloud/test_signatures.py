"""With --enforce-iam: what a signature must cover, and how old it may be."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.localcloud.running import LocalCloud
from tests.support.house import House
from tests.support.signing import send

IDENTITY = ("POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15")
FORM = "application/x-www-form-urlencoded"
MINUTE = timedelta(minutes=1)


def creation(name: str) -> bytes:
    return json.dumps({"datastoreName": name, "clientToken": name}).encode()


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def asked(cloud: LocalCloud, service: str, **more: Any) -> tuple[int, str]:
    """The answer to a harmless request to a service."""
    if service == "sts":
        more["Content_Type"] = FORM
        return send(cloud, "sts", IDENTITY, **more)
    path = "/datastore" if service == "medical-imaging" else "/"
    return send(cloud, service, ("GET", path, b""), **more)


def test_headers_of_the_body_may_be_signed(house: House) -> None:
    cloud, body = house.cloud, creation("signed")
    length = {"Content_Length": str(len(body)), "Content_Type": "application/json"}
    status, _ = send(cloud, "medical-imaging", ("POST", "/datastore", body), **length)
    assert status == 200
    key = ("PUT", f"/{house.stage.source}/a", b"bytes")
    length = {"Content_Length": "5", "Content_Type": "text/plain"}
    assert send(cloud, "s3", key, **length, X_Amz_Content_SHA256=digest(b"bytes"))[0] == 200
    length = {"Content_Length": str(len(IDENTITY[2])), "Content_Type": FORM}
    assert send(cloud, "sts", IDENTITY, **length)[0] == 200


@pytest.mark.parametrize("service", ["medical-imaging", "s3", "sts"])
def test_every_header_may_be_signed(enforcing: LocalCloud, service: str) -> None:
    assert asked(enforcing, service, User_Agent="a client/1", X_Amzn_Trace_Id="a")[0] == 200


@pytest.mark.parametrize("service", ["medical-imaging", "s3", "sts"])
@pytest.mark.parametrize("age", [16 * MINUTE, -16 * MINUTE, timedelta(days=4000)])
def test_a_signature_of_another_time_is_refused(
    enforcing: LocalCloud, service: str, age: timedelta
) -> None:
    status, body = asked(enforcing, service, at=datetime.now(UTC) - age)
    assert (status, "expired" in body) == (403, True)
    assert ("RequestTimeTooSkewed" in body) is (service == "s3")
    assert ("SignatureDoesNotMatch" in body) is (service == "sts")


@pytest.mark.parametrize("service", ["medical-imaging", "s3", "sts"])
def test_clocks_may_differ_by_minutes(enforcing: LocalCloud, service: str) -> None:
    for age in (14 * MINUTE, -14 * MINUTE):
        assert asked(enforcing, service, at=datetime.now(UTC) - age)[0] == 200


@pytest.mark.parametrize("year", [1, 9999])
def test_a_signature_of_the_end_of_time_is_refused(enforcing: LocalCloud, year: int) -> None:
    moment = datetime(year, 1, 1, tzinfo=UTC) if year == 1 else datetime.max.replace(tzinfo=UTC)
    assert asked(enforcing, "medical-imaging", at=moment)[0] == 403


def test_another_body_than_the_signed_one_is_refused(house: House) -> None:
    body, other = creation("told-body"), creation("sent-body")
    path = ("POST", "/datastore", body)
    told = {"X_Amz_Content_SHA256": digest(body)}
    assert send(house.cloud, "medical-imaging", path, sent=other, **told)[0] == 403
    assert send(house.cloud, "medical-imaging", path, sent=other)[0] == 403
    assert send(house.cloud, "medical-imaging", path, **told)[0] == 200
    found = house.admin.imaging.get_paginator("list_datastores").paginate()
    names = {store["datastoreName"] for page in found for store in page["datastoreSummaries"]}
    assert "told-body" in names
    assert "sent-body" not in names


def test_another_object_than_the_signed_one_is_refused(house: House) -> None:
    key = ("PUT", f"/{house.stage.source}/a", b"bytes")
    told = {"X_Amz_Content_SHA256": digest(b"bytes")}
    status, body = send(house.cloud, "s3", key, sent=b"other", **told)
    assert (status, "XAmzContentSHA256Mismatch" in body) == (400, True)
    unsigned = {"X_Amz_Content_SHA256": "UNSIGNED-PAYLOAD"}
    assert send(house.cloud, "s3", key, sent=b"other", **unsigned)[0] == 200
    found = house.admin.s3.get_object(Bucket=house.stage.source, Key="a")
    assert found["Body"].read() == b"other"


@pytest.mark.parametrize("service", ["medical-imaging", "s3", "sts"])
def test_a_header_of_aws_that_is_not_signed_is_refused(enforcing: LocalCloud, service: str) -> None:
    told = {"X-Amz-Meta-A": "b"}
    status, body = asked(enforcing, service, unsigned=told)
    assert (status, "headers present in the request" in body) == (403, True)
    assert asked(enforcing, service, X_Amz_Meta_A="b")[0] == 200
    assert asked(enforcing, service, unsigned={"X-Amzn-Trace-Id": "a", "Accept": "*/*"})[0] == 200
