"""Refuses requests that expect a bucket to be somebody else's, which moto does not look at."""

from collections.abc import Iterator
from wsgiref.types import WSGIEnvironment

from moto.s3.models import s3_backends

from include.localcloud.copy_sources import copy_source
from include.localcloud.errors import AccessDeniedError


def require_expected_owners(environ: WSGIEnvironment) -> None:
    """Pass if the buckets of an S3 request are of the accounts that it names, if it does.

    Amazon S3 User Guide, "Verifying bucket ownership with bucket owner condition".

    Raises:
        AccessDeniedError: One is of another account.
        RefusedError: The source of a copy cannot be read.
    """
    for bucket, expected in _expected(environ):
        _, owner = s3_backends.bucket_accounts.get(bucket, ("", expected))
        if owner != expected:
            raise AccessDeniedError("Access Denied")


def _expected(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    source = copy_source(environ)
    buckets = {
        "HTTP_X_AMZ_EXPECTED_BUCKET_OWNER": environ["PATH_INFO"].lstrip("/").partition("/")[0],
        "HTTP_X_AMZ_SOURCE_EXPECTED_BUCKET_OWNER": source.bucket if source else "",
    }
    for header, bucket in buckets.items():
        if header in environ:
            yield bucket, environ[header]
