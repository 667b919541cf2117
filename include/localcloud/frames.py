"""Takes the frames out of a data set: kept as they are, or transcoded without loss."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import imagecodecs
import numpy as np
from pydicom import Dataset
from pydicom.encaps import generate_frames

from include.localcloud import import_warnings as warn
from include.localcloud import transfer_syntaxes as syntaxes
from include.localcloud.codecs import CODECS
from include.localcloud.decoding import CannotDecodeError, Pixels, decoded_frames, frames_of
from include.localcloud.file_windows import pixel_bytes
from include.localcloud.metadata import PIXELS
from include.localcloud.offset_tables import is_wrong, without_table

DEEP_BITS = (32, 64)

crc32: Callable[[Any], int] = (
    imagecodecs.zlibng_crc32
)  # the same as zlib's in a quarter of its time


@dataclass(frozen=True)
class Frame:
    """A frame as it is stored.

    Attributes:
        data: The stored bytes.
        content_type: What GetImageFrame calls them.
        checksum: CRC32 of the decoded frame, or of the stored bytes of a kept one.
        size: Bytes of what the checksum is over.
        least, most: Lowest and highest pixel value; None for a kept frame.
    """

    data: bytes
    content_type: str
    checksum: int
    size: int
    least: int | None = None
    most: int | None = None


class FrameSink(Protocol):
    """Where the frames of one instance go."""

    def add(self, frame: Frame) -> None:
        """Take the next frame."""
        ...

    def clear(self) -> None:
        """Forget all frames taken so far."""
        ...


@dataclass(frozen=True)
class Stored:
    """How the pixel data of an instance is stored, and what was wrong with it."""

    syntax: str
    warnings: tuple[warn.FileWarning, ...] = ()


class CannotStoreError(Exception):
    """Pixel data that can only be kept as a blob."""

    def __init__(self, warning: warn.FileWarning) -> None:
        super().__init__(warning.message)
        self.warning = warning


def store_frames(dataset: Dataset, lossless: str, sink: FrameSink) -> Stored:
    """How the frames were stored, handed to the sink in order with one in memory at a time.

    Pixel data that cannot be taken apart or transcoded goes there as one blob, with a warning.

    Args:
        dataset: One with pixel data.
        lossless: The data store's lossless format: HTJ2K or JPEG_2000_LOSSLESS.
        sink: Takes the frames.
    """
    syntax = str(dataset.file_meta.TransferSyntaxUID)
    warnings = [warn.OFFSET_TABLE] if _corrects_offsets(dataset, syntax) else []
    count = 0
    try:
        for frame in _frames(dataset, syntax, lossless):
            sink.add(frame)
            count += 1
    except CannotStoreError as error:
        return _store_blob(dataset, syntax, error.warning, sink)
    if count != frames_of(dataset) and syntax not in syntaxes.VIDEO:
        warnings.append(warn.FRAME_NUMBER)
    return Stored(_stored_syntax(dataset, syntax, lossless), tuple(warnings))


def _corrects_offsets(dataset: Dataset, syntax: str) -> bool:
    """Whether there was a wrong offset table, which is gone then."""
    if syntax in syntaxes.NATIVE or syntax in syntaxes.VIDEO or "PixelData" not in dataset:
        return False
    if not is_wrong(pixel_bytes(dataset), frames_of(dataset)):
        return False
    dataset["PixelData"].value = without_table(pixel_bytes(dataset))
    return True


def has_pixels(dataset: Dataset) -> bool:
    """Whether there is pixel data of any kind."""
    return any(keyword in dataset for keyword in PIXELS)


def _stored_syntax(dataset: Dataset, syntax: str, lossless: str) -> str:
    if syntax in syntaxes.KEPT_FRAMES or syntax in syntaxes.VIDEO:
        return syntax
    if _is_binary_segmentation(dataset, syntax) or _is_too_deep(dataset):
        return syntaxes.EXPLICIT_LITTLE_ENDIAN
    return syntaxes.STORED_AS[lossless]


def _is_too_deep(dataset: Dataset) -> bool:
    """Whether the samples have more bits than OpenJPEG reads of HTJ2K: those stay native."""
    return dataset.get("BitsAllocated") in DEEP_BITS


def _is_binary_segmentation(dataset: Dataset, syntax: str) -> bool:
    return (
        syntax == syntaxes.EXPLICIT_LITTLE_ENDIAN
        and dataset.SOPClassUID == syntaxes.SEGMENTATION_STORAGE
        and dataset.get("BitsAllocated") == 1
    )


def _frames(dataset: Dataset, syntax: str, lossless: str) -> Iterator[Frame]:
    if syntax in syntaxes.VIDEO:
        # all fragments but the first, which is the offset table
        video = b"".join(_guarded(generate_frames(pixel_bytes(dataset), number_of_frames=1)))
        yield _kept(video, syntaxes.VIDEO[syntax])
    elif syntax in syntaxes.KEPT_FRAMES:
        count = frames_of(dataset)
        for data in _guarded(generate_frames(pixel_bytes(dataset), number_of_frames=count)):
            yield _kept(data, syntaxes.CONTENT_TYPES[syntax])
    elif syntax not in syntaxes.TRANSCODED:
        raise CannotStoreError(warn.UNSUPPORTED_SYNTAX)
    elif _is_binary_segmentation(dataset, syntax):
        for pixels in _decoded(dataset, syntax):
            yield _kept(np.packbits(pixels, bitorder="little").tobytes(), syntaxes.OCTETS)
    elif _is_too_deep(dataset):
        for pixels in _decoded(dataset, syntax):
            yield _kept(_native(pixels, dataset.get("PlanarConfiguration")), syntaxes.OCTETS)
    else:
        for pixels in _decoded(dataset, syntax):
            yield _transcoded(pixels, lossless)


def _guarded(frames: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from frames
    except Exception:  # noqa: BLE001 - any fault of the encapsulation
        raise CannotStoreError(warn.FRAMES_EXTRACTION) from None


def _decoded(dataset: Dataset, syntax: str) -> Iterator[Pixels]:
    if "PixelData" not in dataset:
        raise CannotStoreError(warn.TRANSCODING)
    try:
        yield from decoded_frames(dataset, syntax)
    except CannotDecodeError:
        raise CannotStoreError(warn.TRANSCODING) from None


def _native(pixels: Pixels, planar: int | None) -> bytes:
    """A frame as Explicit VR Little Endian has it, its planes as PlanarConfiguration says."""
    ordered = np.moveaxis(pixels, -1, 0) if pixels.ndim == 3 and planar == 1 else pixels
    return ordered.astype(ordered.dtype.newbyteorder("<"), copy=False).tobytes()


def _transcoded(pixels: Pixels, lossless: str) -> Frame:
    """The frame encoded, after decoding it again gave the same checksum (IFRC)."""
    raw = np.ascontiguousarray(pixels)
    checksum = crc32(raw.data)
    try:
        data = CODECS[lossless].encode(raw)
        again = CODECS[lossless].decode(data)
    except Exception:  # noqa: BLE001 - any fault of the codec
        raise CannotStoreError(warn.TRANSCODING) from None
    if crc32(np.ascontiguousarray(again).data) != checksum:
        raise CannotStoreError(warn.TRANSCODING)
    kind = syntaxes.CONTENT_TYPES[syntaxes.STORED_AS[lossless]]
    return Frame(data, kind, checksum, raw.nbytes, int(raw.min()), int(raw.max()))


def _kept(data: bytes, content_type: str) -> Frame:
    return Frame(data, content_type, crc32(data), len(data))


def _store_blob(
    dataset: Dataset, syntax: str, warning: warn.FileWarning, sink: FrameSink
) -> Stored:
    keyword = next(keyword for keyword in PIXELS if keyword in dataset)
    sink.clear()
    value = pixel_bytes(dataset, keyword)
    sink.add(_kept(value if isinstance(value, bytes) else value.read(), syntaxes.OCTETS))
    return Stored(syntax, (warning,))
