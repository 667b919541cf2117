"""What no policy may do to any attribute of PS3.6, looked at attribute by attribute."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydicom.datadict import DicomDictionary

from include.imaging.deid.actions import Action
from include.imaging.deid.additions import by_keyword, by_vr
from include.imaging.deid.attributes import Attribute, every_attribute
from include.imaging.deid.choices import choose
from include.imaging.deid.explanation import Explanation, explain
from include.imaging.deid.options import COLUMNS
from include.imaging.deid.policy import Policy, load_policy, shipped_policies
from include.imaging.deid.table import row_of
from include.imaging.dicom.uids import names_a_class
from include.imaging.dicom.vrs import own_vrs

POLICIES = {name: load_policy(name) for name in shipped_policies()}
STAYS = frozenset({Action.KEEP, Action.CLEAN, Action.SHIFT})
every_policy = pytest.mark.parametrize("name", sorted(POLICIES))


def _explained(name: str, *vrs: str) -> Iterator[Explanation]:
    """Yield what a policy does to each attribute of the VRs (of all, if none is named)."""
    seen = 0
    for attribute in every_attribute():
        for vr in own_vrs(attribute.tag) or (attribute.vr,):
            if not vrs or vr in vrs:
                seen += 1
                yield explain(POLICIES[name], Attribute(attribute.tag, attribute.keyword, vr))
    assert seen > 30


def _keywords(found: Iterator[Explanation]) -> list[str]:
    return sorted(each.attribute.keyword for each in found)


def test_every_attribute_of_the_dictionary_is_looked_at() -> None:
    known = {each.tag for each in every_attribute()}
    named = {tag for tag, entry in DicomDictionary.items() if entry[4] and tag >> 16 >= 8}
    assert len(named) > 4500
    assert named <= known


@every_policy
def test_no_name_of_a_person_stays(name: str) -> None:
    stays = (each for each in _explained(name, "PN") if STAYS & set(each.actions))
    assert _keywords(stays) == []


@every_policy
def test_no_uid_of_an_object_stays_that_no_option_retains(name: str) -> None:
    for each in _explained(name, "UI"):
        if Action.KEEP in each.actions and not names_a_class(each.attribute.keyword):
            assert each.choice.column, each.attribute.keyword


@pytest.mark.parametrize("name", ["basic", "minimal-metadata"])
def test_no_moment_stays_without_an_option_for_dates(name: str) -> None:
    stays = (each for each in _explained(name, "DA", "DT", "TM") if STAYS & set(each.actions))
    assert _keywords(stays) == []


def test_no_date_of_a_patient_stays_unmoved_beside_moved_ones() -> None:
    unmoved = [e for e in _explained("research", "DA", "DT") if Action.KEEP in e.actions]
    assert {each.choice.column for each in unmoved} <= {"device"}
    assert len(unmoved) < 20


@every_policy
def test_what_stays_stays_by_the_table_by_a_rule_or_because_none_names_it(name: str) -> None:
    policy = POLICIES[name]
    for each in _explained(name):
        if each.choice.code != "K":
            continue
        rule, keyword = each.choice.rule, each.attribute.keyword
        row = row_of(each.attribute.tag)
        own = by_keyword().get(keyword) or by_vr().get(each.attribute.vr)
        if rule == "option" and each.choice.column != "uids":
            sources = (own, row) if keyword not in by_keyword() else (own,)
            assert any(s and s.options.get(each.choice.column) == "K" for s in sources), keyword
            assert each.choice.column in policy.columns
        elif rule == "none":
            assert row is None
            assert keyword not in by_keyword()
        else:
            assert own is not None
            assert (rule, own.action) in {("house", "K")} or each.choice.column == "uids"


def test_nothing_that_keep_only_does_not_name_stays_where_an_object_can_be_without_it() -> None:
    policy = POLICIES["minimal-metadata"]
    assert policy.kept_only
    gone = 0
    for each in _explained("minimal-metadata"):
        if each.attribute.keyword in policy.kept_only:
            continue
        assert each.actions[2] is Action.REMOVE, each.attribute.keyword
        assert each.actions[1] is not Action.KEEP
        gone += 1
    assert gone > 4000


def test_minimal_metadata_keeps_nothing_that_basic_does_not() -> None:
    for each in _explained("minimal-metadata"):
        if Action.KEEP in each.actions:
            assert explain(POLICIES["basic"], each.attribute).actions == (Action.KEEP,) * 3


def test_a_limited_data_set_holds_no_device_s_number_and_no_address() -> None:
    devices = {
        r.keyword for a in every_attribute() if (r := row_of(a.tag)) and "device" in r.options
    }
    devices |= {rule.keyword for rule in by_keyword().values() if "device" in rule.options}
    assert {"DeviceSerialNumber", "StationName", "RadiationMachineName"} <= devices
    addresses = {"PatientAddress", "PatientTelephoneNumbers", "NTPSourceAddress", "RetrieveURL"}
    seen = 0
    for each in _explained("limited-data-set"):
        keyword, choice = each.attribute.keyword, each.choice
        if keyword in devices | addresses and choice.column not in ("full_dates", "descriptors"):
            seen += 1
            assert not {Action.KEEP, Action.CLEAN} & set(each.actions), keyword
    assert seen > 30


@every_policy
def test_cleaning_never_gives_way_to_keeping(name: str) -> None:
    policy = POLICIES[name]
    for attribute in every_attribute():
        row = row_of(attribute.tag)
        if row is None or attribute.keyword in by_keyword():
            continue
        cleans = [c for c, code in row.options.items() if code == "C" and c in policy.columns]
        if cleans and cleans != ["modified_dates"]:
            choice = choose(policy, attribute.tag, attribute.keyword, attribute.vr)
            assert choice.code == "C", attribute.keyword


def test_every_column_is_some_policy_s_or_nobody_s_by_decision() -> None:
    used = set().union(*(policy.columns for policy in POLICIES.values()))
    assert set(COLUMNS.values()) - used == {"uids", "institution"}


def test_an_override_goes_before_everything_else() -> None:
    rules = [
        {"keyword": "PatientSex", "action": "K", "reason": "asked for"},
        {"keyword": "Rows", "action": "K", "reason": "asked for"},
        {"keyword": "ImageComments", "action": "D", "reason": "asked for"},
    ]
    policy = Policy.model_validate(
        {"name": "own", "description": "d", "profile": "basic", "overrides": rules}
    )
    for tag, keyword, vr in ((0x00100040, "PatientSex", "CS"), (0x00204000, "ImageComments", "LT")):
        choice = choose(policy, tag, keyword, vr)
        assert (choice.rule, choice.reason) == ("override", "asked for")
