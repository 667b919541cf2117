"""Metadata of an instance as DICOM elements, with a list of what the metadata no longer has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from include.imaging.export.elements import (
    BINARY,
    CannotEncodeError,
    Element,
    Elements,
    encoded,
    name_of,
    tag_of,
    vr_of,
)
from include.imaging.export.metadata import Instance

SPECIFIC_CHARACTER_SET = 0x00080005
UTF_8 = Element("CS", b"ISO_IR 192")
MAXIMUM_DEPTH = 64
# written with the frames
PIXELS = frozenset({"PixelData", "FloatPixelData", "DoubleFloatPixelData"})
# true only of the file that was imported
_OFFSETS = frozenset({"ExtendedOffsetTable", "ExtendedOffsetTableLengths"})
_LEFT_OUT = PIXELS | _OFFSETS | {"SpecificCharacterSet", "TransferSyntaxUID"}


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The elements without pixels, and those that could not be brought back as they were.

    `lost` names keywords or tags: of bulk data that the metadata leaves out, of values or VRs
    it does not tell. Their values are never named.
    """

    elements: Elements
    lost: tuple[str, ...]


def rebuild(instance: Instance) -> Rebuilt:
    """Return the instance's elements, in UTF-8 and without pixel data.

    The metadata is lossy (DG/understanding-image-sets, DG/metadata-normalization): bulk data
    above 1 MB is left out of it, and private elements inside sequences have no VR. An empty
    binary value counts as lost, for the metadata does not tell it from one left out.
    """
    builder = _Builder(
        is_signed=instance.number("PixelRepresentation", 0) == 1,
        bits=instance.number("BitsAllocated", 16),
    )
    elements = builder.elements(instance.attributes, instance.vrs)
    elements[SPECIFIC_CHARACTER_SET] = UTF_8
    return Rebuilt(elements, tuple(sorted(set(builder.lost))))


@dataclass(slots=True)
class _Builder:
    is_signed: bool
    bits: int
    lost: list[str] = field(default_factory=list)

    def elements(
        self, attributes: Mapping[str, Any], vrs: Mapping[str, str], depth: int = 0
    ) -> Elements:
        made: Elements = {}
        for key, value in attributes.items():
            tag = tag_of(key)
            if tag is None:
                self.lost.append(key if key.isalnum() else "unknown")
            elif depth and key in PIXELS:
                self.lost.append(f"{key} of an item")
            elif key not in _LEFT_OUT and tag >> 16 != 2 and tag & 0xFFFF != 0:
                self._add(made, tag, value, vrs.get(key, ""), depth)
        return made

    def _add(self, made: Elements, tag: int, value: Any, told: str, depth: int) -> None:
        vr = vr_of(tag, told, value, is_signed=self.is_signed, bits=self.bits)
        try:
            if vr == "SQ":
                made[tag] = Element(vr, list(self._items(value, depth + 1)))
            else:
                made[tag] = Element(vr, encoded(vr, value))
        except CannotEncodeError:
            self.lost.append(name_of(tag))
        if value is None and vr in BINARY:
            self.lost.append(name_of(tag))

    def _items(self, value: Any, depth: int) -> Iterator[Elements]:
        if depth > MAXIMUM_DEPTH or not isinstance(value, list | None):
            raise CannotEncodeError
        for item in value or []:
            if not isinstance(item, dict):
                raise CannotEncodeError
            yield self.elements(item, {}, depth)
