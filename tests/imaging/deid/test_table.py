"""Table E.1-1 is whole, and every kind of row is found by its tag."""

from __future__ import annotations

from collections import Counter

from pydicom.datadict import keyword_for_tag

from include.imaging.deid.actions import CODES
from include.imaging.deid.table import row_of, rows


def test_the_table_has_all_rows_of_the_edition() -> None:
    assert len(rows()) == 657
    assert len({row.tag for row in rows()}) == 657


def test_the_basic_profile_has_the_edition_s_number_of_each_code() -> None:
    assert Counter(row.basic for row in rows()) == {
        "X": 417,
        "D": 93,
        "U": 55,
        "Z": 42,
        "X/D": 23,
        "X/Z": 11,
        "X/Z/D": 8,
        "Z/D": 6,
        "X/Z/U*": 2,
    }
    assert {row.basic for row in rows()} <= CODES


def test_the_options_have_the_edition_s_number_of_each_code() -> None:
    counted = Counter(f"{name}:{code}" for row in rows() for name, code in row.options.items())
    assert counted == {
        "full_dates:K": 169,
        "modified_dates:C": 169,
        "descriptors:C": 141,
        "uids:K": 60,
        "device:K": 48,
        "device:C": 11,
        "patient:K": 14,
        "patient:C": 5,
        "institution:K": 10,
        "structured_content:C": 4,
        "graphics:C": 4,
        "safe_private:C": 1,
    }


def test_keywords_are_those_of_the_data_dictionary() -> None:
    known = [row for row in rows() if "x" not in row.tag and row.tag != "odd"]
    named = [row for row in known if keyword_for_tag(int(row.tag, 16))]
    assert len(named) > 600  # the others are younger than pydicom's dictionary
    for row in named:
        assert keyword_for_tag(int(row.tag, 16)) == row.keyword


def test_rows_with_masks_cover_their_groups() -> None:
    for tag, keyword in (
        (0x00290010, "PrivateAttributes"),
        (0xE0290010, "PrivateAttributes"),
        (0x50FE3000, "CurveData"),
        (0x60003000, "OverlayData"),
        (0x60100010, "OverlayData"),
    ):
        row = row_of(tag)
        assert row is not None
        assert (row.keyword, row.basic) == (keyword, "X")


def test_an_attribute_outside_the_table_has_no_row() -> None:
    assert row_of(0x00280010) is None
