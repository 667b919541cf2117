"""Image set metadata: fetched, unpacked within bounds, and taken apart into instances."""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from include.imaging.errors import CustomerError, TransientError

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_medical_imaging import HealthImagingClient

    from include.imaging.export.selection import ImageSet

MOST_BYTES = 1 << 30
CHUNK_BYTES = 1 << 20
PATIENCE_SECONDS = 60.0
GZIP_OR_ZLIB = 47
GZIP_MAGIC = b"\x1f\x8b"

Attributes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FrameEntry:
    """A frame as the metadata describes it: `size` in bytes and CRC32 of what is verified."""

    frame_id: str
    checksum: int | None
    size: int | None


@dataclass(frozen=True)
class Instance:
    """One instance of an image set.

    `attributes` are those of all four levels by keyword (or eight hex digits), `vrs` the VRs
    of those without a keyword. `stored_syntax` is the UID the frames are stored in, or ''
    for the lossless format of the data store.
    """

    series_uid: str
    sop_uid: str
    attributes: Attributes
    vrs: Mapping[str, str]
    frames: tuple[FrameEntry, ...]
    stored_syntax: str

    @property
    def study_uid(self) -> str:
        """The study it belongs to, or ''."""
        return str(self.attributes.get("StudyInstanceUID") or "")

    def number(self, keyword: str, default: int) -> int:
        """Return an attribute that is one whole number, or `default` where it is none."""
        try:
            return int(self.attributes[keyword])
        except (KeyError, OverflowError, TypeError, ValueError):
            return default

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all that its files are made of: another one, other files."""
        told = [self.series_uid, self.sop_uid, self.attributes, dict(self.vrs)]
        frames = [(entry.frame_id, entry.checksum, entry.size) for entry in self.frames]
        text = json.dumps([*told, frames, self.stored_syntax], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def fetch(
    client: HealthImagingClient,
    datastore_id: str,
    image_set: ImageSet,
    *,
    patience: float = PATIENCE_SECONDS,
    most_bytes: int = MOST_BYTES,
) -> dict[str, Any]:
    """Return the metadata of that version (GetImageSetMetadata).

    Args:
        client: boto3 client of medical-imaging.
        datastore_id: the data store.
        image_set: the image set and its version.
        patience: seconds to wait for metadata that the service calls not consistent yet (409).
        most_bytes: unpacked metadata above this many bytes is refused.

    Raises:
        TransientError: it stayed inconsistent.
        CustomerError: it is too large, or no JSON.
    """
    deadline, pause = time.monotonic() + patience, 0.2
    while True:
        try:
            answer = client.get_image_set_metadata(
                datastoreId=datastore_id,
                imageSetId=image_set.image_set_id,
                versionId=str(image_set.version),
            )
            break
        except client.exceptions.ConflictException:
            if time.monotonic() + pause > deadline:
                raise TransientError(
                    "METADATA_NOT_CONSISTENT",
                    f"the metadata of image set {image_set.image_set_id} is still being written",
                ) from None
            time.sleep(pause)
            pause = min(2 * pause, 5.0)
    with answer["imageSetMetadataBlob"] as body:
        return _parsed(body, most_bytes, image_set.image_set_id)


def instances(metadata: Mapping[str, Any]) -> Iterator[Instance]:
    """Yield the instances of an image set's metadata, in the order it has them.

    Raises CustomerError for metadata that is not built as the service's.
    """
    try:
        above = {**_level(metadata.get("Patient")), **_level(metadata["Study"])}
        for series_uid, series in metadata["Study"]["Series"].items():
            shared = {**above, **_level(series)}
            for sop_uid, told in (series.get("Instances") or {}).items():
                yield _instance(series_uid, sop_uid, shared, told)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        raise CustomerError(
            "METADATA_UNREADABLE", "the metadata of an image set is not built as the service's"
        ) from None


def _instance(
    series_uid: str, sop_uid: str, shared: Attributes, told: Mapping[str, Any]
) -> Instance:
    made = Instance(
        series_uid=series_uid,
        sop_uid=sop_uid,
        attributes={**shared, **_level(told)},
        vrs={key: str(vr) for key, vr in (told.get("DICOMVRs") or {}).items()},
        frames=tuple(_frame(entry) for entry in told.get("ImageFrames") or []),
        stored_syntax=str(told.get("StoredTransferSyntaxUID") or ""),
    )
    _ = made.digest  # here a fault is one of the metadata: values nested without end
    return made


def _level(level: Mapping[str, Any] | None) -> Attributes:
    return (level or {}).get("DICOM") or {}


def _frame(entry: Mapping[str, Any]) -> FrameEntry:
    """Take the checksum of the largest resolution, which the list names last."""
    sums = entry.get("PixelDataChecksumFromBaseToFullResolution") or []
    full: Mapping[str, Any] = max(sums, key=_area, default={})
    checksum, size = _count(full.get("Checksum")), _count(entry.get("FrameSizeInBytes"))
    return FrameEntry(str(entry["ID"]), checksum, size)


def _area(told: Mapping[str, Any]) -> int:
    return (_count(told.get("Width")) or 0) * (_count(told.get("Height")) or 0)


def _count(value: object) -> int | None:
    """Return a whole number that is not negative; None for whatever else was told."""
    return value if isinstance(value, int) and value >= 0 else None


def _unpacked(body: StreamingBody, most_bytes: int) -> bytes:
    head = body.read(CHUNK_BYTES)
    inflater = zlib.decompressobj(GZIP_OR_ZLIB) if head.startswith(GZIP_MAGIC) else None
    parts, size = [], 0
    while head:
        part = inflater.decompress(head, most_bytes + 1 - size) if inflater else head
        parts.append(part)
        size += len(part)
        if size > most_bytes:
            raise CustomerError(
                "METADATA_TOO_LARGE", f"an image set's metadata is above {most_bytes} bytes"
            )
        head = body.read(CHUNK_BYTES)
    if inflater and not inflater.eof:
        raise ValueError("the compressed text breaks off")
    return b"".join(parts)


def _parsed(body: StreamingBody, most_bytes: int, image_set_id: str) -> dict[str, Any]:
    try:
        told = json.loads(_unpacked(body, most_bytes))
    except (ValueError, RecursionError, zlib.error):
        told = None
    if not isinstance(told, dict):
        raise CustomerError(
            "METADATA_UNREADABLE", f"the metadata of image set {image_set_id} is no JSON object"
        )
    return told
