"""Refuses requests that expect a bucket to be somebody else's, which moto does not look at."""

from collections.abc import Iterator
from urllib.parse import unquote
from wsgiref.types import WSGIEnvironment

from moto.s3.models import s3_backends

from include.localcloud.errors import AccessDeniedError


def require_expected_owners(environ: WSGIEnvironment) -> None:
    """Pass if the buckets of an S3 request are of the accounts that it names, if it does.

    Amazon S3 User Guide, "Verifying bucket ownership with bucket owner condition".

    Raises:
        AccessDeniedError: One is of another account.
    """
    for bucket, expected in _expected(environ):
        _, owner = s3_backends.bucket_accounts.get(bucket, ("", expected))
        if owner != expected:
            raise AccessDeniedError("Access Denied")


def _expected(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    paths = {
        "HTTP_X_AMZ_EXPECTED_BUCKET_OWNER": environ["PATH_INFO"],
        "HTTP_X_AMZ_SOURCE_EXPECTED_BUCKET_OWNER": unquote(
            environ.get("HTTP_X_AMZ_COPY_SOURCE", "")
        ),
    }
    for header, path in paths.items():
        if header in environ:
            yield path.lstrip("/").partition("/")[0], environ[header]
