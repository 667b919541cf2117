"""How the frames of an instance become the pixel element of a DICOM file (PS3.5 8, A.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from include.imaging.export import syntaxes
from include.imaging.export.elements import Element, Elements, encoded
from include.imaging.export.frames import Frame
from include.imaging.export.metadata import Instance
from include.imaging.export.part10 import Part10Writer

PHOTOMETRIC_INTERPRETATION, PLANAR_CONFIGURATION = 0x00280004, 0x00280006
# what a decoder gives for each, PS3.3 C.7.6.3.1.2
DECODED_AS = {"YBR_RCT": "RGB", "YBR_ICT": "RGB", "YBR_FULL_422": "YBR_FULL"}
FLOATS = {"FloatPixelData": ("OF", 4), "DoubleFloatPixelData": ("OD", 8)}

Bits = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Keyword, VR and transfer syntax of the pixel element, and elements that change with it."""

    keyword: str
    vr: str
    syntax: str
    is_encapsulated: bool
    changes: Elements


def pixel_element(instance: Instance) -> PixelElement:
    """Return how the file holds its pixels.

    Frames that the service transcoded are written decoded, in Explicit VR Little Endian; the
    others as they were imported.
    """
    keyword = next((name for name in FLOATS if name in instance.attributes), "PixelData")
    native_vr = FLOATS[keyword][0] if keyword in FLOATS else _native_vr(instance)
    syntax = instance.stored_syntax
    if syntax in syntaxes.TRANSCODED:
        changes = _as_decoded(instance)
        return PixelElement(keyword, native_vr, syntaxes.EXPLICIT_LITTLE_ENDIAN, False, changes)
    if syntax in syntaxes.NATIVE:
        return PixelElement(keyword, native_vr, syntaxes.EXPLICIT_LITTLE_ENDIAN, False, {})
    return PixelElement(keyword, "OB", syntax, True, {})


class PixelWriter:
    """Writes the frames of one instance, in order, into its file."""

    def __init__(self, writer: Part10Writer, instance: Instance, element: PixelElement) -> None:
        self._writer = writer
        self._instance = instance
        self._element = element
        self._is_blob = syntaxes.is_blob(instance)
        self._bits: Bits = np.empty(0, np.uint8)
        has_offsets = element.is_encapsulated and not self._is_blob
        writer.begin_pixels(element.keyword, element.vr, is_encapsulated=element.is_encapsulated)
        if has_offsets:
            writer.write_item(b"")

    def add(self, frame: Frame) -> None:
        """Write the next frame."""
        if self._is_blob:
            self._writer.write_native(self._little_endian(frame.stored))
        elif self._element.is_encapsulated:
            self._writer.write_item(frame.stored)
        elif self._instance.number("BitsAllocated", 0) == 1:
            self._add_bits(frame)
        elif frame.pixels is not None:
            little = frame.pixels.dtype.newbyteorder("<")
            self._writer.write_native(frame.pixels.astype(little, copy=False).tobytes())
        else:
            self._writer.write_native(self._little_endian(frame.stored))

    def end(self) -> None:
        """Close the pixel element and the file."""
        if self._bits.size:
            self._writer.write_native(np.packbits(self._bits, bitorder="little").tobytes())
        self._writer.end_pixels()

    def _add_bits(self, frame: Frame) -> None:
        """Write one bit a pixel; frames follow each other without a gap (PS3.5 8.1.1)."""
        count = self._instance.number("Rows", 0) * self._instance.number("Columns", 0)
        if frame.pixels is not None:
            bits = (frame.pixels.reshape(-1) != 0).astype(np.uint8)
        else:
            stored = np.frombuffer(frame.stored, np.uint8)
            bits = np.unpackbits(stored, bitorder="little")[:count]
        bits = np.concatenate((self._bits, bits))
        whole = bits.size - bits.size % 8
        self._writer.write_native(np.packbits(bits[:whole], bitorder="little").tobytes())
        self._bits = bits[whole:]

    def _little_endian(self, data: bytes) -> bytes:
        if self._instance.stored_syntax != syntaxes.BIG_ENDIAN:
            return data
        width = FLOATS.get(self._element.keyword, ("", 0))[1]
        width = width or self._instance.number("BitsAllocated", 8) // 8
        if width not in (2, 4, 8) or len(data) % width:
            return data
        return np.frombuffer(data, f">u{width}").astype(f"<u{width}").tobytes()


def _native_vr(instance: Instance) -> str:
    return "OW" if instance.number("BitsAllocated", 8) > 8 else "OB"


def _as_decoded(instance: Instance) -> Elements:
    photometric = str(instance.attributes.get("PhotometricInterpretation") or "")
    changes: Elements = {}
    if photometric in DECODED_AS:
        now = DECODED_AS[photometric]
        changes[PHOTOMETRIC_INTERPRETATION] = Element("CS", encoded("CS", now))
    if instance.number("SamplesPerPixel", 1) > 1:
        changes[PLANAR_CONFIGURATION] = Element("US", encoded("US", 0))
    return changes
