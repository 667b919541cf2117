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
