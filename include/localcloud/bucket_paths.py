"""Lets a request's path alone name its bucket: here every host is the one endpoint's."""

from moto import settings
from moto.s3 import utils
from moto.s3.responses import S3Response


def install() -> None:
    """Let moto look for no bucket in the Host header from now on, in any form of it."""
    settings.S3_IGNORE_SUBDOMAIN_BUCKETNAME = True
    utils.S3_IGNORE_SUBDOMAIN_BUCKETNAME = True  # type: ignore[attr-defined]
    S3Response.is_access_point = property(lambda _: False)  # type: ignore[method-assign, assignment]
