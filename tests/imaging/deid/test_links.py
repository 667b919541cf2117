"""Originals are told as the engine reads them, whatever the path, and each becomes one row."""

from __future__ import annotations

import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from include.imaging.deid.links import LONGEST, Links
from include.imaging.deid.originals import plain_identifiers
from include.imaging.deid.reidentification import Map, new_pair
from include.imaging.deid.results import Deidentified
from include.imaging.dicom.silence import silenced
from tests.support.deidentification import deidentifier, made_of
from tests.support.dicom import ct, encode, package_files

DEID = deidentifier()


def test_both_ways_of_reading_tell_the_same() -> None:
    plain = 0
    for path in package_files():
        original = path.read_bytes()
        made = DEID.deidentify(original) if len(original) < 2**20 else None
        if not isinstance(made, Deidentified):
            continue
        told = DEID.originals(original)
        assert DEID.uid(told.sop_instance_uid) == made.sop_instance_uid, path.name
        assert DEID.uid(told.series_instance_uid) == made.series_instance_uid
        if quickly := plain_identifiers(original):
            plain += 1
            with silenced():
                slowly = DEID._slow.originals(original)
            assert [getattr(slowly, name).strip(" \0") for name in slowly.__slots__] == [
                getattr(quickly, name).strip(" \0") for name in quickly.__slots__
            ]
    assert plain > 30


@pytest.mark.parametrize(
    "syntax",
    [
        ExplicitVRLittleEndian,
        ImplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
    ],
)
def test_a_name_in_any_encoding_is_read_as_it_is_written(syntax: str) -> None:
    original = encode(ct(PatientID="Müller 12", SpecificCharacterSet="ISO_IR 100"), syntax)
    links = Links()
    links.add(DEID.originals(original), made_of(original))
    (row,) = [row for row in links.rows() if row["attribute"] == "PatientID"]
    assert row["original"] == "Müller 12"
    assert row["stand_in"] == made_of(original).patient_id


def test_a_series_of_one_patient_gives_each_original_one_row() -> None:
    links = Links()
    for number in (1, 2, 3):
        original = encode(ct(number))
        links.add(DEID.originals(original), made_of(original))
    rows = list(links.rows())
    assert [row["attribute"] for row in rows] == [
        "PatientID", *["SOPInstanceUID"] * 3, "SeriesInstanceUID", "StudyInstanceUID"
    ]  # fmt: skip
    assert len({row["original"] for row in rows}) == len(links) == 6


def test_an_object_without_a_patient_gives_no_row_for_one() -> None:
    original = encode(ct(PatientID=""))
    links = Links()
    links.add(DEID.originals(original), made_of(original))
    assert {row["attribute"] for row in links.rows()} == {
        "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"
    }  # fmt: skip


def test_an_identifier_without_end_does_not_keep_a_map_from_being_sealed() -> None:
    original = encode(ct(PatientID="Z\u00fc" * 2**20), ImplicitVRLittleEndian)
    links = Links()
    links.add(DEID.originals(original), made_of(original))
    assert Map(new_pair()[1]).seal(links.rows())
    (row,) = [row for row in links.rows() if row["attribute"] == "PatientID"]
    assert len(row["original"]) == LONGEST


def test_neither_originals_nor_links_show_what_they_hold() -> None:
    original = encode(ct())
    links = Links()
    links.add(DEID.originals(original), made_of(original))
    shown = f"{DEID.originals(original)!r} {links!r} {links}"
    assert "PID-20461" not in shown
    assert ct().SOPInstanceUID not in shown
