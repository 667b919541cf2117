"""The registry of findings says what each code means, and no text depends on a value."""

from __future__ import annotations

import re

import pytest

from include.imaging.findings import finding, registry
from include.imaging.model import Severity, Stage


def test_every_code_has_a_meaning_and_advice() -> None:
    entries = registry()
    assert len(entries) > 40
    for code, entry in entries.items():
        assert re.fullmatch(r"[A-Z][A-Z_]+", code)
        assert len(entry.meaning) > 20, code
        assert len(entry.advice) > 10, code


def test_a_finding_says_cause_detail_and_advice() -> None:
    found = finding("TRUNCATED", Stage.STAGE, "PixelData")
    assert found.severity is Severity.ERROR
    assert "(PixelData); send it from the source again" in found.text


def test_an_unregistered_code_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(KeyError):
        finding("SOMETHING_ELSE", Stage.STAGE)
