"""What IAM's conditions know of a request (IAM User Guide, "Global condition context keys")."""

from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

from include.localcloud.accounts import ACCOUNT
from include.localcloud.conditions import Context
from include.localcloud.endpoint import credential_scope
from include.localcloud.presigned import IS_CHECKED

STAMP = "%Y-%m-%dT%H:%M:%SZ"
OF_QUERIES = {
    "prefix": "s3:prefix",
    "delimiter": "s3:delimiter",
    "max-keys": "s3:max-keys",
    "versionId": "s3:VersionId",
}
OF_HEADERS = {"HTTP_USER_AGENT": "aws:UserAgent", "HTTP_REFERER": "aws:Referer"}

current: ContextVar[WSGIEnvironment] = ContextVar("current")
"""The request that moto is serving."""


def context_of(environ: WSGIEnvironment) -> Context:
    """The condition keys of a signed request that do not tell of its caller.

    A request over loopback leaves the machine as little as one over TLS is read on its way, so
    it counts as one over TLS.
    """
    now = datetime.now(UTC)
    found = {
        "aws:CurrentTime": now.strftime(STAMP),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalIsAWSService": "false",
        "aws:RequestedRegion": credential_scope(environ)[2],
        "aws:ResourceAccount": ACCOUNT,
        "aws:SecureTransport": "true",
        "aws:SourceIp": environ.get("REMOTE_ADDR", "127.0.0.1"),
        "aws:ViaAWSService": "false",
    }
    found |= {key: environ[name] for name, key in OF_HEADERS.items() if name in environ}
    if credential_scope(environ)[3] == "s3":
        found |= _of_s3(environ)
    return found


def _of_s3(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    yield "s3:ResourceAccount", ACCOUNT
    yield "s3:authType", "REST-QUERY-STRING" if environ.get(IS_CHECKED) else "REST-HEADER"
    yield "s3:signatureversion", "AWS4-HMAC-SHA256"
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    for name, key in OF_QUERIES.items():
        if name in query:
            yield key, query[name][0]
    for name, value in environ.items():
        if name.startswith("HTTP_X_AMZ_"):
            yield f"s3:{name.removeprefix('HTTP_').replace('_', '-').lower()}", value
