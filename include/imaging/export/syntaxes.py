"""Transfer syntaxes of stored frames, by what an export can do with them (DG/get-image-frame)."""

from __future__ import annotations

from include.imaging.export.metadata import Instance

EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
_JPEG_2000, _HTJ2K = "1.2.840.10008.1.2.4.9", "1.2.840.10008.1.2.4.20"

# frames of these are stored without loss by the service itself; '' is the store's own format
TRANSCODED = frozenset({"", f"{_JPEG_2000}0", f"{_HTJ2K}1", f"{_HTJ2K}2"})
OPENJPEG = TRANSCODED | {f"{_JPEG_2000}1", f"{_HTJ2K}3"}
NATIVE = frozenset(
    {
        "1.2.840.10008.1.2",
        EXPLICIT_LITTLE_ENDIAN,
        "1.2.840.10008.1.2.1.99",
        BIG_ENDIAN,
    }
)
VIDEO = tuple(f"1.2.840.10008.1.2.4.{number}" for number in range(100, 109))
_ONE_BY_ONE = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in ("50", "91", "112", "203"))


def is_video(syntax: str) -> bool:
    """Return whether it is one of MPEG2, H.264 or HEVC, fragmentable ones included."""
    return any(syntax == uid or syntax.startswith(f"{uid}.") for uid in VIDEO)


def is_blob(instance: Instance) -> bool:
    """Return whether the stored bytes are the whole pixel element, as the file had it.

    That is what the service keeps where it could not take the frames apart or encode them
    (DG/reference-warning-codes, 0xB100 to 0xB120).
    """
    syntax = instance.stored_syntax
    if syntax in TRANSCODED or syntax in _ONE_BY_ONE or is_video(syntax):
        return False
    if syntax not in NATIVE:
        return True
    expected = instance.number("NumberOfFrames", 1)
    return has_float_pixels(instance) or len(instance.frames) != expected


def has_float_pixels(instance: Instance) -> bool:
    """Return whether its pixels are FloatPixelData or DoubleFloatPixelData."""
    keywords = ("FloatPixelData", "DoubleFloatPixelData")
    return any(keyword in instance.attributes for keyword in keywords)
