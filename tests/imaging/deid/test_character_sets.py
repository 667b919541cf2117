"""Texts in the object's own character sets lose the same on either path of the engine."""

from __future__ import annotations

import pytest
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from include.imaging.deid.results import Deidentified
from tests.support.deidentification import deidentifier
from tests.support.dicom import ct, decode, encode

KANJI = b"\x1b$B;3ED\x1b(B", b"\x1b$BB@O:\x1b(B"
CASES = {
    "ISO 2022 IR 87": (b"Yamada^Tarou=%b^%b" % KANJI, b"CT " + b"".join(KANJI), "CT"),
    "\\ISO 2022 IR 87": (b"Yamada^Tarou=%b^%b" % KANJI, b"CT " + b"".join(KANJI), "CT"),
    "ISO_IR 100": (
        "Zürn^Jörg".encode("latin-1"),
        "CT Zürn Schädel".encode("latin-1"),
        "CT Schädel",
    ),
    "GB18030": ("誠曉^劉".encode("gb18030"), "CT 誠曉".encode("gb18030"), "CT"),
}


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("terms", CASES)
def test_a_name_in_its_own_letters_leaves_every_description(terms: str, syntax: str) -> None:
    name, text, left = CASES[terms]
    image = ct()
    for keyword, vr, value in (
        ("SpecificCharacterSet", "CS", terms.encode()),
        ("PatientName", "PN", name),
        ("StudyDescription", "LO", text),
        ("ImageComments", "LT", text),
    ):
        _write(image, keyword, vr, value)
    made = deidentifier(policy="research").deidentify(encode(image, syntax))
    assert isinstance(made, Deidentified)
    output = decode(made.data)
    assert (output.StudyDescription, output.ImageComments) == (left, left)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_name_of_an_item_is_read_in_the_character_set_of_the_item(syntax: str) -> None:
    other = Dataset()
    _write(other, "SpecificCharacterSet", "CS", b"ISO_IR 192")
    _write(other, "PatientName", "PN", "Brünnlé^Hans".encode())
    image = ct(OtherPatientIDsSequence=Sequence([other]))
    _write(image, "SpecificCharacterSet", "CS", b"ISO_IR 100")
    _write(image, "RescaleType", "LO", "HU Brünnlé".encode("latin-1"))
    made = deidentifier(policy="research").deidentify(encode(image, syntax))
    assert isinstance(made, Deidentified)
    assert decode(made.data).RescaleType == "HU"


def test_a_patient_id_in_its_own_letters_leaves_every_text() -> None:
    image = ct()
    _write(image, "SpecificCharacterSet", "CS", b"ISO_IR 100")
    _write(image, "PatientID", "LO", "ÄÖ-12345".encode("latin-1"))
    _write(image, "RescaleType", "LO", "HU ÄÖ-12345".encode("latin-1"))
    made = deidentifier(policy="research").deidentify(encode(image))
    assert isinstance(made, Deidentified)
    assert decode(made.data).RescaleType == "HU"


def _write(dataset: Dataset, keyword: str, vr: str, value: bytes) -> None:
    tag = Tag(tag_for_keyword(keyword) or 0)
    value += b" " * (len(value) % 2)
    dataset[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
