"""The rules that every policy shares are checked, too, and may only be stricter than the table."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from include.imaging.deid.additions import Addition, by_keyword, house_rules


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


def test_the_house_s_rules_load_and_name_each_attribute_once() -> None:
    named = [rule.keyword for rule in house_rules().beyond_table if rule.keyword]
    assert len(named) > 30
    assert len(by_keyword()) == len(named)
