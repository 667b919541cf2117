"""What is remembered of a series' search holds no object."""

from __future__ import annotations

from include.imaging.dicom.elements import walk
from include.imaging.validation.facts import Facts
from include.imaging.validation.grounds import Ground
from include.imaging.validation.stretches import Stretch
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
