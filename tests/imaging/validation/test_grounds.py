"""What is remembered of a series' search holds no object."""

from __future__ import annotations

import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from include.imaging.dicom.elements import walk
from include.imaging.validation import grounds
from include.imaging.validation.facts import Facts
from include.imaging.validation.grounds import Ground, Grounds
from include.imaging.validation.stretches import Stretch
from include.imaging.validation.structure import SERIES
from tests.support.dicom import ct, encode


def test_a_ground_holds_no_long_value_and_so_no_file() -> None:
    """A long value lies in its file: who holds one holds the file."""
    told = "Jane Doe of Elm Street " * 300
    found = Facts().of(walk(encode(ct(CameraOwnerName=told))).parts)
    assert any(fact.bulk and fact.words(()) for fact in found)
    ground = Ground((), [Stretch(found)])
    assert len(ground.words) > 5
    assert all(fact.bulk is None for _, fact in ground.words)
    assert ground.before.lacks([Stretch(found)]) == [fact for fact in found if fact.bulk]


@pytest.mark.parametrize(
    ("attributes", "syntax", "is_kept"),
    [
        ({}, ImplicitVRLittleEndian, True),
        ({"SeriesInstanceUID": "1.2." + "3" * 5000}, ImplicitVRLittleEndian, False),
        ({"ImageComments": "x" * 9000}, ExplicitVRLittleEndian, False),
        ({"ReferencedImageSequence": [ct()] * 10}, ExplicitVRLittleEndian, False),
    ],
    ids=["usual", "name", "bytes", "elements"],
)
def test_no_large_ground_is_kept_and_none_by_a_name_that_lies_in_its_file(
    attributes: dict[str, object], syntax: str, is_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grounds, "MOST_ELEMENTS", 100)
    monkeypatch.setattr(grounds, "MOST_BYTES", 8000)
    facts = Facts().of(walk(encode(ct(**attributes), syntax)).parts)
    series = next(fact for fact in facts if fact.tag == SERIES)
    kept = Grounds()
    kept.keep(series, (), [Stretch(facts)], [Stretch([])])
    kept.keep(series, (), [Stretch([])], [Stretch(facts)])
    lacking = kept.of(series, ()).after.lacks([Stretch(facts)])
    assert (len(lacking) < len(facts)) == is_kept
