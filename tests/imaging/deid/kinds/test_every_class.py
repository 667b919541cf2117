"""Every storage SOP class of the standard is of one kind, on purpose."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest
from pydantic import ValidationError
from pydicom.uid import UID_dictionary  # type: ignore[attr-defined]

from include.imaging.deid.iod import TYPES
from include.imaging.deid.kinds import Kind, kind_of, kinds
from include.imaging.deid.policy import load_policy, shipped_policies
from include.imaging.deid.results import Held
from include.imaging.dicom.uids import sop_class_keyword
from tests.support.content_items import PATIENT
from tests.support.deidentification import deidentifier
from tests.support.dicom import encode
from tests.support.documents import of_patient

# They store nothing: services that are about storage.
SERVICES = ("StorageCommitment",)


def storage_classes() -> dict[str, str]:
    """Return the storage classes of PS3.6 that have a keyword, by keyword."""
    return {
        keyword: uid
        for uid, (_, kind, _, _, keyword) in UID_dictionary.items()
        if kind == "SOP Class" and "Storage" in keyword and not keyword.startswith(SERVICES)
    }


def test_every_storage_class_is_of_exactly_one_kind() -> None:
    classes = storage_classes()
    assert len(classes) > 200
    of = {word: [kind.id for kind in kinds() if kind.has(word)] for word in classes}
    assert {word: found for word, found in of.items() if len(found) != 1} == {}


def test_every_class_with_an_information_object_is_of_a_kind() -> None:
    listed = json.loads(TYPES.read_text("utf-8"))["sop_classes"]
    stored = [uid for uid in listed if "Storage" in sop_class_keyword(uid)]
    assert len(stored) > 150
    assert [uid for uid in stored if kind_of(uid) is None] == []


def test_every_pattern_is_of_some_class() -> None:
    classes = storage_classes()
    patterns = [pattern for kind in kinds() for pattern in kind.classes]
    assert len(patterns) > 50
    unused = [p for p in patterns if not any(fnmatchcase(word, p) for word in classes)]
    assert unused == []


@pytest.mark.parametrize("policy", shipped_policies())
def test_what_cannot_be_cleaned_is_held_whatever_the_policy(policy: str) -> None:
    engine, seen = deidentifier(policy=policy), set()
    for uid in storage_classes().values():
        kind = kind_of(uid)
        if kind is None or kind.handling != "held":
            continue
        planted = of_patient(uid, "OT", 50, DocumentTitle=PATIENT)
        planted.add_new(0x00420011, "OB", b"%PDF of Quillfeather")
        made = engine.deidentify(encode(planted))
        assert isinstance(made, Held), uid
        code = "MEDIA_DIRECTORY" if uid == "1.2.840.10008.1.3.10" else kind.code
        assert [found.code for found in made.findings] == [code]
        seen.add(kind.id)
    assert {"encapsulated-document", "audio", "raw-data", "of-no-patient"} < seen


@pytest.mark.parametrize("policy", shipped_policies())
def test_a_kind_without_its_option_is_held(policy: str) -> None:
    engine, loaded, seen = deidentifier(policy=policy), load_policy(policy), 0
    for uid in storage_classes().values():
        kind = kind_of(uid)
        if kind is not None and kind.option is not None and not loaded.has(kind.option):
            made = engine.deidentify(encode(of_patient(uid, "OT", 50)))
            assert isinstance(made, Held), uid
            assert [found.code for found in made.findings] == [kind.code]
            seen += 1
    assert (seen == 0) == (policy == "research")


@pytest.mark.parametrize("uid", ["1.2.840.10008.1.1", "1.2.840.10008.3.1.2.3.3", "1.2.3.4"])
def test_what_is_no_storage_class_is_held(uid: str) -> None:
    made = deidentifier(policy="research").deidentify(encode(of_patient(uid, "CT", 50)))
    assert isinstance(made, Held)
    assert [found.code for found in made.findings] == ["UNKNOWN_SOP_CLASS"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"handling": "held"},
        {"handling": "ordinary", "code": "STRUCTURED_TEXT"},
        {"handling": "content", "option": "clean-graphics", "code": "NOPE"},
        {"handling": "drawings", "held_when": {"Nobody": ["X"]}, "code": "DRAWN_ANNOTATIONS"},
        {"handling": "thrown"},
    ],
)
def test_a_kind_that_is_not_thought_through_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Kind.model_validate({"id": "kind", "classes": ["X"], "reason": "r", **wrong})
