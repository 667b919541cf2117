"""Which object an S3 request copies, read as moto reads it."""

import re
from dataclasses import dataclass
from urllib.parse import unquote
from wsgiref.types import WSGIEnvironment

from include.localcloud.refusals import RefusedError

HEADER = "HTTP_X_AMZ_COPY_SOURCE"
# what moto's parser of URLs would take for a scheme, a host, parameters or a fragment is left out
SOURCE = re.compile(r"(/?[^/?#;:\s][^?#;\s]*)(?:\?versionId=([^?#;&=+%\s]+))?")


@dataclass(frozen=True)
class CopySource:
    """An object, and perhaps which version of it."""

    bucket: str
    key: str
    version: str


def copy_source(environ: WSGIEnvironment) -> CopySource | None:
    """What the request copies from; None if it copies nothing.

    Raises:
        RefusedError: The header can be read in two ways, or names no object.
    """
    if HEADER not in environ:
        return None
    found = SOURCE.fullmatch(environ[HEADER])
    bucket, _, key = unquote(found[1]).lstrip("/").partition("/") if found else ("", "", "")
    if found is None or not bucket or not key or ":" in found[1].partition("/")[0]:
        message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
        raise RefusedError(400, "InvalidArgument", message)
    return CopySource(bucket, key, found[2] or "")
