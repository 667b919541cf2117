"""A policy is checked when it is loaded, and says file, key and rule when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from include.imaging.deid.policy import SHIPPED, load_policy
from include.imaging.dicom.uids import sop_class_keywords
from include.imaging.errors import CustomerError


def _changed(tmp_path: Path, **changes: object) -> str:
    content = yaml.safe_load((SHIPPED / "basic.yaml").read_text(encoding="utf-8"))
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({**content, **changes}), encoding="utf-8")
    return str(path)


def test_the_basic_policy_is_shipped() -> None:
    policy = load_policy("basic")
    assert policy.name == "basic"
    assert len(policy.holds) > 10


def test_every_sop_class_that_a_policy_names_exists() -> None:
    patterns = [
        pattern
        for hold in load_policy("basic").holds
        for pattern in hold.when.get("SOPClassUID", ())
    ]
    assert len(patterns) > 10
    for pattern in patterns:
        parts = [part for part in pattern.split("*") if part]
        assert any(all(part in word for part in parts) for word in sop_class_keywords()), pattern


def test_a_policy_can_be_a_file_of_one_s_own(tmp_path: Path) -> None:
    assert load_policy(_changed(tmp_path, name="mine")).name == "mine"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"profile": "lenient"}, "mine.yaml: profile:"),
        ({"options": ["retain-uids"]}, "mine.yaml: options:"),
        ({"spelling": 1}, "mine.yaml: spelling:"),
        ({"beyond_table": [{"vr": "PN", "action": "Q", "reason": "r"}]}, "beyond_table.0"),
        ({"beyond_table": [{"keyword": "Nobody", "action": "X", "reason": "r"}]}, "PS3.6"),
        ({"beyond_table": [{"keyword": "PatientName", "action": "K", "reason": "r"}]}, "stricter"),
        ({"beyond_table": [{"keyword": "EvaluatorName", "action": "K", "reason": "r"}]}, "kept"),
        ({"holds": [{"code": "NOPE", "reason": "r", "when": {"Modality": ["US"]}}]}, "findings"),
        (
            {"holds": [{"code": "NOT_DICOM", "reason": "r", "when": {"Modalitee": ["US"]}}]},
            "Modalitee",
        ),
    ],
)
def test_a_wrong_policy_names_file_key_and_rule(
    tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    with pytest.raises(CustomerError) as caught:
        load_policy(_changed(tmp_path, **changes))
    assert told in str(caught.value)


def test_an_unknown_policy_lists_the_shipped_ones() -> None:
    with pytest.raises(CustomerError, match="basic"):
        load_policy("no-such-policy")


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(CustomerError, match="POLICY_UNREADABLE"):
        load_policy(str(path))
