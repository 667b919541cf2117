"""The rules that every policy shares are checked, too, and may only be stricter than the table."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from include.imaging.deid.additions import Addition, Hold, by_keyword, house_rules
from include.imaging.dicom.uids import sop_class_keywords


def test_every_sop_class_that_a_hold_names_exists() -> None:
    patterns = [
        pattern for hold in house_rules().holds for pattern in hold.when.get("SOPClassUID", ())
    ]
    assert len(patterns) > 10
    for pattern in patterns:
        parts = [part for part in pattern.split("*") if part]
        assert any(all(part in word for part in parts) for word in sop_class_keywords()), pattern


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"vr": "PN", "action": "Q"}, "`action` must be one of"),
        ({"keyword": "Nobody", "action": "X"}, "PS3.6"),
        ({"keyword": "PatientName", "action": "K"}, "stricter"),
        ({"keyword": "EvaluatorName", "action": "K"}, "kept"),
        ({"keyword": "EvaluatorName", "action": "X/Z/K"}, "`action` must be one of"),
        ({"vr": "PN", "action": "X", "options": {"names": "K"}}, "no column of the table"),
        ({"vr": "PN", "keyword": "EvaluatorName", "action": "X"}, "either"),
    ],
)
def test_a_wrong_rule_of_the_house_is_refused(rule: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Addition.model_validate({**rule, "reason": "r"})


@pytest.mark.parametrize(
    ("hold", "told"),
    [
        ({"code": "NOPE", "when": {"Modality": ["US"]}}, "findings"),
        ({"code": "NOT_DICOM", "when": {"Modalitee": ["US"]}}, "Modalitee"),
        ({"code": "NOT_DICOM", "when": {}}, "when"),
    ],
)
def test_a_wrong_hold_of_the_house_is_refused(hold: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Hold.model_validate({**hold, "reason": "r"})


def test_the_house_s_rules_load_and_name_each_attribute_once() -> None:
    named = [rule.keyword for rule in house_rules().beyond_table if rule.keyword]
    assert len(named) > 30
    assert len(by_keyword()) == len(named)
