"""A number stays a number and a text a text under another VR; what cannot stay is told."""

from __future__ import annotations

import struct

import pytest
from pydicom import config
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.model import Severity
from include.imaging.validation.verify import verify
from tests.support.deidentification import held, made_of
from tests.support.dicom import ct, decode, encode

LITTLE, IMPLICIT, BIG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"


def _put(dataset: Dataset, keyword: str, vr: str, value: object) -> Dataset:
    tag = tag_for_keyword(keyword)
    assert tag is not None
    dataset[tag] = DataElement(tag, vr, value, validation_mode=config.IGNORE)
    return dataset


@pytest.mark.parametrize("syntax", [LITTLE, BIG])
@pytest.mark.parametrize(
    ("keyword", "vr", "value", "after"),
    [
        ("SliceThickness", "FD", 1.25, 1.25),
        ("SliceThickness", "FD", 1 / 3, 0.33333333333333),
        ("SliceThickness", "FL", 0.1, 0.1),
        ("KVP", "FL", 120.0, 120),
        ("KVP", "IS", "120", 120),
        ("PixelSpacing", "FD", [0.5, 0.25], [0.5, 0.25]),
        ("SeriesNumber", "US", 7, 7),
        ("InstanceNumber", "DS", "12.0", 12),
        ("AcquisitionNumber", "SL", 0, 0),
        ("Rows", "UL", 16, 16),
        ("Rows", "IS", "16", 16),
        ("SmallestImagePixelValue", "SL", -5, -5),
        ("DiffusionBValue", "DS", "1000", 1000.0),
        ("ConvolutionKernel", "LO", "B30f", "B30f"),
        ("ConvolutionKernel", "UT", "B30f", "B30f"),
    ],
)
def test_a_value_is_put_into_the_vr_of_its_attribute(
    keyword: str, vr: str, value: object, after: object, syntax: str
) -> None:
    original = encode(_put(ct(), keyword, vr, value), syntax)
    made = made_of(original)
    found = decode(made.data)[keyword]
    assert found.value == after
    assert str(found.VR) in dictionary_VR(found.tag).split(" or ")
    assert made.findings == ()
    assert verify(original, made) == ()


def test_tables_of_an_older_edition_stay_as_they_are() -> None:
    table = _put(Dataset(), "LUTData", "SS", [1, 2, 3, 4])
    table.add_new(0x00283002, "US", [4, 0, 16])
    image = ct(ModalityLUTSequence=Sequence([table]))
    made = made_of(encode(image))
    assert decode(made.data).ModalityLUTSequence[0].LUTData == [1, 2, 3, 4]


def test_codes_in_lower_case_are_put_into_upper_case() -> None:
    image = ct(PatientPosition="hfs", Modality="ct", ImageType=["ORIGINAL", "primary", "axial"])
    for syntax in (LITTLE, IMPLICIT):
        made = made_of(encode(image, syntax))
        after = decode(made.data)
        assert (after.PatientPosition, after.Modality, made.modality) == ("HFS", "CT", "CT")
        assert after.ImageType == ["ORIGINAL", "PRIMARY", "AXIAL"]
        assert made.findings == ()


@pytest.mark.parametrize(
    ("keyword", "vr", "value"),
    [
        ("TableHeight", "LO", "SECRETNAME"),
        ("TableHeight", "FD", float("nan")),
        ("TableHeight", "OB", b"SECRETNAME"),
        ("SeriesNumber", "FD", 1.5),
        ("AcquisitionNumber", "UV", 2**40),
        ("BodyPartExamined", "LO", "HEAD"),
        ("ConvolutionKernel", "LO", "A KERNEL WITH A VERY LONG NAME"),
        ("ConvolutionKernel", "UT", "TWO\\KERNELS"),
        ("ConvolutionKernel", "UT", "TWO\nLINES"),
        ("ConvolutionKernel", "PN", "SECRETNAME"),
        ("Laterality", "LO", "R"),
        ("ImageType", "CS", ["ORIGINAL", "Secretname"]),
    ],
)
def test_what_does_not_stay_is_told_by_keyword(keyword: str, vr: str, value: object) -> None:
    for nested in (False, True):
        part = _put(Dataset() if nested else ct(), keyword, vr, value)
        image = ct(DerivationCodeSequence=Sequence([part])) if nested else part
        made = made_of(encode(image))
        after = decode(made.data)
        place = after.DerivationCodeSequence[0] if nested else after
        assert str(place.get(keyword) or "") in {"", "['ORIGINAL', 'ANONYMIZED']"}
        (warning,) = [each for each in made.findings if each.code == "VALUE_UNFIT"]
        assert (warning.code, warning.severity) == ("VALUE_UNFIT", Severity.WARNING)
        assert f"({keyword})" in warning.text
        assert b"SECRET" not in made.data
        assert "SECRET" not in warning.text.upper()


def test_an_empty_value_is_no_loss() -> None:
    image = _put(_put(ct(), "BodyPartExamined", "LO", ""), "TableHeight", "FD", None)
    assert made_of(encode(image)).findings == ()


@pytest.mark.parametrize(
    ("keyword", "vr", "value"),
    [
        ("Rows", "UL", 70_000),
        ("Rows", "LO", "16"),
        ("Rows", "DS", "1e999999999"),
        ("PixelSpacing", "DS", "0,5"),  # nobody can say whether 1,250 is a little or a lot
    ],
)
def test_an_object_that_cannot_be_without_a_value_is_held_with_advice(
    keyword: str, vr: str, value: object
) -> None:
    is_text = vr == "DS"  # pydicom writes no decimal that is none: it is named one afterwards
    original = encode(_put(ct(), keyword, "LO" if is_text else vr, value))
    if is_text:
        tag = struct.pack("<HH", *divmod(tag_for_keyword(keyword) or 0, 2**16))
        original = original.replace(tag + b"LO", tag + b"DS")
    assert held(original) == ["REQUIRED_VALUE_UNFIT"]


def test_a_character_set_that_nobody_knows_is_said_to_be_one() -> None:
    assert held(encode(ct()).replace(b"\x08\x00\x08\x00CS", _CHARACTER_SET, 1)) == [
        "UNKNOWN_CHARACTER_SET"
    ]


_CHARACTER_SET = b"\x08\x00\x05\x00CS\x06\x00KLINGO\x08\x00\x08\x00CS"
