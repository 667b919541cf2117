"""Every attribute of the table at once, at the top and nested: nothing stays, nothing breaks."""

from __future__ import annotations

import pytest

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import SHIPPED, load_policy
from include.imaging.deid.results import Deidentified
from include.imaging.dicom.elements import walk
from include.imaging.keyring import Keyring
from include.imaging.validation.conformance import faults
from include.imaging.validation.verify import verify
from tests.support.deidentification import KEY, made_of
from tests.support.dicom import probe
from tests.support.residue import residue


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


@pytest.mark.parametrize("policy", sorted(path.stem for path in SHIPPED.glob("*.yaml")))
def test_a_shipped_policy_leaves_only_what_its_options_retain(policy: str) -> None:
    original, _ = probe()
    chosen = load_policy(policy)
    made = Deidentifier(chosen, Keyring(KEY), "hospital").deidentify(original)
    assert isinstance(made, Deidentified)
    left = residue(made.data, chosen.columns)
    assert left is not None
    assert left.counts == (0, 0, 0, 0, 0)


def test_an_object_left_as_it_is_keeps_all_of_the_probe() -> None:
    original, values = probe()
    left = residue(original, frozenset())
    assert left is not None
    assert left.top == left.nested > len(values) / 3
    assert left.private > 2
    assert left.drawn == 3


def test_the_gate_agrees() -> None:
    original, _ = probe()
    assert verify(original, made_of(original)) == ()
