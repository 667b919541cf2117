"""Presigned S3 URLs with --enforce-iam: checked, then told in headers, where moto looks."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlencode
from wsgiref.types import WSGIEnvironment

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from include.localcloud.callers import find_caller
from include.localcloud.endpoint import credential_scope
from include.localcloud.errors import AccessDeniedError
from include.localcloud.signatures import (
    ClockSkewError,
    header,
    is_signed,
    require_fresh,
    require_signed_headers,
    signed_at,
)

MOST_SECONDS = 7 * 24 * 3600
ALGORITHM = "AWS4-HMAC-SHA256"
IS_CHECKED = "localcloud.signature-is-checked"
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


def move_to_headers(environ: WSGIEnvironment) -> None:
    """Check a presigned request and turn it into one that tells its signer in its headers.

    Raises:
        AccessDeniedError: The key is unknown, the time is over, the signature is wrong or leaves
            out a header.
    """
    query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
    token = query.get("X-Amz-Security-Token")
    scope = credential_scope(environ)
    credentials = find_caller(scope[0], token).credentials
    _check(environ, query, S3SigV4QueryAuth(credentials, "s3", scope[2]))
    path = environ["REQUEST_URI"].partition("?")[0]
    rest = urlencode([(n, v) for n, v in query.items() if n not in OF_THE_SIGNATURE])
    environ["QUERY_STRING"] = rest
    environ["REQUEST_URI"] = environ["RAW_URI"] = f"{path}?{rest}" if rest else path
    signed = f"SignedHeaders={query['X-Amz-SignedHeaders']}, Signature={query[SIGNED_BY]}"
    environ["HTTP_AUTHORIZATION"] = f"{ALGORITHM} Credential={'/'.join(scope)}, {signed}"
    if token:
        environ["HTTP_X_AMZ_SECURITY_TOKEN"] = token
    environ[IS_CHECKED] = True


def _check(environ: WSGIEnvironment, query: dict[str, str], auth: S3SigV4QueryAuth) -> None:
    try:
        lasts = int(query["X-Amz-Expires"])
        names = query["X-Amz-SignedHeaders"].split(";")
        moment = signed_at(query["X-Amz-Date"])
    except (KeyError, ValueError):
        raise AccessDeniedError("The URL's signature is not complete") from None
    require_signed_headers(environ, names)
    if not 0 <= lasts <= MOST_SECONDS:
        raise AccessDeniedError("X-Amz-Expires must be at most a week")
    try:
        require_fresh(moment, timedelta(seconds=lasts))
    except ClockSkewError:
        raise AccessDeniedError("Request has expired") from None
    path, _, text = environ["REQUEST_URI"].partition("?")
    unsigned = "&".join(p for p in text.split("&") if not p.startswith(f"{SIGNED_BY}="))
    request = AWSRequest(
        method=environ["REQUEST_METHOD"],
        url=f"{path}?{unsigned}",
        headers={name: header(environ, name) for name in names},
    )
    if not is_signed(request, auth, query["X-Amz-Date"], query[SIGNED_BY]):
        raise AccessDeniedError("The URL's signature does not match the request")
