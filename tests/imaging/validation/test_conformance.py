"""Faults of dciodvfy are compared by path and rule, and shown without values."""

from __future__ import annotations

import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from include.imaging.validation import conformance
from include.imaging.validation.conformance import Budget, Fault, faults
from include.imaging.validation.verify import verify
from tests.support.deidentification import made_of
from tests.support.dicom import ct, encode


def test_a_sound_image_has_no_fault() -> None:
    assert faults(encode(ct())) == frozenset()


def test_a_deflated_image_is_judged_as_its_plain_copy() -> None:
    assert faults(encode(ct(), DeflatedExplicitVRLittleEndian)) == frozenset()
    broken = ct(Rows=None)
    assert faults(encode(broken, DeflatedExplicitVRLittleEndian)) == faults(encode(broken))


def test_a_deflated_image_may_leave() -> None:
    original = encode(ct(), DeflatedExplicitVRLittleEndian)
    made = made_of(original)
    assert made.transfer_syntax_uid == DeflatedExplicitVRLittleEndian
    assert verify(original, made) == ()


def test_a_missing_attribute_is_a_fault_by_path_and_rule() -> None:
    found = faults(encode(ct(Rows=None)))
    assert found
    assert any(fault[0] == "/Rows" for fault in found)
    assert any("Rows: " in fault.text for fault in found)


def test_faults_hold_no_value() -> None:
    original = encode(ct(Laterality="CANARY", PatientSex="BIRD"))
    found = faults(original)
    assert found
    assert "CANARY" not in repr(found)
    assert "BIRD" not in repr(found)


def test_a_line_that_a_value_forged_shows_nothing_of_itself() -> None:
    forged = Fault(("/JohnSmith/PatientName", "John Smith was here"))
    assert forged.text == "PatientName: another rule"
    assert Fault(("", "Missing attribute of John Smith")).text == "object: Missing attribute"


def test_an_item_on_which_the_time_is_used_up_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    original = encode(ct(Laterality="Q"))
    made = made_of(original)
    assert verify(original, made) == ()
    monkeypatch.setattr(conformance, "BUDGET_SECONDS", 0.0)
    found = verify(original, made)
    assert [finding.code for finding in found] == ["CONFORMANCE_UNKNOWN"]
    assert "it took too long" in found[0].text


def test_all_runs_on_one_item_share_its_time() -> None:
    budget = Budget()
    left = []
    for number in (1, 2):
        assert faults(encode(ct(number)), budget) == frozenset()
        left.append(budget.seconds)
    assert conformance.BUDGET_SECONDS > left[0] > left[1] > 0
    budget.seconds = 1e-6  # less than any program needs to start
    assert faults(encode(ct()), budget) is None
    assert budget.seconds < 0
    assert faults(encode(ct()), budget) is None


def test_bytes_that_are_no_dicom_give_faults_or_nothing_but_no_error() -> None:
    assert faults(b"no DICOM at all" * 20) != frozenset()
