"""What is made of every kind of document is verified against its original."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from pydicom.dataset import Dataset

from include.imaging.deid.policy import load_policy, shipped_policies
from include.imaging.deid.results import Held
from include.imaging.validation.promised import promises_of
from include.imaging.validation.verify import Verifier
from tests.support.content_items import FINDING
from tests.support.deidentification import deidentifier
from tests.support.dicom import encode
from tests.support.documents import report, selection
from tests.support.drawn import (
    WHOSE,
    annotation,
    ecg,
    plan,
    presentation,
    structure_set,
    waveform_annotation,
)

MADE: dict[str, Callable[[], Dataset]] = {
    "report": report,
    "selection": selection,
    "presentation": lambda: presentation(annotation("A", [FINDING]), annotation("B", [WHOSE])),
    "presentation without texts left": lambda: presentation(annotation("A", [WHOSE])),
    "a circle left": lambda: presentation(annotation("A", [WHOSE], is_circled=True)),
    "ecg": lambda: ecg(waveform_annotation(UnformattedTextValue=f"{FINDING} {WHOSE}")),
    "ecg without texts left": lambda: ecg(waveform_annotation(UnformattedTextValue=WHOSE)),
    "plan": plan,
    "structures": structure_set,
}
HELD_FOR = {
    "report": "STRUCTURED_TEXT",
    "selection": "STRUCTURED_TEXT",
    "presentation": "DRAWN_ANNOTATIONS",
    "presentation without texts left": "DRAWN_ANNOTATIONS",
    "a circle left": "DRAWN_ANNOTATIONS",
}


@cache
def verifier(policy: str) -> Verifier:
    return Verifier(promises_of(load_policy(policy)), conformance="every")


@pytest.mark.parametrize("policy", shipped_policies())
@pytest.mark.parametrize("name", MADE)
def test_an_output_is_verified_or_held_for_want_of_its_option(name: str, policy: str) -> None:
    original = encode(MADE[name]())
    made = deidentifier(policy=policy).deidentify(original)
    if isinstance(made, Held):
        assert policy != "research"
        assert [finding.code for finding in made.findings] == [HELD_FOR[name]]
    else:
        assert verifier(policy).verify(original, made) == ()
