"""Kinds of objects: which are cleaned, how, under which option, and which are held back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, model_validator
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from include.imaging.deid.additions import Reviewed
from include.imaging.deid.drawings import without_emptied_texts, without_layer_names
from include.imaging.deid.options import Option
from include.imaging.deid.policy import Policy
from include.imaging.deid.shapes import texts
from include.imaging.dicom.uids import sop_class_keyword
from include.imaging.findings import finding, registry
from include.imaging.model import Finding, Stage

KINDS = Path(__file__).parent / "data" / "object_kinds.yaml"


class Kind(Reviewed):
    """SOP classes that are handled alike; see the file of kinds for what each field means."""

    id: str = Field(pattern=r"^[a-z][a-z-]*$")
    classes: tuple[str, ...] = Field(min_length=1)
    modalities: tuple[str, ...] = ()
    handling: Literal["ordinary", "content", "drawings", "signals", "held"]
    option: Option | None = None
    code: str = ""
    held_when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    reason: str = Field(min_length=1)

    @model_validator(mode="after")
    def _says_why_it_is_held(self) -> Kind:
        can_be_held = self.handling == "held" or self.option or self.held_when or self.modalities
        if bool(can_be_held) != bool(self.code):
            raise ValueError("`code` is of kinds that can be held back")
        if self.code and self.code not in registry():
            raise ValueError("`code` is not in include/imaging/findings.yaml")
        if unknown := [word for word in self.held_when if tag_for_keyword(word) is None]:
            raise ValueError(f"`held_when` names {unknown[0]}, which is not an attribute of PS3.6")
        return self

    def has(self, sop_class: str) -> bool:
        """Return whether a SOP class, by its keyword, is of the kind."""
        return any(fnmatchcase(sop_class, pattern) for pattern in self.classes)

    def is_held(self, policy: Policy, dataset: Dataset) -> bool:
        """Return whether an object of the kind is held back."""
        if self.handling == "held" or (self.option and not policy.has(self.option)):
            return True
        return any(_says(dataset, keyword, self.held_when[keyword]) for keyword in self.held_when)


class _File(Reviewed):
    kinds: tuple[Kind, ...]


@cache
def kinds() -> tuple[Kind, ...]:
    """Return all kinds; pydantic's error where the file is wrong."""
    return _File.model_validate(yaml.safe_load(KINDS.read_text(encoding="utf-8"))).kinds


@cache
def digest() -> str:
    """Return the SHA-256 (hex) of the kinds, for the policy's fingerprint."""
    return hashlib.sha256(KINDS.read_bytes()).hexdigest()


@cache
def kind_of(sop_class_uid: str) -> Kind | None:
    """Return the kind of a SOP class; None for one that is not a storage class of PS3.6."""
    keyword = sop_class_keyword(sop_class_uid)
    return next((kind for kind in kinds() if keyword and kind.has(keyword)), None)


class Kinds:
    """The kinds under one policy; safe among threads."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._by_modality = {word: kind for kind in kinds() for word in kind.modalities}

    @property
    def keywords(self) -> frozenset[str]:
        """The attributes that decide."""
        named = {word for kind in kinds() for word in kind.held_when}
        return frozenset({"SOPClassUID", "Modality", *named})

    def findings(self, dataset: Dataset) -> tuple[Finding, ...]:
        """Return why an object is held back for what it is; empty when it may leave."""
        kind = kind_of(str(dataset.SOPClassUID))
        if kind is None:
            return (finding("UNKNOWN_SOP_CLASS", Stage.DEIDENTIFY),)
        said = [self._by_modality.get(word) for word in _values(dataset, "Modality")]
        pretended = next((other for other in said if other and other is not kind), None)
        if pretended is not None and kind.handling != "content":
            return (finding(pretended.code, Stage.DEIDENTIFY, pretended.reason),)
        if kind.is_held(self._policy, dataset):
            return (finding(kind.code, Stage.DEIDENTIFY, kind.reason),)
        return ()

    def is_ordinary(self, sop_class_uid: str) -> bool:
        """Return whether the rules for attributes are all that an object of the class needs."""
        kind = kind_of(sop_class_uid)
        return kind is not None and kind.handling == "ordinary"

    def prepare(self, dataset: Dataset) -> None:
        """Do to a data set what its kind needs before the rules for attributes: see `finish`."""
        kind = kind_of(str(dataset.SOPClassUID))
        if kind is not None and kind.handling == "drawings":
            without_layer_names(dataset)

    def finish(self, dataset: Dataset) -> None:
        """Do to a rewritten data set what its kind needs beyond the rules for attributes."""
        kind = kind_of(str(dataset.SOPClassUID))
        handling = kind.handling if kind else "held"
        if handling == "signals" and not self._policy.has(Option.STRUCTURED_CONTENT):
            dataset.pop("WaveformAnnotationSequence", None)
        if handling in ("drawings", "signals"):
            without_emptied_texts(dataset)


def _says(dataset: Dataset, keyword: str, wanted: Iterable[str]) -> bool:
    return not set(wanted).isdisjoint(_values(dataset, keyword))


def _values(dataset: Dataset, keyword: str) -> list[str]:
    return [value.strip(" \0").upper() for value in texts(dataset.get(keyword))]
