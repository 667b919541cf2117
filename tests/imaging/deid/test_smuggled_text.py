"""Bytes that stand where none may be: behind pixels, in their offset table, in binary numbers.

Nothing else in these files holds the text, so that no search for known values can find it.
"""

from __future__ import annotations

import random

import pytest
from pydicom.uid import JPEGBaseline8Bit, RLELossless

from tests.fuzz.canaries import HIDDEN
from tests.fuzz.envelopes import with_syntax
from tests.fuzz.gate import VERIFIED, gate
from tests.fuzz.seeds import made
from tests.fuzz.specimen import ITEM, PIXEL_DATA, Specimen, parts, replaced, taken_apart

WORD = (HIDDEN + HIDDEN).encode()


def _leaves(specimen: Specimen) -> bool:
    """Return whether the text comes out of the engine and passes the verification."""
    original = specimen.assemble()
    assert WORD in original
    end = gate("basic", with_dciodvfy=False).end_of(original)
    assert end.made or end.findings
    return end.made is not None and not end.findings and WORD in end.made.data


def _native() -> Specimen:
    return taken_apart(made()[0])


def _encapsulated() -> Specimen:
    found = [taken_apart(data) for data in made()]
    return next(each for each in found if each.syntax == JPEGBaseline8Bit)


def _rewritten(specimen: Specimen, tag: int, vr: bytes, value: bytes) -> Specimen:
    part = next(each for each in parts(specimen) if each.tag == tag)
    return replaced(specimen, part.start, part.end, specimen.element(tag, vr, value))


def _with_fragment(number: int, change: bytes) -> Specimen:
    """Return the encapsulated file with a fragment (0 is the offset table) that ends otherwise."""
    specimen = _encapsulated()
    found = parts(specimen)
    at = next(place for place, part in enumerate(found) if part.tag == PIXEL_DATA)
    part = found[at + 1 + number]
    value = specimen.body[part.value : part.end] + change
    return replaced(specimen, part.start, part.end, specimen.element(ITEM, b"", value))


def _pixels(specimen: Specimen) -> bytes:
    part = next(each for each in parts(specimen) if each.tag == PIXEL_DATA)
    return specimen.body[part.value : part.end]


def test_bytes_behind_the_last_frame_do_not_leave() -> None:
    native = _native()
    assert not _leaves(_rewritten(native, PIXEL_DATA, b"OW", _pixels(native) + WORD))


def test_an_offset_table_holds_offsets() -> None:
    assert not _leaves(_with_fragment(0, WORD))


def test_bytes_behind_the_end_of_a_compressed_image_do_not_leave() -> None:
    assert not _leaves(_with_fragment(2, WORD))


@pytest.mark.parametrize(
    ("tag", "vr"), [(0x00280010, b"US"), (0x00280107, b"US"), (0x0062000B, b"US")]
)
def test_binary_numbers_are_as_many_as_the_attribute_has(tag: int, vr: bytes) -> None:
    native = _native()
    element = native.element(tag, vr, WORD)
    if tag in {part.tag for part in parts(native)}:
        assert not _leaves(_rewritten(native, tag, vr, WORD))
    else:
        at = next(part.start for part in parts(native) if part.tag > tag and not part.depth)
        assert not _leaves(replaced(native, at, at, element))


@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, RLELossless])
def test_plain_pixels_do_not_leave_under_a_syntax_of_compressed_ones(syntax: str) -> None:
    specimen = with_syntax(_native(), syntax)
    assert gate("basic", with_dciodvfy=False).end_of(specimen.assemble()).words != VERIFIED


def test_text_in_numbers_dates_and_codes_does_not_leave() -> None:
    native, rng = _native(), random.Random(1)
    found = [p for p in parts(native) if p.vr in (b"DS", b"IS", b"DA", b"TM", b"CS", b"UI")]
    assert len(found) > 15
    for part in rng.sample(found, 15):
        assert not _leaves(_rewritten(native, part.tag, part.vr, WORD))


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        (b"LO", b"ACME\0" + WORD),
        (b"LO", b"ACME\\\x01" + WORD),
        (b"UN", b"\xfe\xff\0\xe0\x20\0\0\0\x10\0\x10\0PN\x10\0" + WORD),
    ],
)
def test_what_is_no_text_does_not_leave_as_one(vr: bytes, value: bytes) -> None:
    value += b" " * (len(value) % 2)
    assert not _leaves(_rewritten(_native(), 0x00080070, vr, value))


@pytest.mark.parametrize("value", [b"ACME\0", b"ACME\0\\Works\0", b"ACME\r\nWorks\t2", b""])
def test_texts_with_line_ends_or_padded_by_nulls_stay(value: bytes) -> None:
    value += b"\0" * (len(value) % 2)
    specimen = _rewritten(_native(), 0x00080070, b"LO", value)
    end = gate("basic", with_dciodvfy=False).end_of(specimen.assemble())
    assert end.made is not None
    output = taken_apart(end.made.data)
    part = next(each for each in parts(output) if each.tag == 0x00080070)
    assert output.body[part.value : part.end].rstrip(b"\0 ") == value.rstrip(b"\0 ")


def test_what_goes_may_hold_broken_numbers_on_either_path() -> None:
    specimen = _native()
    item = specimen.element(ITEM, b"", specimen.element(0x00491003, b"FL", b"\4\0"))
    private = b"\x49\0\1\x10SQ\0\0\xff\xff\xff\xff" + item + b"\xfe\xff\xdd\xe0\0\0\0\0"
    found = (part for part in parts(specimen) if part.is_element and not part.depth)
    behind = next(part.start for part in found if part.tag > 0x00491001)
    body = specimen.body[:behind] + private + specimen.body[behind:]
    original = specimen.with_body(body).assemble()
    assert gate("basic", with_dciodvfy=False).end_of(original).words == VERIFIED
    assert gate("basic", with_dciodvfy=False).disagreement(original) == ""
