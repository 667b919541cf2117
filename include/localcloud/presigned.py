"""Presigned S3 URLs with --enforce-iam: checked, then signed anew in a header, as moto reads it."""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from wsgiref.types import WSGIEnvironment

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from moto.iam.access_control import CreateAccessKeyFailure, create_access_key

from include.localcloud.accounts import ACCOUNT, PARTITION
from include.localcloud.endpoint import credential_scope
from include.localcloud.errors import AccessDeniedError

STAMP = "%Y%m%dT%H%M%SZ"
SIGNED_BY = "X-Amz-Signature"
OF_THE_SIGNATURE = frozenset(
    {
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Security-Token",
        SIGNED_BY,
    }
)


def is_presigned(environ: WSGIEnvironment) -> bool:
    """Whether a request is signed in its query (SigV4)."""
    return f"{SIGNED_BY}=" in environ.get("QUERY_STRING", "")


def sign_in_header(environ: WSGIEnvironment) -> None:
    """Turn a presigned request into one that is signed in its headers.

    Raises:
        AccessDeniedError: The key is unknown, the time is over or the signature is wrong.
    """
    query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
    token = query.get("X-Amz-Security-Token")
    key_id, _, region, _, _ = credential_scope(environ)
    headers = {"X-Amz-Security-Token": token} if token else {}
    try:
        caller: Any = create_access_key(ACCOUNT, PARTITION, key_id, headers)
    except CreateAccessKeyFailure:
        raise AccessDeniedError("The access key of the URL does not exist") from None
    credentials = caller.create_credentials()
    _check(environ, query, S3SigV4QueryAuth(credentials, "s3", region))
    path = environ["REQUEST_URI"].partition("?")[0]
    rest = urlencode([(n, v) for n, v in query.items() if n not in OF_THE_SIGNATURE])
    environ["QUERY_STRING"] = rest
    environ["REQUEST_URI"] = environ["RAW_URI"] = f"{path}?{rest}" if rest else path
    _sign(environ, S3SigV4Auth(credentials, "s3", region))


def _check(environ: WSGIEnvironment, query: dict[str, str], auth: S3SigV4QueryAuth) -> None:
    try:
        signed_at = datetime.strptime(query["X-Amz-Date"], STAMP).replace(tzinfo=UTC)
        lasts = timedelta(seconds=int(query["X-Amz-Expires"]))
        names = query["X-Amz-SignedHeaders"].split(";")
    except (KeyError, ValueError, OverflowError):
        raise AccessDeniedError("The URL's signature is not complete") from None
    if datetime.now(UTC) > signed_at + lasts:
        raise AccessDeniedError("Request has expired")
    path, _, text = environ["REQUEST_URI"].partition("?")
    unsigned = "&".join(p for p in text.split("&") if not p.startswith(f"{SIGNED_BY}="))
    request = AWSRequest(
        method=environ["REQUEST_METHOD"],
        url=f"{path}?{unsigned}",
        headers={name: _header(environ, name) for name in names},
    )
    request.context["timestamp"] = query["X-Amz-Date"]
    wanted = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    if not hmac.compare_digest(wanted, query[SIGNED_BY]):
        raise AccessDeniedError("The URL's signature does not match the request")


def _sign(environ: WSGIEnvironment, auth: S3SigV4Auth) -> None:
    request = AWSRequest(
        method=environ["REQUEST_METHOD"],
        url=environ["REQUEST_URI"],
        headers={
            "Host": _header(environ, "host"),
            "X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD",
        },
    )
    request.context["payload_signing_enabled"] = False
    auth.add_auth(request)
    for name, value in request.headers.items():
        if name.lower() != "host":
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value


def _header(environ: WSGIEnvironment, name: str) -> str:
    key = name.upper().replace("-", "_")
    return str(environ.get(key if key == "CONTENT_TYPE" else f"HTTP_{key}", ""))
