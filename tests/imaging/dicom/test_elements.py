"""The strict walk reads every encoding of the standard, and nothing that breaks it."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from include.imaging.dicom.elements import PIXEL_DATA, Walked, WalkError, walk
from tests.support.dicom import ct, encode

CODE_VALUE, SEQUENCE = 0x00080100, 0x00089215


def _nested(*, is_undefined: bool) -> Dataset:
    item = Dataset()
    item.CodeValue = "INNER"
    image = ct(DerivationCodeSequence=Sequence([item]))
    item.is_undefined_length_sequence_item = is_undefined
    image["DerivationCodeSequence"].is_undefined_length = is_undefined
    return image


def _value(walked: Walked, tag: int, path: tuple[int, ...] = ()) -> bytes:
    return next(e.value for e in walked.elements if (e.tag, e.path) == (tag, path))


@pytest.mark.parametrize("is_undefined", [True, False])
@pytest.mark.parametrize(
    "syntax",
    [
        ExplicitVRLittleEndian,
        ImplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
    ],
)
def test_nested_values_are_found_in_every_encoding(syntax: str, is_undefined: bool) -> None:
    walked = walk(encode(_nested(is_undefined=is_undefined), syntax))
    assert walked.transfer_syntax_uid == syntax
    assert _value(walked, CODE_VALUE, (SEQUENCE,)) == b"INNER "
    assert len(_value(walked, PIXEL_DATA)) == 512


def test_fragments_are_one_value() -> None:
    image = ct(PixelData=encapsulate([b"FRAGMENT"]))
    image["PixelData"].is_undefined_length = True
    assert b"FRAGMENT" in _value(walk(encode(image, RLELossless)), PIXEL_DATA)


def test_a_sequence_of_unknown_vr_and_undefined_length_is_implicit_inside() -> None:
    inner = b"\x08\x00\x00\x01\x06\x00\x00\x00INNER "
    item = b"\xfe\xff\x00\xe0" + len(inner).to_bytes(4, "little") + inner
    un = b"\x08\x00\x15\x92UN\0\0\xff\xff\xff\xff" + item + b"\xfe\xff\xdd\xe0\0\0\0\0"
    original = encode(ct())
    place = original.index(b"\x10\x00\x10\x00PN")
    walked = walk(original[:place] + un + original[place:])
    assert _value(walked, CODE_VALUE, (SEQUENCE,)) == b"INNER "


def test_a_missing_preamble_is_allowed() -> None:
    original = encode(ct())
    assert walk(original[132:]).elements == walk(original).elements


@pytest.mark.parametrize("cut", [1, 7, 300, 700])
def test_an_end_in_the_middle_is_an_error(cut: int) -> None:
    with pytest.raises(WalkError) as caught:
        walk(encode(_nested(is_undefined=True))[:-cut])
    assert caught.value.code == "TRUNCATED"


def test_a_file_without_transfer_syntax_is_an_error() -> None:
    with pytest.raises(WalkError) as caught:
        walk(b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100")
    assert caught.value.code == "NO_FILE_META"


def test_an_unknown_vr_is_an_error() -> None:
    with pytest.raises(WalkError) as caught:
        walk(encode(ct()).replace(b"\x10\x00\x10\x00PN", b"\x10\x00\x10\x00QQ"))
    assert caught.value.code == "UNPARSABLE"


def test_damaged_deflation_is_an_error() -> None:
    with pytest.raises(WalkError):
        walk(encode(ct(), DeflatedExplicitVRLittleEndian)[:-40])
