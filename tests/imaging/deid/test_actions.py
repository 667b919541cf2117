"""Compound codes are resolved by the attribute's Type in the object's IOD."""

from __future__ import annotations

import json

import pytest
from pydicom.uid import CTImageStorage, RTDoseStorage, SegmentationStorage

from include.imaging.deid.actions import Action, resolve
from include.imaging.deid.data.make_types import types
from include.imaging.deid.iod import TYPES, attribute_type


@pytest.mark.parametrize(
    ("code", "attribute_type", "action"),
    [
        ("X/Z/D", "1", Action.DUMMY),
        ("X/Z/D", "2", Action.EMPTY),
        ("X/Z/D", "3", Action.REMOVE),
        ("X/Z", "2", Action.EMPTY),
        ("X/D", "3", Action.REMOVE),
        ("Z/D", "1", Action.DUMMY),
        ("Z/D", "3", Action.EMPTY),
        ("X/Z/U*", "1", Action.UID),
        ("X/Z/U*", "3", Action.REMOVE),
        ("X", "3", Action.REMOVE),
        ("X", "2", Action.EMPTY),
        ("D", "3", Action.DUMMY),
    ],
)
def test_the_type_decides_a_compound_code(code: str, attribute_type: str, action: Action) -> None:
    assert resolve(code, attribute_type, "LO") is action


def test_an_optional_sequence_is_removed_and_not_left_without_items() -> None:
    assert resolve("Z", "3", "SQ") is Action.REMOVE
    assert resolve("Z", "2", "SQ") is Action.EMPTY


def test_types_come_from_the_object_s_own_iod() -> None:
    assert attribute_type(CTImageStorage, "", "PatientName") == "2"
    assert attribute_type(CTImageStorage, "", "StationName") == "3"
    assert attribute_type(SegmentationStorage, "", "ContentDate") == "1"
    assert attribute_type(RTDoseStorage, "", "OperatorsName") == "2"
    assert attribute_type(CTImageStorage, "", "Rows") == "1"


def test_types_within_a_sequence_are_those_of_its_macro() -> None:
    place = ("OperatorIdentificationSequence", "InstitutionName")
    assert attribute_type(CTImageStorage, *place) == "1"
    assert attribute_type("1.2.3", "NoSuchSequence", "PatientName") == "3"


def test_the_types_are_what_their_source_says() -> None:
    assert json.loads(TYPES.read_text(encoding="utf-8")) == json.loads(json.dumps(types()))
