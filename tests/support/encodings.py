"""Generated DICOM files, byte by byte and without a DICOM library: usual ones and strange ones."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from pydicom.datadict import DicomDictionary

LONG = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"])
NUMBERS = {
    "AT": 4,
    "FD": 8,
    "FL": 4,
    "SL": 4,
    "SS": 2,
    "SV": 8,
    "UL": 4,
    "US": 2,
    "UV": 8,
    "OB": 2,
    "OD": 8,
    "OF": 4,
    "OL": 4,
    "OV": 8,
    "OW": 2,
    "UN": 2,
}
SAMPLES = {
    "AE": ("STATION", "", "A\\B"),
    "AS": ("045Y", "093Y", "old"),
    "CS": ("MR", "ORIGINAL\\PRIMARY", "lower", "Mixed Case"),
    "DA": ("20240229", "2024.02.29", "yesterday", "19000101", "20240101\\20231231"),
    "DS": ("1.5", "1\\2\\3", "none", " 7"),
    "DT": ("20240229235959.999999+0100", "2024", "soon"),
    "IS": ("12", "-3", "1A"),
    "LO": ("CT CHEST", "Doe John 20240229", "two\\values", "Müller"),
    "LT": ("a comment of\r\ntwo lines by DOE", "back\\slash"),
    "PN": ("DOE^JOHN", "Doe^John^^^=山田", "Single"),
    "SH": ("S-12345678", "short"),
    "ST": ("text for DOE",),
    "TM": ("235959.999", "2359", "noon"),
    "UC": ("unlimited DOE",),
    "UI": ("1.2.840.10008.1.2.1", "1.2.3.4.5", "1.2.3\\1.2.4", "no uid"),
    "UR": ("https://host.example/doe",),
    "UT": ("unlimited text\\DOE",),
}
TAGS = {vr: [] for vr in (*NUMBERS, *SAMPLES, "SQ")}  # type: dict[str, list[int]]
for _tag, (_vr, *_rest) in DicomDictionary.items():
    _own = str(_vr).split(" or ")[0]
    if _tag >> 16 >= 8 and _tag < 0x7FE00000 and _own in TAGS:
        TAGS[_own].append(_tag)
CHARACTER_SETS = ("", "ISO_IR 100", "ISO_IR 192", "\\ISO 2022 IR 87")
CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
NATIVE = (EXPLICIT, IMPLICIT, "1.2.840.10008.1.2.2")
ENCAPSULATED = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.5")
UIDS = {0x00080016: CT, 0x00080018: "1.2.3.9", 0x0020000D: "1.2.3.7", 0x0020000E: "1.2.3.8"}
PIXELS, UNDEFINED = 0x7FE00010, 0xFFFFFFFF


@dataclass(frozen=True)
class Element:
    """An element: its value is bytes, or the items of a sequence."""

    tag: int
    vr: str
    value: Any
    is_open: bool = False


@dataclass(frozen=True)
class Encoding:
    """How elements become bytes."""

    syntax: str

    def element(self, element: Element) -> bytes:
        value = element.value
        if element.vr == "SQ":
            value = b"".join(self.item(item, is_open=element.is_open) for item in value)
            if element.is_open:
                end = self.header(0xFFFEE0DD, "", 0)
                return self.header(element.tag, "SQ", UNDEFINED) + value + end
        return self.header(element.tag, element.vr, len(value)) + value

    def item(self, elements: list[Element], *, is_open: bool) -> bytes:
        content = self.data_set(elements)
        if not is_open:
            return self.header(0xFFFEE000, "", len(content)) + content
        return self.header(0xFFFEE000, "", UNDEFINED) + content + self.header(0xFFFEE00D, "", 0)

    def data_set(self, elements: list[Element]) -> bytes:
        return b"".join(self.element(each) for each in sorted(elements, key=lambda e: e.tag))

    def header(self, tag: int, vr: str, length: int) -> bytes:
        end = ">" if self.syntax.endswith("1.2.2") else "<"
        if not vr or self.syntax == IMPLICIT:
            return struct.pack(end + "HHL", tag >> 16, tag & 0xFFFF, length)
        if vr in LONG:
            return struct.pack(end + "HH2sHL", tag >> 16, tag & 0xFFFF, vr.encode(), 0, length)
        return struct.pack(end + "HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), length)


def file_of(syntax: str, elements: list[Element], pixels: bytes) -> bytes:
    """The whole file; `pixels` is the element of the pixel data, as it is encoded."""
    meta = Encoding(EXPLICIT)
    group = b"".join(
        meta.element(Element(tag, vr, even(value)))
        for tag, vr, value in (
            (0x00020001, "OB", b"\0\1"),
            (0x00020002, "UI", CT.encode()),
            (0x00020003, "UI", UIDS[0x00080018].encode()),
            (0x00020010, "UI", syntax.encode()),
            (0x00020016, "AE", b"SENDER"),
        )
    )
    length = meta.element(Element(0x00020000, "UL", struct.pack("<L", len(group))))
    body = Encoding(syntax).data_set(elements)
    return bytes(128) + b"DICM" + length + group + body + pixels


def even(value: bytes, filler: bytes = b"\0") -> bytes:
    return value + filler * (len(value) % 2)


@st.composite
def values(draw: st.DrawFn, vr: str) -> bytes:
    if vr in NUMBERS:
        return bytes(NUMBERS[vr]) * draw(st.integers(0, 3))
    text = draw(st.sampled_from(SAMPLES[vr]))
    return even(text.encode(draw(st.sampled_from(("latin-1", "utf-8"))), "replace"), b" ")


@st.composite
def elements(draw: st.DrawFn, depth: int = 0) -> list[Element]:
    found: dict[int, Element] = {}
    vrs = sorted(set(TAGS) - ({"SQ"} if depth > 2 else set()))
    for vr in draw(st.lists(st.sampled_from(vrs), max_size=4 if depth else 12)):
        tag = draw(st.sampled_from(TAGS[vr]))
        written = draw(st.sampled_from((vr,) * 30 + ("UN", "LO")))
        if vr == "SQ":
            items = draw(st.lists(elements(depth + 1), max_size=2))
            found[tag] = Element(tag, vr, items, draw(st.booleans()))
        else:
            found[tag] = Element(tag, written, draw(values(vr)))
    for element in draw(private_blocks()) if draw(st.integers(0, 3)) == 0 else ():
        found[element.tag] = element
    return list(found.values())


@st.composite
def private_blocks(draw: st.DrawFn) -> list[Element]:
    group, creator, low = draw(
        st.sampled_from(
            (
                (0x2001, b"Philips Imaging DD 001", 0x03),
                (0x0019, b"GEMS_ACQU_01 ", 0x9E),
                (0x0029, b"SIEMENS CSA HEADER", 0x10),
                (0x0019, b"SIEMENS MR HEADER ", 0x0C),
            )
        )
    )
    block = draw(st.sampled_from((0x10, 0x11, 0xFF)))
    vr = draw(st.sampled_from(("LO", "DS", "FD", "UI", "DA", "PN", "OB", "IS")))
    tags = [group << 16 | block << 8 | low, group << 16 | block << 8 | 0xEE]
    inside = [Element(tag, vr, draw(values(vr))) for tag in tags]
    named = [Element(group << 16 | block, "LO", even(creator, b" "))]
    return (named if draw(st.booleans()) else []) + inside


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """CT objects, most of them in the encodings that most writers use."""
    syntax = draw(st.sampled_from((EXPLICIT,) * 4 + NATIVE + ENCAPSULATED))
    own = {element.tag: element for element in draw(elements())}
    own |= {tag: Element(tag, "UI", even(uid.encode())) for tag, uid in UIDS.items()}
    own[0x00080060] = Element(0x00080060, "CS", b"CT")
    own[0x00100020] = Element(0x00100020, "LO", draw(st.sampled_from((b"12345678", b"", b"A B "))))
    if term := draw(st.sampled_from(CHARACTER_SETS)):
        own[0x00080005] = Element(0x00080005, "CS", even(term.encode(), b" "))
    else:
        own.pop(0x00080005, None)
    pixels = draw(st.binary(min_size=8, max_size=8)) if draw(st.booleans()) else None
    return file_of(syntax, list(own.values()), _pixels(syntax, pixels) + _behind(draw, syntax))


def _pixels(syntax: str, pixels: bytes | None) -> bytes:
    if pixels is None:
        return b""
    encoding = Encoding(syntax)
    if syntax in NATIVE:
        return encoding.element(Element(PIXELS, "OW", pixels))
    fragments = encoding.header(0xFFFEE000, "", 0) + encoding.header(0xFFFEE000, "", 8) + pixels
    end = encoding.header(0xFFFEE0DD, "", 0)
    return encoding.header(PIXELS, "OB", UNDEFINED) + fragments + end


def _behind(draw: st.DrawFn, syntax: str) -> bytes:
    """What writers put behind the pixels: nothing, padding, private elements, zeros."""
    encoding = Encoding(syntax)
    return draw(
        st.sampled_from(
            (
                *(b"",) * 4,
                encoding.element(Element(0xFFFCFFFC, "OB", b"DOE^JOHN")),
                encoding.element(Element(0xE0290010, "LO", b"SOMEBODY"))
                + encoding.element(Element(0xE0291001, "LO", b"DOE^JOHN")),
                bytes(6),
            )
        )
    )
