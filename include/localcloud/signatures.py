"""Checks a request against its signature (AWS Signature Version 4)."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from wsgiref.types import WSGIEnvironment

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from include.localcloud.endpoint import credential_scope
from include.localcloud.errors import AccessDeniedError

STAMP = "%Y%m%dT%H%M%SZ"
MOST_SKEW = timedelta(minutes=15)
PLAIN_NAMES = ("CONTENT_LENGTH", "CONTENT_TYPE")
WITHOUT_BODY = ("UNSIGNED-PAYLOAD", "STREAMING-")


class ClockSkewError(AccessDeniedError):
    """The signature is too old, or of the future."""


class OtherBodyError(AccessDeniedError):
    """The body is not the one that was signed."""


def header(environ: WSGIEnvironment, name: str) -> str:
    """A request's header by its name on the wire; empty without it."""
    key = name.upper().replace("-", "_")
    return str(environ.get(key if key in PLAIN_NAMES else f"HTTP_{key}", ""))


def require_complete(environ: WSGIEnvironment) -> None:
    """Pass if all that a signature's check needs is in the headers, and it is of this hour.

    Raises:
        AccessDeniedError: It is not, or a header that could change the request is not signed.
    """
    names = _signed_names(environ)
    if not {"host", "x-amz-date"} <= {*names} or not header(environ, "x-amz-date"):
        raise AccessDeniedError("The request signature must hold host and x-amz-date")
    require_signed_headers(environ, names)
    require_fresh(signed_at(header(environ, "x-amz-date")))


def require_signed_headers(environ: WSGIEnvironment, names: Iterable[str]) -> None:
    """Pass if the signature covers all headers that AWS gives a meaning.

    Raises:
        AccessDeniedError: One was not signed.
    """
    sent = {name for name in environ if name.startswith("HTTP_X_AMZ_")}
    if sent - {f"HTTP_{name.upper().replace('-', '_')}" for name in names}:
        raise AccessDeniedError("There were headers present in the request which were not signed")


def signed_at(stamp: str) -> datetime:
    """When a signature was made.

    Raises:
        AccessDeniedError: This is no time.
    """
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise AccessDeniedError("The date of the request signature is malformed") from None


def require_fresh(moment: datetime, lasts: timedelta = MOST_SKEW) -> None:
    """Pass if a signature holds now.

    Raises:
        ClockSkewError: It does no more, or not yet.
    """
    if not -MOST_SKEW <= datetime.now(UTC) - moment <= lasts:
        raise ClockSkewError("The request signature is expired, or not yet current")


def require_signed_body(environ: WSGIEnvironment, body: bytes | memoryview) -> None:
    """Pass if the body is the one that the headers tell of, if they do.

    Raises:
        OtherBodyError: It is another one.
    """
    told = header(environ, "x-amz-content-sha256")
    if told and not told.startswith(WITHOUT_BODY) and hashlib.sha256(body).hexdigest() != told:
        raise OtherBodyError("The x-amz-content-sha256 header does not match the body")


def has_right_signature(environ: WSGIEnvironment, body: bytes, credentials: Credentials) -> bool:
    """Whether the headers' signature is that of the request with these credentials."""
    _, _, region, service, _ = credential_scope(environ)
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    request = AWSRequest(
        method=environ["REQUEST_METHOD"],
        url=environ["REQUEST_URI"],
        data=body,
        headers={name: header(environ, name) for name in _signed_names(environ)},
    )
    given = header(environ, "authorization").partition("Signature=")[2].partition(",")[0].strip()
    return is_signed(
        request, kind(credentials, service, region), header(environ, "x-amz-date"), given
    )


def is_signed(request: AWSRequest, auth: SigV4Auth, stamp: str, given: str) -> bool:
    """Whether this is the request's signature, made at this time over all its headers."""
    # botocore itself leaves out some that other clients sign, such as User-Agent
    vars(auth)["headers_to_sign"] = lambda asked: asked.headers
    request.context["timestamp"] = stamp
    text = auth.string_to_sign(request, auth.canonical_request(request))
    return hmac.compare_digest(auth.signature(text, request).encode(), given.encode())


def _signed_names(environ: WSGIEnvironment) -> list[str]:
    text = header(environ, "authorization").partition("SignedHeaders=")[2]
    return text.partition(",")[0].strip().split(";")
