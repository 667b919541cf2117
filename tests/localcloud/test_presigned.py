"""Presigned URLs with --enforce-iam."""

import re
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.config import Config

from tests.support.cloud import Clients, make_clients
from tests.support.house import House


def presigned(clients: Clients, url: str, **parameters: Any) -> str:
    """A URL that gets the object "a" of a bucket."""
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    s3 = clients.session.client("s3", endpoint_url=url, config=config)
    made = s3.generate_presigned_url("get_object", **parameters)
    s3.close()
    return made


def fetched(url: str | Request) -> tuple[int, bytes]:
    try:
        with urlopen(url) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_presigned_url_opens_what_its_signer_may_read(house: House) -> None:
    house.stage.put("a b/ü", b"bytes")
    source = f"arn:aws:s3:::{house.stage.source}/*"
    reader = house.user({"Effect": "Allow", "Action": "s3:GetObject", "Resource": source})
    stranger = house.user({"Effect": "Allow", "Action": "s3:PutObject", "Resource": source})
    where = {"Bucket": house.stage.source, "Key": "a b/ü"}
    url = presigned(reader, house.cloud.url, Params=where)
    assert fetched(url) == (200, b"bytes")
    told = presigned(
        reader, house.cloud.url, Params={**where, "ResponseContentDisposition": "inline; b=c"}
    )
    assert fetched(told) == (200, b"bytes")
    assert fetched(url.replace("a%20b", "another"))[0] == 403
    assert fetched(presigned(stranger, house.cloud.url, Params=where))[0] == 403
    assert fetched(presigned(reader, house.cloud.url, Params=where, ExpiresIn=-1))[0] == 403


def test_a_presigned_url_of_an_unknown_key_opens_nothing(house: House) -> None:
    clients = make_clients(house.cloud.url)
    house.opened.append(clients)
    where = {"Bucket": house.stage.source, "Key": "a"}
    status, body = fetched(presigned(clients, house.cloud.url, Params=where))
    assert (status, b"<Code>AccessDenied</Code>" in body) == (403, True)


@pytest.mark.parametrize(
    ("changed", "given"),
    [
        ("Expires", "604800"),
        ("Expires", "604801"),
        ("Expires", "-1"),
        ("Expires", "soon"),
        ("Date", "00010101T000000Z"),
        ("Date", "99991231T235959Z"),
        ("Date", "yesterday"),
    ],
)
def test_a_presigned_url_that_was_changed_opens_nothing(
    house: House, changed: str, given: str
) -> None:
    house.stage.put("a", b"bytes")
    where = {"Bucket": house.stage.source, "Key": "a"}
    url = presigned(house.admin, house.cloud.url, Params=where)
    assert fetched(url)[0] == 200
    assert fetched(re.sub(f"X-Amz-{changed}=[^&]*", f"X-Amz-{changed}={given}", url))[0] == 403


def test_a_presigned_url_lasts_a_week_at_most(house: House) -> None:
    house.stage.put("a", b"bytes")
    where = {"Bucket": house.stage.source, "Key": "a"}
    for seconds, status in ((604800, 200), (604801, 403)):
        url = presigned(house.admin, house.cloud.url, Params=where, ExpiresIn=seconds)
        assert fetched(url)[0] == status


def test_a_header_that_a_presigned_url_does_not_sign_is_refused(house: House) -> None:
    house.stage.put("secret", b"SECRET")
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    s3 = house.admin.session.client("s3", endpoint_url=house.cloud.url, config=config)
    where = {"Bucket": house.stage.source, "Key": "mine"}
    url = s3.generate_presigned_url("put_object", Params=where)
    s3.close()
    for name, value in (
        ("X-Amz-Copy-Source", f"{house.stage.source}/secret"),
        ("X-Amz-Acl", "public-read"),
        ("X-Amz-Meta-A", "b"),
    ):
        status, body = fetched(Request(url, b"", {name: value}, method="PUT"))
        assert (status, b"headers present in the request" in body) == (403, True)
    kind = {"Content-Type": "text/plain"}
    assert fetched(Request(url, b"mine", kind, method="PUT"))[0] == 200
    found = house.admin.s3.get_object(Bucket=house.stage.source, Key="mine")["Body"].read()
    assert found == b"mine"


def test_a_presigned_upload_may_sign_headers_of_its_body(house: House) -> None:
    where = {"Bucket": house.stage.source, "Key": "a", "ContentType": "text/plain"}
    where |= {"ContentLength": 5}
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    s3 = house.admin.session.client("s3", endpoint_url=house.cloud.url, config=config)
    url = s3.generate_presigned_url("put_object", Params=where)
    s3.close()
    assert "content-length%3Bcontent-type" in url
    for text, status in (("text/plain", 200), ("text/html", 403)):
        request = Request(url, b"bytes", {"Content-Type": text}, method="PUT")
        assert fetched(request)[0] == status
    assert house.admin.s3.get_object(Bucket=house.stage.source, Key="a")["ContentLength"] == 5
