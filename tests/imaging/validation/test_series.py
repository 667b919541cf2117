"""A series that names two parents is held as a whole."""

from dataclasses import replace

import pytest

from include.imaging.manifest import dump, load, to_dict
from include.imaging.model import OutputEntry
from include.imaging.validation.series import check_series
from tests.support.deidentification import made_of
from tests.support.dicom import ct, encode

ONE = OutputEntry(
    "a", "1.1", "1.9", "1.5", "", key="k", patient_id="p", modality="CT", series_number="1"
)
OTHER = replace(ONE, item_id="b", sop_instance_uid="1.2")


def test_a_series_that_agrees_passes() -> None:
    assert check_series([ONE, OTHER]) == [ONE, OTHER]


@pytest.mark.parametrize("field", ["study_instance_uid", "patient_id", "series_number"])
def test_a_series_of_two_minds_is_held_as_a_whole(field: str) -> None:
    third = replace(ONE, item_id="c", series_instance_uid="1.8", **{field: "9"})
    checked = check_series([ONE, replace(OTHER, **{field: "9"}), third])
    assert [(each.key, [found.code for found in each.findings]) for each in checked] == [
        ("", ["SERIES_INCONSISTENT"]),
        ("", ["SERIES_INCONSISTENT"]),
        ("k", []),
    ]


def test_what_was_held_already_does_not_count() -> None:
    held = replace(OTHER, key="", patient_id="another")
    assert check_series([ONE, held]) == [ONE, held]


def test_a_list_that_was_stored_without_series_numbers_still_loads() -> None:
    record = to_dict(ONE)
    del record["series_number"]
    assert list(load(OutputEntry, dump([record]))) == [replace(ONE, series_number="")]


@pytest.mark.parametrize(("value", "number"), [(7, "7"), ("", ""), ("+07", "7"), (None, "")])
def test_the_engine_tells_the_series_number_of_what_it_made(value: object, number: str) -> None:
    image = ct()
    image.SeriesNumber = value
    assert made_of(encode(image)).series_number == number
    del image.SeriesNumber
    assert made_of(encode(image)).series_number == ""
