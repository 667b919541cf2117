"""A policy is checked when it is loaded, and says file, key, rule and cure when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from include.imaging.deid.options import COLUMNS, Option
from include.imaging.deid.policy import SHIPPED, Policy, load_policy, shipped_policies
from include.imaging.errors import CustomerError

FULL, MODIFIED = "retain-longitudinal-full-dates", "retain-longitudinal-modified-dates"


def _written(tmp_path: Path, **changes: object) -> str:
    content = yaml.safe_load((SHIPPED / "basic.yaml").read_text(encoding="utf-8"))
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({**content, **changes}), encoding="utf-8")
    return str(path)


def _fault(tmp_path: Path, **changes: object) -> str:
    with pytest.raises(CustomerError) as caught:
        load_policy(_written(tmp_path, **changes))
    assert caught.value.code == "POLICY_INVALID"
    assert caught.value.text.startswith("mine.yaml: ")
    return caught.value.text


def _rule(action: str, **names: str) -> dict[str, str]:
    return {"action": action, "reason": "a study needs it", **names}


def _private(action: str) -> dict[str, str]:
    return _rule(action, creator="NOBODY KNOWS", group="0019", element="23")


def test_four_policies_are_shipped_and_named_as_their_files() -> None:
    assert shipped_policies() == ["basic", "limited-data-set", "minimal-metadata", "research"]
    for name in shipped_policies():
        policy = load_policy(name)
        assert policy.name == name
        assert len(policy.description) > 40


def test_every_shipped_policy_says_why_in_its_file() -> None:
    for path in SHIPPED.glob("*.yaml"):
        comments = [line for line in path.read_text("utf-8").splitlines() if "# " in line]
        assert len(comments) >= 3, path.name


def test_every_option_but_those_of_pixels_has_a_column_of_the_table() -> None:
    assert set(Option) - set(COLUMNS) == {Option.PIXEL_DATA, Option.VISUAL_FEATURES}


def test_a_policy_can_be_a_file_of_one_s_own(tmp_path: Path) -> None:
    overrides = [
        _rule("X", keyword="SeriesDescription"),
        _rule("K", keyword="PatientSex"),
        _rule("D", keyword="StudyDate"),
        _rule("C", keyword="ImageComments"),
        _private("K"),
    ]
    options = ["clean-descriptors", "retain-safe-private"]
    path = _written(tmp_path, name="mine", options=options, overrides=overrides)
    policy = load_policy(path)
    assert policy.name == "mine"
    assert set(policy.by_keyword) == {rule.get("keyword") for rule in overrides} - {None}
    assert list(policy.by_private_key) == [(0x19, "NOBODY KNOWS", 0x23)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"profile": "lenient"}, "profile:"),
        ({"options": ["retain-everything"]}, "options.0:"),
        ({"options": ["retain-uids"] * 2}, "`options` names one twice"),
        ({"options": [FULL, MODIFIED]}, f"`options`: {FULL} and {MODIFIED} exclude each other"),
        ({"spelling": 1}, "spelling:"),
        ({"dates": {"window_days": 30}}, f"`dates` means nothing without {MODIFIED}"),
        ({"options": [MODIFIED], "dates": {"window_days": 0}}, "dates.window_days:"),
        ({"text": {}}, "`text` means nothing without clean-descriptors"),
        ({"options": [], "pixels": {"text": "mask"}}, "needs the option clean-pixel-data"),
        (
            {"options": ["clean-recognizable-visual-features"], "pixels": {"text": "hold"}},
            "`pixels.faces` must be hold",
        ),
        ({"pixels": {"let_pass": [{"rule": "nobody", "reason": "r"}]}}, "pixels.let_pass.0.rule:"),
        (
            {"pixels": {"let_pass": [{"rule": "says-burned-in", "reason": "r"}] * 2}},
            "names a rule twice",
        ),
        ({"ages_above_89": "kept"}, "`ages_above_89` means nothing where no age stays"),
    ],
)
def test_a_wrong_key_names_file_key_and_rule(
    tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    assert told in _fault(tmp_path, **changes)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (_rule("X"), "name either `keyword`"),
        (_rule("X", keyword="PatientNames"), "not an attribute of PS3.6"),
        (_rule("Q", keyword="PatientSex"), "`action` must be one of"),
        (_rule("X", keyword="PatientSex") | {"reason": ""}, "overrides.0.reason:"),
        (_rule("K", keyword="PatientName"), "PatientName: a person's name may not be kept"),
        (_rule("K", keyword="ContentCreatorName"), "a person's name may not be kept"),
        (_rule("K", keyword="PatientID"), "PatientID: it names the patient"),
        (_rule("C", keyword="PatientAddress"), "it names the patient"),
        (_rule("K", keyword="StudyInstanceUID"), "the option retain-uids may retain it"),
        (_rule("K", keyword="ConcatenationUID"), "the option retain-uids may retain it"),
        (_rule("K", keyword="BoardingPassID"), "no policy may keep it"),
        (_rule("K", keyword="StudyDate"), f"add {FULL} or {MODIFIED}"),
        (_rule("C", keyword="StudyDate"), f"add {FULL} or {MODIFIED}"),
        (_rule("K", keyword="StudyTime"), f"add {FULL} or {MODIFIED}"),
        (_rule("C", keyword="StudyDescription"), "under the option clean-descriptors: add it"),
        (_rule("C", keyword="PatientWeight"), "C cleans texts, and its VR is DS"),
        (_rule("U", keyword="StudyID"), "U is for UIDs, and its VR is SH"),
        (_rule("X", keyword="PixelData"), "nothing can be read without it"),
        (_rule("D", keyword="SpecificCharacterSet"), "nothing can be read without it"),
        (_rule("X", keyword="SourceApplicationEntityTitle"), "file meta is always written afresh"),
        (_rule("K", keyword="DeidentificationMethod"), "every output says itself"),
        (_rule("X", creator="NOBODY"), "`creator`, `group` and `element`"),
        (_private("X") | {"group": "0018"}, "`group` is odd"),
        (_private("X") | {"element": "zz"}, "hexadecimal"),
        (_private("Z"), "removed (X), kept (K) or cleaned (C)"),
        (_private("X"), "private attributes go anyway"),
        (_private("K"), "is the option retain-safe-private: add it"),
    ],
)
def test_a_wrong_override_names_the_attribute_the_rule_and_what_to_do(
    tmp_path: Path, rule: dict[str, str], told: str
) -> None:
    fault = _fault(tmp_path, overrides=[rule])
    assert told in fault
    assert "overrides" in fault


@pytest.mark.parametrize(
    ("option", "rule", "told"),
    [
        (MODIFIED, _rule("K", keyword="PatientBirthDate"), "tells by how much they were"),
        (MODIFIED, _rule("C", keyword="PatientBirthDate"), "it tells an age above 89"),
        (FULL, _rule("K", keyword="PatientBirthDate"), "it tells an age above 89"),
        (MODIFIED, _rule("C", keyword="DateOfLastCalibration"), "many know this date"),
        (FULL, _rule("C", keyword="StudyDate"), f"under the option {MODIFIED} alone"),
    ],
)
def test_an_override_of_a_date_must_fit_the_option_for_dates(
    tmp_path: Path, option: str, rule: dict[str, str], told: str
) -> None:
    assert told in _fault(tmp_path, options=[option], overrides=[rule])


@pytest.mark.parametrize(("option", "action"), [(MODIFIED, "C"), (FULL, "K")])
def test_a_birth_date_may_stay_where_every_age_may(
    tmp_path: Path, option: str, action: str
) -> None:
    rule = _rule(action, keyword="PatientBirthDate")
    written = _written(tmp_path, options=[option], overrides=[rule], ages_above_89="kept")
    policy = load_policy(written)
    assert policy.by_keyword["PatientBirthDate"].action == action


def test_two_rules_for_one_attribute_are_refused(tmp_path: Path) -> None:
    rules = [_rule("X", keyword="PatientSex"), _rule("K", keyword="PatientSex")]
    assert "two rules for PatientSex" in _fault(tmp_path, overrides=rules)
    options = ["retain-safe-private"]
    twice = [_private("X"), _private("K")]
    assert "0019,NOBODY KNOWS,23" in _fault(tmp_path, options=options, overrides=twice)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"keep_only": ["Rows", "Colums"]}, "names Colums, which is not an attribute"),
        ({"keep_only": ["Rows", "Rows"]}, "names Rows twice"),
        ({"keep_only": ["Rows"], "options": ["retain-uids"]}, "exclude each other"),
        ({"keep_only": ["PatientAge"]}, "names PatientAge, which another rule removes"),
        (
            {"keep_only": ["Rows"], "overrides": [_rule("X", keyword="Rows")]},
            "nothing can be read without it",
        ),
        (
            {"keep_only": ["KVP"], "overrides": [_rule("X", keyword="KVP")]},
            "names KVP, which another rule removes",
        ),
        (
            {"keep_only": ["Rows"], "overrides": [_rule("K", keyword="PatientSex")]},
            "`overrides` keeps PatientSex, which `keep_only` does not name",
        ),
    ],
)
def test_keep_only_contradicts_no_other_rule(
    tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    assert told in _fault(tmp_path, **changes)


def test_an_unknown_policy_lists_the_shipped_ones() -> None:
    with pytest.raises(CustomerError, match=r"basic, limited-data-set, .*research"):
        load_policy("no-such-policy")


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    for content in (b"a: [", b"\xff\xfe\x00"):
        path.write_bytes(content)
        with pytest.raises(CustomerError, match="POLICY_UNREADABLE"):
            load_policy(str(path))


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("- basic\n", encoding="utf-8")
    with pytest.raises(CustomerError, match=r"POLICY_INVALID: list\.yaml: "):
        load_policy(str(path))


def test_a_policy_is_the_same_however_often_it_is_loaded() -> None:
    assert load_policy("research") == load_policy("research")
    assert isinstance(load_policy("research"), Policy)
