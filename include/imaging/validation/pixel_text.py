"""Where bytes of pixel data can hold text: behind the pixels, and between compressed ones."""

from __future__ import annotations

from include.imaging.validation.compressed import Encapsulated, Image, taken_apart

# Before the end of native pixels, so that a word is found that begins among them.
OVERLAP_BYTES = 256


def native_length(numbers: dict[str, int]) -> int:
    """Return how many bytes native pixels take (PS3.5 8.1.1, PS3.3 C.7.6.3), 0 if unknown.

    Args:
        numbers: Rows, Columns, SamplesPerPixel, BitsAllocated and NumberOfFrames; without the
            last there is one frame. `Subsampled` is 1 where two pixels share their chrominance.
    """
    samples = 2 if numbers.get("Subsampled") else numbers.get("SamplesPerPixel", 0)
    pixels = numbers.get("Rows", 0) * numbers.get("Columns", 0) * samples
    bits = pixels * numbers.get("BitsAllocated", 0) * numbers.get("NumberOfFrames", 1)
    return (bits + 7) // 8


def behind_native(data: memoryview, length: int) -> memoryview:
    """Return what is to be searched of native pixels that should take `length` bytes.

    Nothing where they do, but for a pad byte; everything where they are too few.
    """
    if len(data) - length in (0, length % 2):
        return data[:0]
    if len(data) < length or not length:
        return data
    return data[max(0, length - OVERLAP_BYTES) :]


def between_compressed(data: memoryview) -> list[bytes | memoryview]:
    """Return what of an encapsulated value is no entropy-coded pixel (PS3.5 A.4), each once.

    Of JPEG, JPEG-LS and JPEG 2000 these are headers, comments, application segments, and bytes
    behind the end of an image; of what is none of these, or breaks off, everything.
    """
    return between(taken_apart(data), data)


def between(parts: Encapsulated | None, data: memoryview) -> list[bytes | memoryview]:
    """Return what `between_compressed` does, of a value that is taken apart already."""
    if parts is None:
        return [data]
    short = {parts.table: None}
    whole: list[bytes | memoryview] = []
    for image in parts.images:
        if image.is_whole:
            short.update(dict.fromkeys(_segments(image)))
        else:
            whole.append(image.data)
    return [b"\0".join(short), *whole]


def _segments(image: Image) -> list[bytes]:
    found = [bytes(image.data[start:end]) for start, end in image.segments]
    return [*found, bytes(image.data[image.end :])]
