"""The answer key asks what can be answered, and the engine answers it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydicom.datadict import tag_for_keyword

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Deidentified
from include.imaging.keyring import Keyring
from tests.support.answer_key.answers import answered
from tests.support.answer_key.checks import ANYWHERE, REMOVING, Kind, Planted
from tests.support.answer_key.generator import generate
from tests.support.answer_key.moments import common_shift, shift
from tests.support.answer_key.pages import listed
from tests.support.answer_key.scoring import score
from tests.support.answer_key.table import Duty, duty
from tests.support.deidentification import KEY

SEED, PATIENTS = 7, 5
# kinds that an object left as it is can never answer
CHANGES = {*REMOVING, Kind.DATE_SHIFTED, Kind.PATIENT_ID_CONSISTENT}
ENOUGH = 0.9995


@pytest.fixture(scope="module")
def objects() -> list[Planted]:
    return list(generate(SEED, PATIENTS))


def engine(policy: str) -> Callable[[bytes], bytes | None]:
    deidentifier = Deidentifier(load_policy(policy), Keyring(KEY), "hospital")

    def deidentify(original: bytes) -> bytes | None:
        made = deidentifier.deidentify(original)
        return made.data if isinstance(made, Deidentified) else None

    return deidentify


def test_a_key_asks_all_ten_kinds_of_every_modality_it_can(objects: list[Planted]) -> None:
    assert sum(len(planted.checks) for planted in objects) > 500 * PATIENTS
    assert {check.kind for planted in objects for check in planted.checks} == set(Kind)
    assert {planted.modality for planted in objects} == {
        *("CT", "MR", "US", "SC", "CR", "DX", "MG", "PT", "NM", "SR"),
        *("SEG", "RTSTRUCT", "RTPLAN", "RTDOSE", "PDF"),
    }


def test_a_seed_gives_the_same_objects_and_another_seed_others(objects: list[Planted]) -> None:
    assert list(generate(SEED, 1)) == [planted for planted in objects if planted.patient == 0]
    assert next(generate(SEED + 1, 1)).data != objects[0].data


def test_an_object_left_as_it_is_answers_no_check_that_asks_for_a_change(
    objects: list[Planted],
) -> None:
    report = score(objects, lambda original: original)
    assert {kind for kind in Kind if report.wrong[kind]} == CHANGES
    assert not {kind for kind in CHANGES if report.right[kind]}


def test_an_object_without_content_answers_no_check_that_asks_for_content(
    objects: list[Planted],
) -> None:
    empty = bytes(128) + b"DICM"
    report = score(objects, lambda original: empty)
    assert {kind for kind in Kind if report.right[kind]} == {Kind.TEXT_REMOVED}


def test_the_key_can_be_answered_in_full(objects: list[Planted]) -> None:
    """No two of its checks contradict each other."""
    planted = {each.data: each for each in objects}
    report = score(objects, lambda original: answered(planted[original]))
    assert listed(report, 20) == []
    assert report.share_right == 1


def test_dates_share_a_shift_only_when_different_days_moved_alike() -> None:
    assert common_shift([("20190301", -7), ("20190305", -7), ("20190305120000", -9)]) == -7
    assert common_shift([("20190301", -7), ("20190305", -11)]) is None
    assert common_shift([("20190301", 0), ("20190305", 0)]) is None
    assert common_shift([("20190301", -7)]) == -7


def test_a_moved_time_is_no_shift_by_days() -> None:
    assert shift("20190301", "20190222") == -7
    assert shift("20190301101112.000000", "20190222101112") == -7
    assert shift("20190301101112", "20190222111112") is None
    assert shift("20190301", "") is None


def test_what_is_held_back_is_right_only_where_that_is_an_answer(objects: list[Planted]) -> None:
    report = score(objects, lambda original: None)
    assert 0 < report.objects_held_rightly < report.objects_held == len(objects)
    assert report.right.total() + report.held.total() == report.checks
    assert report.share_right < 0.1


def test_basic_leaves_text_only_where_the_table_names_no_attribute(
    objects: list[Planted],
) -> None:
    report = score(objects, engine("basic"))
    assert report.right[Kind.TEXT_REMOVED] > 1000
    left = [miss.check for miss in report.misses if miss.check.kind is Kind.TEXT_REMOVED]
    named = [check for check in left if check.path != ANYWHERE]
    assert not [check for check in named if duty(tag_for_keyword(check.keyword)) is not Duty.FREE]
    assert not report.wrong[Kind.PATIENT_ID_CONSISTENT]
    assert not report.wrong[Kind.PIXELS_RETAINED]


def test_research_answers_the_key(objects: list[Planted]) -> None:
    report = score(objects, engine("research"))
    assert report.share_right >= ENOUGH, listed(report, 20)
