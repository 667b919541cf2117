"""Decodes frames with pydicom's decoders; by itself or with imagecodecs what those cannot."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import imagecodecs
import numpy as np
from pydicom import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import get_decoder

from include.localcloud.codestreams import MOST_SAMPLES, is_too_large
from include.localcloud.file_windows import pixel_bytes
from include.localcloud.transfer_syntaxes import NATIVE

JPEG_FAMILY = "1.2.840.10008.1.2.4."
Pixels = np.ndarray[Any, np.dtype[Any]]

OTHER_DECODERS: dict[str, Callable[[bytes], Pixels]] = {
    "1.2.840.10008.1.2.4.51": imagecodecs.jpeg_decode,
    "1.2.840.10008.1.2.4.57": imagecodecs.ljpeg_decode,
    "1.2.840.10008.1.2.4.70": imagecodecs.ljpeg_decode,
    "1.2.840.10008.1.2.4.80": imagecodecs.jpegls_decode,
    "1.2.840.10008.1.2.4.81": imagecodecs.jpegls_decode,
}


class CannotDecodeError(Exception):
    """No decoder could make frames of this pixel data."""


def decoded_frames(dataset: Dataset, syntax: str) -> Iterator[Pixels]:
    """The frames as the codec gives them: no colour is converted, signs are right.

    Raises:
        CannotDecodeError: At the frame that no decoder could make, or at once.
    """
    count = 0
    try:
        _require_size(dataset, syntax)
        pixel_bytes(dataset)
        for pixels in _frames(dataset, syntax):
            yield pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
            count += 1
    except CannotDecodeError:
        raise
    except Exception:  # noqa: BLE001 - any fault of any decoder
        if count or syntax not in OTHER_DECODERS:
            raise CannotDecodeError from None
    else:
        return
    yield from _decoded_otherwise(dataset, OTHER_DECODERS[syntax])


def _frames(dataset: Dataset, syntax: str) -> Iterator[Pixels]:
    is_single = int(dataset.get("SamplesPerPixel") or 1) == 1
    if syntax in NATIVE and is_single and dataset.get("BitsAllocated") == 1:
        return single_bits(dataset)
    return (
        pixels for pixels, _ in get_decoder(syntax).iter_array(dataset, raw=True, view_only=True)
    )


def single_bits(dataset: Dataset) -> Iterator[Pixels]:
    """The frames of native pixel data of one bit a pixel.

    They follow each other without a gap, so that one may begin within a byte (PS3.5 8.1.1).

    Raises:
        CannotDecodeError: There are fewer bits than the frames have.
    """
    value = pixel_bytes(dataset)
    stream = BytesIO(value) if isinstance(value, bytes) else value
    shape = (dataset.Rows, dataset.Columns)
    size = dataset.Rows * dataset.Columns
    for number in range(frames_of(dataset)):
        first, skipped = divmod(number * size, 8)
        stream.seek(first)
        data = stream.read((skipped + size + 7) // 8)
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        frame = bits[skipped : skipped + size]
        if not 0 < size == frame.size:
            raise CannotDecodeError
        yield frame.reshape(shape)


def _require_size(dataset: Dataset, syntax: str) -> None:
    """Pass if each frame can be decoded in memory.

    Raises:
        CannotDecodeError: By the data set or by its own header a frame is too large.
    """
    samples = dataset.Rows * dataset.Columns * int(dataset.get("SamplesPerPixel") or 1)
    if samples > MOST_SAMPLES:
        raise CannotDecodeError
    if syntax.startswith(JPEG_FAMILY):
        frames = generate_frames(pixel_bytes(dataset), number_of_frames=frames_of(dataset))
        if any(map(is_too_large, frames)):
            raise CannotDecodeError


def frames_of(dataset: Dataset) -> int:
    """NumberOfFrames; 1 where it is missing or no number."""
    try:
        return int(dataset.get("NumberOfFrames") or 1)
    except (TypeError, ValueError):
        return 1


def _decoded_otherwise(dataset: Dataset, decode: Callable[[bytes], Pixels]) -> Iterator[Pixels]:
    frames = frames_of(dataset)
    try:
        colours = (3,) if int(dataset.get("SamplesPerPixel") or 1) > 1 else ()
        shape = (dataset.Rows, dataset.Columns, *colours)
        for data in generate_frames(pixel_bytes(dataset), number_of_frames=frames):
            pixels = decode(data)
            if pixels.shape != shape:
                raise CannotDecodeError
            yield pixels
    except Exception:  # noqa: BLE001 - any fault of any decoder
        raise CannotDecodeError from None
