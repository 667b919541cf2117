"""Requests signed by hand, as clients other than botocore may sign them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPConnection
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from include.localcloud.running import LocalCloud
from tests.support.cloud import REGION
from tests.support.house import ADMIN


def send(
    cloud: LocalCloud,
    service: str,
    call: tuple[str, str, bytes],
    *,
    at: datetime | None = None,
    sent: bytes | None = None,
    key: tuple[str, str] = ADMIN,
    unsigned: Mapping[str, str] | None = None,
    **headers: str,
) -> tuple[int, str]:
    """Status and body of the answer to a request that signs all its headers.

    Args:
        cloud: Where to.
        service: What it is signed for.
        call: Method, path and signed body.
        at: When it says that it was signed; None is now.
        sent: The body that is sent instead of the signed one.
        key: The access key that signs and its secret.
        unsigned: Headers that are sent and not signed.
        headers: Further headers, with underscores for hyphens; Host instead of the cloud's.
    """
    method, path, body = call
    stamp = (at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    named = {"host": urlsplit(cloud.url).netloc, "x-amz-date": stamp}
    named |= {name.replace("_", "-").lower(): value for name, value in headers.items()}
    request = AWSRequest(method, cloud.url + path, data=body, headers=named)
    request.context["timestamp"] = stamp
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    auth = kind(Credentials(*key), service, REGION)
    vars(auth)["headers_to_sign"] = lambda asked: asked.headers
    text = auth.string_to_sign(request, auth.canonical_request(request))
    auth._inject_signature_to_request(request, auth.signature(text, request))
    told = {**dict(request.headers), **(unsigned or {})}
    return _answer(cloud, method, path, body if sent is None else sent, told)


def _answer(
    cloud: LocalCloud, method: str, path: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, str]:
    connection = HTTPConnection(urlsplit(cloud.url).netloc)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
