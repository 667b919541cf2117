"""Presigned URLs with --enforce-iam."""

from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

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


def fetched(url: str) -> tuple[int, bytes]:
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
