"""WADO-RS: instances, metadata, frames and bulk data (DG/dicomweb-retrieve, PS3.18 10.4)."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import parse_qsl
from wsgiref.types import WSGIEnvironment

from werkzeug.wrappers import Response

from include.localcloud.dicomweb.accept import (
    JSON,
    MediaRange,
    NotAcceptableError,
    accepted,
    require_json,
)
from include.localcloud.dicomweb.json_model import (
    Json,
    bulk_name,
    bulk_values,
    describe_dataset,
    dump,
)
from include.localcloud.dicomweb.locations import bulk_locator
from include.localcloud.dicomweb.multipart import Part, multipart, single
from include.localcloud.dicomweb.part10 import DICOM, rebuild
from include.localcloud.dicomweb.pixels import RETRY, PixelStore, pixel_store
from include.localcloud.dicomweb.query import image_set_of
from include.localcloud.dicomweb.representations import choose_syntax, frame_parts
from include.localcloud.dicomweb.resources import Resources
from include.localcloud.dicomweb.routes import Action
from include.localcloud.errors import ResourceNotFoundError, ValidationError
from include.localcloud.importer import load_header
from include.localcloud.search_tags import load_metadata
from include.localcloud.state import State
from include.localcloud.transfer_syntaxes import EXPLICIT_LITTLE_ENDIAN, OCTETS

FRAME_LIST = re.compile(r"[1-9][0-9]{0,8}(,[1-9][0-9]{0,8})*", re.ASCII)
AVAILABLE_SYNTAX, SYNTAX = "00083002", "00020010"


class Retrievals:
    """The retrievals from a data store's primary image sets, or from one that is named."""

    def __init__(self, state: State) -> None:
        self._resources = Resources(state.database)
        self._blobs = state.frames

    def answer(self, action: Action, environ: WSGIEnvironment) -> Response:
        """The answer to a retrieval."""
        image_set = image_set_of(dict(parse_qsl(environ.get("QUERY_STRING", ""))))
        if action.name == "GetDICOMSeriesMetadata":
            require_json(environ)
            rows = self._resources.series(action.path, image_set)
            return _json_list(_metadata(rows, action, environ, image_set))
        if action.name == "GetDICOMInstanceMetadata":
            require_json(environ)
            row = self._resources.instance(action.path, image_set)
            return _json_list(_metadata([row], action, environ, image_set))
        row = self._resources.instance(action.path, image_set)
        if action.name == "GetDICOMBulkdata":
            return _bulkdata(row, action, accepted(environ))
        store = pixel_store(row, self._resources.frames(row), load_header(row), self._blobs)
        if action.name == "GetDICOMInstance":
            return _instance(store, accepted(environ))
        return _frames(store, action.path["frames"], accepted(environ))


def _instance(store: PixelStore, ranges: Sequence[MediaRange]) -> Response:
    for given in ranges:
        syntax = choose_syntax(store, given.syntax) if given.covers(DICOM) else None
        if syntax:
            part = rebuild(store, syntax)
            return multipart([part]) if given.is_multipart else single(part)
    raise NotAcceptableError(f"an instance is served as {DICOM}; {RETRY}")


def _frames(store: PixelStore, listed: str, ranges: Sequence[MediaRange]) -> Response:
    if not FRAME_LIST.fullmatch(listed):
        raise ValidationError("the list of frames must be numbers from 1 on, with commas between")
    numbers = [int(number) for number in listed.split(",")]
    if len(set(numbers)) < len(numbers):
        raise ValidationError("a frame is listed twice")
    if max(numbers) > len(store.frames):
        raise ResourceNotFoundError("the instance has no such frame")
    parts, is_multipart = frame_parts(store, numbers, ranges)
    return multipart(parts) if is_multipart else single(parts[0])


def _bulkdata(row: sqlite3.Row, action: Action, ranges: Sequence[MediaRange]) -> Response:
    wanted = next((given for given in ranges if given.covers(OCTETS)), None)
    if wanted is None:
        raise NotAcceptableError(f"bulk data is served as {OCTETS}")
    for value in bulk_values(load_header(row)):
        if bulk_name(value) == action.path["bulkdata"]:
            part = Part(OCTETS, len(value), [value])
            return multipart([part]) if wanted.is_multipart else single(part)
    raise ResourceNotFoundError("the instance has no such bulk data")


def _metadata(
    rows: Iterable[sqlite3.Row], action: Action, environ: WSGIEnvironment, image_set: str | None
) -> Iterator[Json]:
    """All attributes but pixel data; the transfer syntax is the stored one."""
    for row in rows:
        path = {**action.path, "instance": row["sop_uid"]}
        told = describe_dataset(load_header(row), bulk_locator(environ, path, image_set), {})
        syntax = load_metadata(row)["syntax"] or EXPLICIT_LITTLE_ENDIAN
        for number in (SYNTAX, AVAILABLE_SYNTAX):
            told[number] = {"vr": "UI", "Value": [syntax]}
        yield dict(sorted(told.items()))


def _json_list(items: Iterator[Json]) -> Response:
    """A JSON list, written while it is sent.

    Raises:
        ResourceNotFoundError: There is no first one: all were deleted in the meantime.
    """
    found = next(items, None)
    if found is None:
        raise ResourceNotFoundError("the instances are deleted")
    first = dump(found)

    def chunks() -> Iterator[bytes]:
        yield b"[" + first
        for item in items:
            yield b"," + dump(item)
        yield b"]"

    headers = {"Transfer-Encoding": "chunked"}  # how long it gets is known when it is sent
    return Response(chunks(), headers=headers, content_type=JSON, direct_passthrough=True)
