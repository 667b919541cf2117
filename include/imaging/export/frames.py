"""Frames fetched in parallel, decoded by an independent decoder, and verified by checksum."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from openjpeg.utils import decode

from include.imaging.dicom.silence import silenced
from include.imaging.export import syntaxes

if TYPE_CHECKING:
    from mypy_boto3_medical_imaging import HealthImagingClient

    from include.imaging.export.metadata import FrameEntry, Instance

MOST_AHEAD = 8
BYTES_AHEAD = 64 << 20

Pixels = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame whose checksum is right: its stored bytes, and its pixels where it was transcoded.

    Pixels have the shape (rows, columns) or (rows, columns, samples), in the width that
    BitsAllocated asks for, as the codec gives them: no colour is converted.
    """

    stored: bytes
    pixels: Pixels | None


@dataclass(frozen=True, slots=True)
class FrameFault:
    """Why a frame cannot be had; `code` is stable."""

    code: str
    text: str


GONE = FrameFault("FRAME_GONE", "the data store does not know the frame any more")
DIFFERS = FrameFault("CHECKSUM_DIFFERS", "the checksum is not the one the metadata names")
UNVERIFIABLE = FrameFault("CHECKSUM_MISSING", "the metadata names no checksum to verify it with")
WRONG_LENGTH = FrameFault("FRAME_LENGTH", "the frame is not as long as the metadata says")
UNDECODABLE = FrameFault("FRAME_UNDECODABLE", "OpenJPEG cannot decode the frame")


class Frames:
    """Frames of one image set; the pool's threads fetch, decode and verify."""

    def __init__(
        self,
        client: HealthImagingClient,
        datastore_id: str,
        image_set_id: str,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._client = client
        self._datastore_id = datastore_id
        self._image_set_id = image_set_id
        self._pool = pool

    def of(self, instance: Instance) -> Iterator[Frame | FrameFault]:
        """Yield one result a frame, in order, with few frames in memory ahead of the reader."""
        size = max((entry.size or 0 for entry in instance.frames), default=0)
        ahead = max(1, min(MOST_AHEAD, BYTES_AHEAD // max(size, 1)))
        waiting: deque[Future[Frame | FrameFault]] = deque()
        try:
            for entry in instance.frames:
                if len(waiting) == ahead:
                    yield waiting.popleft().result()
                waiting.append(self._pool.submit(self._frame, instance, entry))
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _frame(self, instance: Instance, entry: FrameEntry) -> Frame | FrameFault:
        result = self._once(instance, entry)
        # once more: what was damaged on its way is not what is stored
        return result if isinstance(result, Frame) else self._once(instance, entry)

    def _once(self, instance: Instance, entry: FrameEntry) -> Frame | FrameFault:
        try:
            answer = self._client.get_image_frame(
                datastoreId=self._datastore_id,
                imageSetId=self._image_set_id,
                imageFrameInformation={"imageFrameId": entry.frame_id},
            )
        except self._client.exceptions.ResourceNotFoundException:
            return GONE
        with answer["imageFrameBlob"] as body:
            return verified(body.read(), instance, entry)


def verified(stored: bytes, instance: Instance, entry: FrameEntry) -> Frame | FrameFault:
    """Return the frame, or why it is not the one the metadata describes.

    Of a transcoded frame the CRC32 is over the decoded pixels, of a kept one over the stored
    bytes (DG/pixel-data-verification). The page names no layout for colour: interleaved and
    planar are both accepted, since either proves every sample.
    """
    if entry.checksum is None:
        return UNVERIFIABLE
    if instance.stored_syntax not in syntaxes.TRANSCODED:
        if entry.size is not None and entry.size != len(stored):
            return WRONG_LENGTH
        return Frame(stored, None) if zlib.crc32(stored) == entry.checksum else DIFFERS
    pixels = decoded(stored, entry.size)
    if pixels is None:
        return UNDECODABLE
    if not any(zlib.crc32(layout) == entry.checksum for layout in _layouts(pixels)):
        return DIFFERS
    return Frame(stored, pixels)


def decoded(stored: bytes, size: int | None) -> Pixels | None:
    """Return the pixels of a JPEG 2000 or HTJ2K frame by OpenJPEG, or None if it cannot.

    `size` is what the decoded frame takes in bytes; it tells the width of a sample.
    """
    try:
        with silenced():
            pixels: Pixels = decode(stored)
    except Exception:  # noqa: BLE001 - any fault of the codec
        return None
    width = (size or 0) // pixels.size if pixels.size else 0
    if width not in (1, 2, 4) or pixels.dtype.itemsize == width:
        return pixels
    return pixels.astype(f"{pixels.dtype.kind}{width}")


def _layouts(pixels: Pixels) -> Iterator[bytes]:
    little = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False)
    yield little.tobytes()
    if little.ndim == 3:
        yield np.moveaxis(little, -1, 0).tobytes()
