"""Staging and the engine see the same in the same bytes."""

from __future__ import annotations

import struct

import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from include.imaging.deid import rewriter
from include.imaging.dicom import deflate, elements, explicit, walk
from include.imaging.dicom.header import read_facts
from include.imaging.validation.verify import verify
from tests.support.deidentification import held, made_of
from tests.support.dicom import ct, encode

SYNTAXES = [
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
]
ITEM = b"\xfe\xff\x00\xe0\x00\x00\x00\x00"
OPEN, SEQUENCE_END = 0xFFFFFFFF, b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"


def _staged(original: bytes) -> list[str]:
    return [finding.code for finding in read_facts(original).findings]


@pytest.mark.parametrize("padding", [1, 3, 7, 8, 128, 2_500_000])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_zeros_behind_the_data_set_are_padding_for_both(syntax: str, padding: int) -> None:
    original = encode(ct(), syntax)
    padded = original + bytes(padding)
    assert _staged(padded) == []
    made = made_of(padded)
    assert made.data == made_of(original).data
    assert verify(padded, made) == ()


@pytest.mark.parametrize("end", [b"\1", bytes(8) + b"\1", bytes(200) + b"NAME", b"12345678"])
def test_anything_else_behind_it_is_none(end: bytes) -> None:
    original = encode(ct()) + end
    assert _staged(original)[0] in {"TRUNCATED", "UNPARSABLE"}
    assert held(original)[0] in {"TRUNCATED", "UNPARSABLE"}


@pytest.mark.parametrize("syntax", SYNTAXES[:3])
def test_zeros_before_anything_else_are_refused_at_the_first(
    syntax: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = encode(ct(), syntax)
    for module in (elements, walk):
        monkeypatch.setattr(module, "PARTS", 300)
    assert _staged(original) == []
    spoilt = original + bytes(8 * 1000) + b"\1" * 9
    assert _staged(spoilt) == ["UNPARSABLE"]
    assert held(spoilt) == ["UNPARSABLE"]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_file_that_starts_with_its_mark_is_read_by_both(syntax: str) -> None:
    original = encode(ct(), syntax)
    assert _staged(original[128:]) == ["NO_PREAMBLE"]
    made = made_of(original[128:])
    assert made.data == made_of(original).data
    assert verify(original[128:], made) == ()


def _with_sequence(vr: bytes, length: int, items: bytes) -> bytes:
    """Return a file with bytes in the place of a sequence's items."""
    original = encode(ct())
    place = original.index(b"\x10\x00\x10\x00PN")
    head = struct.pack("<HH2sHL", 0x0008, 0x9215, vr, 0, length)
    return original[:place] + head + items + original[place:]


@pytest.mark.parametrize("vr", [b"SQ", b"UN"])
@pytest.mark.parametrize(
    ("length", "items", "is_whole"),
    [
        (800, ITEM * 100, True),
        (OPEN, ITEM * 100 + SEQUENCE_END, True),
        (800, ITEM * 99 + b"NO ITEM.", False),
        (OPEN, ITEM * 100, False),
        (800, ITEM[:4] + struct.pack("<L", 900) + bytes(792), False),
        (0x7FFFFFFF, ITEM * 100, False),
        (808, ITEM * 100 + SEQUENCE_END, False),
    ],
)
def test_both_read_a_sequence_to_its_end(
    vr: bytes, length: int, items: bytes, is_whole: bool
) -> None:
    original = _with_sequence(vr, length, items)
    assert (_staged(original) == []) is is_whole
    if is_whole:
        assert made_of(original)
    else:
        assert set(_staged(original) + held(original)) <= {"TRUNCATED", "UNPARSABLE"}


@pytest.mark.parametrize("is_open", [True, False])
def test_more_parts_than_a_genuine_object_has_are_refused_by_both(
    is_open: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = ITEM * 300 + (SEQUENCE_END if is_open else b"")
    for vr in (b"SQ", b"UN"):
        original = _with_sequence(vr, OPEN if is_open else len(items), items)
        with monkeypatch.context() as bound:
            assert _staged(original) == []
            assert made_of(original)
            for module in (elements, walk, explicit, rewriter):
                bound.setattr(module, "PARTS", 300)
            assert _staged(original) == ["TOO_MANY_ELEMENTS"]
            assert held(original) == ["TOO_MANY_ELEMENTS"]


def test_a_data_set_that_inflates_beyond_all_size_is_refused_by_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = encode(ct(PixelData=bytes(2_000_000)), DeflatedExplicitVRLittleEndian)
    assert _staged(original) == []
    assert made_of(original)
    monkeypatch.setattr(deflate, "INFLATED_BYTES", 1_000_000)
    assert _staged(original) == ["COMPRESSION_RATIO"]
    assert held(original) == ["COMPRESSION_RATIO"]
