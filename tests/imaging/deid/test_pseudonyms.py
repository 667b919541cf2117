"""Stand-ins are the same on every machine, and one for one original."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID_dictionary

from include.imaging.deid.pseudonyms import REMEMBERED, Pseudonyms
from include.imaging.dicom.uids import is_standard, is_valid
from include.imaging.keyring import Keyring

KEYRING = Keyring(bytes(range(32)))
UID = "2.25.284145730955279962932377010929200596067"


def pseudonyms() -> Pseudonyms:
    return Pseudonyms(KEYRING, "hospital")


def test_stand_ins_are_the_same_in_every_version() -> None:
    assert pseudonyms().uid("1.2.3") == UID
    assert pseudonyms().patient("12345") == "PPTVE7I2OQ2QTUAZK"
    assert pseudonyms().patient("Ä1") == "P6MBUXYNKTHZVDD4E"


@pytest.mark.parametrize("written", ["1.2.3\0", "1.2.3 ", " 1.2.3", "1.2.3 \0"])
def test_a_uid_is_one_however_it_is_padded(written: str) -> None:
    assert pseudonyms().uid(written) == UID


@given(st.text())
def test_every_keyed_uid_is_valid_whatever_it_stands_for(original: str) -> None:
    made = pseudonyms().uid(original)
    stripped = original.strip(" \0")
    assert made == stripped if not stripped or is_standard(stripped) else is_valid(made)


def test_uids_that_are_written_differently_are_different() -> None:
    written = ["1.2.3", "1.02.3", "1.2.3.", "1.2.3\\1.2.3", "Roe^Richard", "1" * 200, "1" * 201]
    made = {pseudonyms().uid(each) for each in written}
    assert len(made) == len(written)
    assert all(map(is_valid, made))


def test_the_uids_of_the_standard_stay() -> None:
    assert len(UID_dictionary) > 400
    assert not [uid for uid in UID_dictionary if pseudonyms().uid(f"{uid}\0") != uid]


def test_threads_get_the_same_uids_when_more_are_asked_for_than_are_remembered() -> None:
    shared = pseudonyms()
    originals = [f"1.2.{number}" for number in range(REMEMBERED + 100)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: [shared.uid(each) for each in originals], range(4)))
    expected = [pseudonyms().uid(each) for each in originals]
    assert made == [expected] * 4
    assert len(set(expected)) == len(originals)


def test_a_patient_is_another_one_in_another_namespace() -> None:
    assert Pseudonyms(KEYRING, "clinic").patient("12345") != pseudonyms().patient("12345")


@pytest.mark.parametrize("nothing", ["", " ", "\0"])
def test_an_empty_identifier_stays_empty(nothing: str) -> None:
    assert pseudonyms().patient(nothing) == ""
    assert pseudonyms().uid(nothing) == ""
