"""The registry of findings says what each code means, and no text depends on a value."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from pydantic import BaseModel

from include.imaging.deid.policy import Policy
from include.imaging.feed import ChangeRule, ConflictRule, Feed
from include.imaging.findings import finding, registry
from include.imaging.model import Severity, Stage
from tests.support.source_tree import ROOT


def test_every_code_has_a_meaning_and_advice() -> None:
    entries = registry()
    assert len(entries) > 40
    for code, entry in entries.items():
        assert re.fullmatch(r"[A-Z][A-Z_]+", code)
        assert len(entry.meaning) > 20, code
        assert len(entry.advice) > 10, code


def test_texts_send_nobody_to_what_does_not_exist() -> None:
    known = {*_tasks(), *_keys(Feed), *_keys(Policy), "python -m include.imaging inspect", "hold"}
    known |= {rule.value for rules in (ConflictRule, ChangeRule) for rule in rules}
    named = {
        word
        for entry in registry().values()
        for word in re.findall(r"`([^`]+)`", f"{entry.meaning} {entry.advice}")
    }
    assert len(named) > 10
    assert named - known == set()
    # neither is a command: what is held is corrected, taken away, or let pass by a setting
    assert not [e.code for e in registry().values() if re.search(r"release|reject", e.advice)]


def _tasks() -> set[str]:
    sources = [path.read_text("utf-8") for path in (ROOT / "plugins/pipeline").glob("*.py")]
    return {name for text in sources for name in re.findall(r'task_id="(\w+)"', text)}


def _keys(model: type[BaseModel], prefix: str = "") -> set[str]:
    """Return the keys of a YAML file by their paths."""
    found = set()
    for name, field in model.model_fields.items():
        found.add(prefix + name)
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found |= _keys(kind, f"{prefix}{name}.")
    return found


def test_a_finding_says_cause_detail_and_advice() -> None:
    found = finding("TRUNCATED", Stage.STAGE, "PixelData")
    assert found.severity is Severity.ERROR
    assert "(PixelData); send it from the source again" in found.text


def test_an_unregistered_code_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(KeyError):
        finding("SOMETHING_ELSE", Stage.STAGE)
