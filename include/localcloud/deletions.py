"""Which objects a deletion of many names: it is authorised key by key."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment
from xml.parsers.expat import ExpatError

import xmltodict  # type: ignore[import-untyped]

from include.localcloud.refusals import RefusedError


def require_deletions(environ: WSGIEnvironment) -> None:
    """Pass if an S3 request deletes nothing, one object, or those of a list that can be read.

    Raises:
        RefusedError: It has another list.
    """
    if is_deletion(environ):
        deleted(environ)


def is_deletion(environ: WSGIEnvironment) -> bool:
    """Whether a request of S3 is DeleteObjects."""
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return environ["REQUEST_METHOD"] == "POST" and "delete" in query


def deleted(environ: WSGIEnvironment) -> list[tuple[str, bool]]:
    """The keys in the body of a DeleteObjects, each with whether a version of it is meant.

    Raises:
        RefusedError: The body lists none, or cannot be read.
    """
    try:
        body = environ["wsgi.input"].getvalue()
        read = xmltodict.parse(body, force_list=("Object",), strip_whitespace=False)
        return list(_objects(read["Delete"]["Object"]))
    except (ExpatError, KeyError, TypeError, ValueError):
        message = "The XML you provided was not well-formed or did not validate"
        raise RefusedError(400, "MalformedXML", message) from None


def _objects(listed: list[Any]) -> Iterator[tuple[str, bool]]:
    for each in listed:
        key, version = each["Key"], each.get("VersionId")
        if not isinstance(key, str) or not isinstance(version, str | None):
            raise TypeError
        yield key, version is not None
