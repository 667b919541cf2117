"""What the house adds to Table E.1-1, and what a policy overrides: reviewed rules with reasons."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydicom.datadict import tag_for_keyword

from include.imaging.deid.actions import CODES
from include.imaging.deid.options import COLUMNS
from include.imaging.deid.table import row_of
from include.imaging.dicom.vrs import ALWAYS_IDENTIFY, own_vrs

HOUSE_RULES = Path(__file__).parent / "data" / "beyond_table.yaml"
OVERRIDES = frozenset({"X", "Z", "D", "U", "K", "C"})


class Reviewed(BaseModel):
    """A part of a reviewed file: what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Addition(Reviewed):
    """A rule beyond Table E.1-1: an action for one attribute, or for every one of a VR.

    `options` are what the options in force make of it, by their column of the table.
    """

    vr: str = ""
    keyword: str = ""
    action: str
    options: dict[str, str] = Field(default_factory=dict)
    reason: str = Field(min_length=1)

    @model_validator(mode="after")
    def _names_one_thing(self) -> Addition:
        if bool(self.vr) == bool(self.keyword):
            raise ValueError("name either `vr` or `keyword`")
        if self.keyword and tag_for_keyword(self.keyword) is None:
            raise ValueError("`keyword` is not an attribute of PS3.6")
        if self.action not in CODES:
            raise ValueError(f"`action` must be one of {', '.join(sorted(CODES))}")
        if unknown := set(self.options) - set(COLUMNS.values()):
            raise ValueError(f"`options` names {min(unknown)}, which is no column of the table")
        tag = tag_for_keyword(self.keyword) if self.keyword else None
        if tag is not None and row_of(tag) is not None and self.action != "X":
            raise ValueError("`keyword` is in the table; only the stricter X may replace its row")
        if tag is not None and self.action == "K" and not ALWAYS_IDENTIFY.isdisjoint(own_vrs(tag)):
            raise ValueError("a name, a date, a UID or a machine may not be kept")
        return self


class Override(Reviewed):
    """A policy's own rule for one attribute, or for one private element of a creator.

    `element` are the last two hexadecimal digits of a private tag, the block's number aside.
    """

    keyword: str = ""
    creator: str = ""
    group: str = ""
    element: str = ""
    action: str
    reason: str = Field(min_length=1)

    @model_validator(mode="after")
    def _names_one_attribute(self) -> Override:
        private = (self.creator, self.group, self.element)
        if bool(self.keyword) == any(private) or any(private) != all(private):
            raise ValueError("name either `keyword`, or `creator`, `group` and `element`")
        if self.keyword and tag_for_keyword(self.keyword) is None:
            raise ValueError("`keyword` is not an attribute of PS3.6")
        if self.action not in OVERRIDES:
            raise ValueError(f"`action` must be one of {', '.join(sorted(OVERRIDES))}")
        if self.creator:
            self._require_private()
        return self

    @property
    def private_key(self) -> tuple[int, str, int]:
        """Group, creator and element of a private attribute."""
        return int(self.group, 16), self.creator, int(self.element, 16)

    def _require_private(self) -> None:
        try:
            group, _, element = self.private_key
        except ValueError:
            raise ValueError("`group` and `element` are hexadecimal") from None
        if not group % 2 or group > 0xFFFF or not 0 <= element <= 0xFF:
            raise ValueError("`group` is odd, of four digits, and `element` has two digits")
        if self.action not in {"X", "K", "C"}:
            raise ValueError("a private element is removed (X), kept (K) or cleaned (C)")


class HouseRules(Reviewed):
    """The file of rules that every policy shares."""

    beyond_table: tuple[Addition, ...]


@cache
def house_rules() -> HouseRules:
    """Return the rules that every policy shares; pydantic's error where the file is wrong."""
    return HouseRules.model_validate(yaml.safe_load(HOUSE_RULES.read_text(encoding="utf-8")))


@cache
def digest() -> str:
    """Return the SHA-256 (hex) of the rules, for the policy's fingerprint."""
    return hashlib.sha256(HOUSE_RULES.read_bytes()).hexdigest()


@cache
def by_keyword() -> dict[str, Addition]:
    """Return the rules for single attributes."""
    return {rule.keyword: rule for rule in house_rules().beyond_table if rule.keyword}


@cache
def by_vr() -> dict[str, Addition]:
    """Return the rules for whole VRs."""
    return {rule.vr: rule for rule in house_rules().beyond_table if rule.vr}
