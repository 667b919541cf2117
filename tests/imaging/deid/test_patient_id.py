"""A patient has one pseudonym and two have two, whatever their identifiers are written as."""

from __future__ import annotations

import pytest
from pydicom import config
from pydicom.dataelem import DataElement

from tests.support.deidentification import held, made_of
from tests.support.dicom import ct, encode

PATIENT_ID = 0x00100020
UTF_8, LATIN_1, CYRILLIC = "ISO_IR 192", "ISO_IR 100", "ISO_IR 144"


def _written(vr: str, value: object, character_set: str) -> bytes:
    image = ct(SpecificCharacterSet=character_set)
    image[PATIENT_ID] = DataElement(PATIENT_ID, vr, value, validation_mode=config.IGNORE)
    return encode(image)


@pytest.mark.parametrize(
    ("character_set", "encoding", "texts"),
    [
        (UTF_8, "utf-8", ("Ä1", "Ö1", "A1")),
        (LATIN_1, "latin-1", ("Ä1", "Ö1", "A1")),
        (CYRILLIC, "iso-8859-5", ("Д1", "Ж1", "A1")),
    ],
)
def test_letters_beyond_ascii_are_read_in_the_character_set_of_the_object(
    character_set: str, encoding: str, texts: tuple[str, ...]
) -> None:
    as_text = [made_of(_written("LO", text, character_set)).patient_id for text in texts]
    assert len(set(as_text)) == len(texts)
    for vr in ("OB", "UN", "OW", "UT", "PN"):
        values = [text.encode(encoding) if vr in {"OB", "UN", "OW"} else text for text in texts]
        made = [made_of(_written(vr, value, character_set)).patient_id for value in values]
        assert made == as_text, vr


def test_several_identifiers_are_read_alike() -> None:
    expected = made_of(_written("LO", ["Ä1", "2"], UTF_8)).patient_id
    for vr in ("OB", "UN"):
        assert made_of(_written(vr, "Ä1\\2".encode(), UTF_8)).patient_id == expected


@pytest.mark.parametrize("number", ["007", "12345"])
def test_a_number_is_read_as_it_is_written(number: str) -> None:
    expected = made_of(_written("LO", number, UTF_8)).patient_id
    for vr in ("IS", "SH", "OB"):
        value = number.encode() if vr == "OB" else number
        assert made_of(_written(vr, value, UTF_8)).patient_id == expected


@pytest.mark.parametrize("vr", ["OB", "UN", "LO"])
def test_what_the_character_set_does_not_know_is_held(vr: str) -> None:
    original = _written("OB", "Ä1".encode("latin-1"), UTF_8)
    head = b"\x10\x00\x20\x00OB\0\0\2\0\0\0"
    assert original.count(head) == 1
    as_text = original.replace(head, b"\x10\x00\x20\x00LO\2\0")
    if vr == "UN":
        original = original.replace(head, head.replace(b"OB", b"UN"))
    assert held(as_text if vr == "LO" else original) == ["UNREADABLE_PATIENT_ID"]


def test_a_sequence_is_no_identifier() -> None:
    assert held(_written("SQ", [ct()], UTF_8)) == ["UNREADABLE_PATIENT_ID"]
