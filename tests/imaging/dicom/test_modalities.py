"""Only a modality of the standard is told on; a name in its place is not."""

from __future__ import annotations

import pytest

from include.imaging.dicom.header import read_facts
from include.imaging.dicom.modalities import defined_modality
from tests.support.deidentification import made_of
from tests.support.dicom import ct, encode


@pytest.mark.parametrize("modality", ["CT", "MR", "RTSTRUCT", "M3D", "VF"])
def test_a_defined_modality_stays(modality: str) -> None:
    assert defined_modality(modality) == modality


@pytest.mark.parametrize("name", ["SMITH", "ct", "CT ", ""])
def test_any_other_value_is_none(name: str) -> None:
    assert defined_modality(name) == ""


def test_neither_header_nor_engine_tells_a_name_in_the_modality() -> None:
    original = encode(ct(Modality="SMITH"))
    facts = read_facts(original).facts
    assert facts is not None
    assert (facts.modality, made_of(original).modality) == ("", "")
