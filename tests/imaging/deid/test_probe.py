"""Every attribute of the table at once, at the top and nested: nothing stays, nothing breaks."""

from __future__ import annotations

from include.imaging.dicom.elements import walk
from include.imaging.validation.conformance import faults
from include.imaging.validation.verify import verify
from tests.support.deidentification import made_of
from tests.support.dicom import probe


def test_no_value_of_any_attribute_of_the_table_stays() -> None:
    original, values = probe()
    assert len(values) > 1300
    assert all(value in original for value in values)
    made = made_of(original)
    assert [value for value in values if value in made.data] == []


def test_no_private_overlay_or_curve_element_stays() -> None:
    original, _ = probe()
    groups = {element.tag >> 16 for element in walk(original).elements}
    assert {0x0029, 0x5000, 0x6000} <= groups
    left = {element.tag >> 16 for element in walk(made_of(original).data).elements}
    assert not [group for group in left if group % 2 or group >> 8 in (0x50, 0x60)]


def test_de_identification_adds_no_conformance_fault() -> None:
    original, _ = probe()
    before, after = faults(original), faults(made_of(original).data)
    assert before is not None
    assert after is not None
    assert after - before == frozenset()


def test_the_gate_agrees() -> None:
    original, _ = probe()
    assert verify(original, made_of(original)) == ()
