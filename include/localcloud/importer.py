"""Imports one file: from its bytes to an instance whose frames are stored."""

import json
import sqlite3
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from io import BufferedWriter
from pathlib import Path
from typing import Any

from pydicom import Dataset

from include.localcloud import import_warnings as warn
from include.localcloud.blobs import Blobs
from include.localcloud.dicomweb.index import remember
from include.localcloud.frames import Frame, has_pixels, store_frames
from include.localcloud.headers import pack_header, unpack_header
from include.localcloud.metadata import PIXELS, Level, NestingError, describe, grouping
from include.localcloud.reading import (
    CustomerFileError,
    is_of_two_classes,
    malformed_uids,
    overlong_elements,
    read_file,
)


@dataclass
class Instance:
    """An instance that is not in any image set yet.

    Attributes:
        header: All its attributes without pixel data, as `pack_header` packs them.
        metadata: Its levels, storage syntax and frames, as image set metadata has them.
        grouping: The elements that decide which image set it joins.
        frames: Id, position, length and content type of each frame in the blob.
        blob: The file of the frames; None without pixel data.
    """

    series_uid: str
    sop_uid: str
    header: bytes
    metadata: dict[str, Any]
    grouping: dict[str, str]
    frames: list[tuple[str, int, int, str]] = field(default_factory=list)
    blob: str | None = None
    warnings: list[warn.FileWarning] = field(default_factory=list)


class FrameFile:
    """Frames one behind the other in a file, and what the metadata says of each."""

    def __init__(self, file: BufferedWriter, width: int, height: int) -> None:
        self._file = file
        self._extent = {"Width": width, "Height": height}
        self.places: list[tuple[str, int, int, str]] = []
        self.entries: list[dict[str, Any]] = []

    def add(self, frame: Frame) -> None:
        """Write the next frame."""
        name = uuid.uuid4().hex
        self.places.append((name, self._file.tell(), len(frame.data), frame.content_type))
        self._file.write(frame.data)
        self.entries.append(
            {
                "ID": name,
                "PixelDataChecksumFromBaseToFullResolution": [
                    {**self._extent, "Checksum": frame.checksum}
                ],
                "MinPixelValue": frame.least,
                "MaxPixelValue": frame.most,
                "FrameSizeInBytes": frame.size,
            }
        )

    def clear(self) -> None:
        """Begin the file anew."""
        self._file.seek(0)
        self._file.truncate()
        self.places.clear()
        self.entries.clear()


def import_file(
    source: bytes | Path,
    lossless: str,
    blobs: Blobs,
    amend: Callable[[Dataset], None] | None = None,
) -> Instance:
    """The instance in a file; its frames are in `blobs` when this returns.

    Args:
        source: The file's bytes, or where they lie.
        lossless: The data store's lossless storage format.
        blobs: Takes the frames.
        amend: Changes the attributes before they are looked at.

    Raises:
        CustomerFileError: The file cannot be imported.
    """
    dataset = read_file(source)
    if amend:
        amend(dataset)
    as_written = source if isinstance(source, bytes) and not amend else None
    try:
        header = pack_header(dataset, as_written)
        levels = describe(dataset)
    except (NestingError, RecursionError, TypeError):  # pydicom makes a TypeError of the second
        raise CustomerFileError("DICOM attributes could not be read") from None
    instance = Instance(
        series_uid=str(dataset.SeriesInstanceUID),
        sop_uid=str(dataset.SOPInstanceUID),
        header=header,
        metadata={"levels": levels, "syntax": None, "frames": []},
        grouping=grouping(levels),
        warnings=list(_warnings(dataset, levels)),
    )
    if has_pixels(dataset):
        _store_pixels(instance, dataset, lossless, blobs)
    return instance


def _warnings(dataset: Dataset, levels: dict[str, Level]) -> Iterator[warn.FileWarning]:
    """What is wrong with the attributes, and no reason to refuse the file."""
    if is_of_two_classes(dataset):
        yield warn.SOP_CLASS
    if malformed_uids(levels):
        yield warn.UID_FORMAT
    if overlong_elements(levels):
        yield warn.VALUE_LENGTH


def save_instance(
    connection: sqlite3.Connection, instance: Instance, earlier: Sequence[int] = ()
) -> int:
    """The id of the instance's new row; its frames get theirs.

    Args:
        connection: In a transaction.
        instance: One that was imported or changed.
        earlier: Codes of the warnings that it was imported with when it was not changed yet.
    """
    reasons = [*earlier, *(warning.warning_reason_code for warning in instance.warnings)]
    metadata, levels = json.dumps(instance.metadata), instance.metadata["levels"]
    above = {name: level for name, level in levels.items() if name != "Instance"}
    cursor = connection.execute(
        "INSERT INTO instances (series_uid, sop_uid, grouping, metadata, metadata_bytes, header,"
        " reasons, blob) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            instance.series_uid,
            instance.sop_uid,
            json.dumps(instance.grouping),
            zlib.compress(metadata.encode(), 1),
            len(metadata) - len(json.dumps(above)),
            instance.header,
            json.dumps(reasons),
            instance.blob,
        ),
    )
    number = cursor.lastrowid
    assert number is not None
    connection.executemany(
        "INSERT INTO frames (id, blob, position, length, content_type) VALUES (?, ?, ?, ?, ?)",
        [(name, instance.blob, at, length, kind) for name, at, length, kind in instance.frames],
    )
    remember(connection, number, levels, reasons)
    return number


def load_header(row: sqlite3.Row) -> Dataset:
    """All attributes of an instance's row but its pixel data; changed, they can be packed anew."""
    return unpack_header(row["header"])


def describe_again(changed: Dataset, levels: dict[str, Level]) -> dict[str, Level]:
    """The levels of a changed header; what a header cannot tell stays as it was in `levels`.

    That is the transfer syntax of the imported file, and that there is pixel data.
    """
    described = describe(changed)
    before = levels["Instance"]["DICOM"]
    told = {key: before[key] for key in ("TransferSyntaxUID", *PIXELS) if key in before}
    described["Instance"]["DICOM"] |= told
    return described


def warnings_json(instance: Instance) -> str:
    """The instance's warnings as warning.ndjson has them."""
    return json.dumps([asdict(warning) for warning in instance.warnings])


def _store_pixels(instance: Instance, dataset: Dataset, lossless: str, blobs: Blobs) -> None:
    instance.blob, file = blobs.create()
    try:
        with file:
            sink = FrameFile(file, int(dataset.get("Columns") or 0), int(dataset.get("Rows") or 0))
            stored = store_frames(dataset, lossless, sink)
    except BaseException:
        blobs.remove(instance.blob)
        raise
    instance.frames = sink.places
    instance.metadata |= {"syntax": stored.syntax, "frames": sink.entries}
    instance.warnings.extend(stored.warnings)
