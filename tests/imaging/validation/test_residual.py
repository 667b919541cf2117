"""What of the original is looked for in the output, in which spellings, and to which end."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from include.imaging.dicom.elements import walk
from include.imaging.validation import residual
from include.imaging.validation.residual import residual_identity
from tests.support.deidentification import made_of
from tests.support.dicom import ct, decode, encode


def _left(image: Dataset) -> list[str]:
    """Return which attributes of an image its de-identified copy still tells, and where."""
    original = encode(image)
    found = residual_identity(walk(original), walk(made_of(original).data))
    return [each.text.partition("(")[2].partition(")")[0] for each in found]


@pytest.mark.parametrize(
    ("keyword", "value", "inside"),
    [
        ("PatientName", "McDonald^Ian", "McDonald^Ian"),
        ("PatientName", "McDonald^Ian", "McDonald"),
        ("PatientName", "McDonald^Ian", "MCDONALD"),
        ("PatientName", "McDonald^Ian", "mcdonald"),
        ("PatientName", "MCDONALD^Ian", "Mcdonald"),
        ("PatientID", "PiD-xYz991", "PiD-xYz991"),
    ],
)
def test_a_value_is_found_among_binary_data_as_it_was_written(
    keyword: str, value: str, inside: str
) -> None:
    hidden = bytes(65) + inside.encode() + bytes(64)
    for place in ("PixelData", "RedPaletteColorLookupTableData"):
        image = ct(**{keyword: value})
        setattr(image, place, hidden.ljust(512, b"\0"))
        assert _left(image) == [f"value of {keyword} in {place}"]


@pytest.mark.parametrize(
    ("keyword", "value", "told"),
    [
        ("PatientID", "20461777", "x 20461777."),
        ("PatientID", "20461777", "see 20461777. Then"),
        ("PatientID", "20461777", "No.20461777"),
        ("PatientID", "20461777", "MRN20461777"),
        ("PatientName", "Li^Bo", "Li Bo"),
        ("PatientName", "Li^Bo", "for BO LI"),
        ("PatientBirthDate", "19560312", "19560312"),
        ("PatientBirthDate", "19560312", "1956-03-12"),
        ("PatientBirthDate", "19560312", "1956.03.12"),
        ("PatientBirthDate", "1956.03.12", "1956.03.12"),
        ("PatientBirthDate", "1956.03.12", "19560312"),
        ("PatientBirthDate", "19560312", "*12.03.1956"),
        ("PatientBirthDate", "19560312", "03/12/1956."),
        ("PatientBirthDate", "19560312", "12/03/1956"),
    ],
)
def test_a_value_is_found_in_text_as_people_write_it(keyword: str, value: str, told: str) -> None:
    image = ct(**{keyword: value, "ConvolutionKernel": told})
    assert _left(image) == [f"value of {keyword} in ConvolutionKernel"]


@pytest.mark.parametrize(
    ("keyword", "value", "kept"),
    [
        ("PatientID", "20461777", "1.20461777"),
        ("PatientID", "20461777", ".20461777"),
        ("PatientID", "20461777", "20461777.5"),
        ("PatientID", "20461777", "120461777"),
        ("PatientID", "20461777", "20461777A"),
        ("PatientID", "12345", "B12345"),
        ("PatientID", "ABC-12", "XABC-12"),
        ("PatientName", "Li^Bo", "Li Bold"),
        ("PatientBirthDate", "19560312", "1.12.03.1956"),
        ("PatientBirthDate", "19560312", "V19560312"),
        ("StudyDate", "19560312", "12.03.1956"),
    ],
)
def test_what_is_a_part_of_something_else_is_no_value(keyword: str, value: str, kept: str) -> None:
    assert _left(ct(**{keyword: value, "ConvolutionKernel": kept})) == []


@pytest.mark.parametrize("character_set", ["ISO_IR 192", "ISO_IR 100"])
@pytest.mark.parametrize("told", ["MÜLLER", "müller", "Müller", "ÉMILE", "émile"])
def test_letters_beyond_ascii_have_two_cases_too(told: str, character_set: str) -> None:
    image = ct(SpecificCharacterSet=character_set, PatientName="Müller^Émile")
    image.ConvolutionKernel = told
    assert _left(image) == ["value of PatientName in ConvolutionKernel"]
    encoding = "utf-8" if character_set == "ISO_IR 192" else "latin-1"
    pixels = ct(SpecificCharacterSet=character_set, PatientName="Mü-ller^É-mile")
    text = told.replace("Ü", "Ü-").replace("ü", "ü-").replace("É", "É-").replace("é", "é-")
    pixels.PixelData = text.encode(encoding).ljust(512, b"\0")
    assert _left(pixels) == ["value of PatientName in PixelData"]


def test_a_value_too_short_for_a_place_does_not_end_the_search_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(residual, "MOST_HITS", 100)
    pixels = b"1" * 480 + b"SECRETNAME^JOHN "
    image = ct(AccessionNumber="1111", PatientName="SECRETNAME^JOHN")
    image.PixelData = pixels.ljust(512, b"\0")
    assert _left(image) == ["value of PatientName in PixelData"]


def test_a_search_that_ends_early_holds_the_object(monkeypatch: pytest.MonkeyPatch) -> None:
    original = encode(ct(AccessionNumber="1111"))
    image = decode(made_of(original).data)
    image.DerivationDescription = "x1111" * 10
    output = walk(encode(image))
    monkeypatch.setattr(residual, "MOST_HITS", 10)
    assert residual_identity(walk(original), output) == ()
    monkeypatch.setattr(residual, "MOST_HITS", 9)
    found = residual_identity(walk(original), output)
    assert [each.code for each in found] == ["RESIDUAL_UNKNOWN"]
    assert "1111" not in found[0].text


@pytest.mark.parametrize("terms", ["GB18030", "GBK"])
def test_a_chinese_name_is_found_though_its_letters_hold_delimiters(terms: str) -> None:
    image = ct(SpecificCharacterSet=terms, PatientName="誠曉^劉", RescaleType="誠曉")
    assert b"\\" in "誠".encode(terms)
    assert "value of PatientName in RescaleType" in _left(image)
