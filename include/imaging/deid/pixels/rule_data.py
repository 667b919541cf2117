"""The rules on pixels as they stand in rules.yaml, checked when they are read."""

from __future__ import annotations

import fnmatch
import hashlib
import re
from functools import cache, cached_property
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydicom.datadict import tag_for_keyword

from include.imaging.deid.pixels.facts import Facts
from include.imaging.findings import registry

RULES = Path(__file__).parent / "rules.yaml"


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Data):
    """What a rule speaks of: all of `when` hold one of their values, all of `present` have one."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    reason: str = Field(min_length=1)
    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    present: tuple[str, ...] = ()
    overlay_in_pixels: bool = False

    @model_validator(mode="after")
    def _names_attributes(self) -> Rule:
        if unknown := [word for word in self.keywords if tag_for_keyword(word) is None]:
            raise ValueError(f"`{unknown[0]}` is not an attribute of PS3.6")
        if not (self.when or self.present or self.overlay_in_pixels):
            raise ValueError("a rule without a condition speaks of everything")
        return self

    @property
    def keywords(self) -> frozenset[str]:
        """The attributes the rule looks at."""
        return frozenset((*self.when, *self.present))

    def speaks(self, facts: Facts, *, overlay_in_pixels: bool) -> bool:
        """Return whether the rule speaks of an object; SOP classes are told by keyword."""
        if self.overlay_in_pixels and not overlay_in_pixels:
            return False
        return all(facts.get(word) for word in self.present) and all(
            any(wanted.match(value) for value in facts.get(word, ()))
            for word, wanted in self._patterns.items()
        )

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {word: _pattern(values) for word, values in self.when.items()}


class HoldRule(Rule):
    """Objects that are held back unless a mask lifts the rule."""

    code: str

    @model_validator(mode="after")
    def _is_known(self) -> HoldRule:
        if self.code not in registry():
            raise ValueError("`code` is not in include/imaging/findings.yaml")
        return self


class MaskRule(Rule):
    """What is masked, and which holds that lifts; -1 is the image's edge."""

    rectangles: tuple[tuple[int, int, int, int], ...] = ()
    outside_scans: bool = False
    unused_bits: bool = False
    is_banner: bool = False
    lifts: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _masks(self) -> MaskRule:
        if (bool(self.rectangles), self.outside_scans, self.unused_bits).count(True) != 1:
            raise ValueError("a mask is `rectangles`, `outside_scans` or `unused_bits`")
        return self


class ScanLimits(_Data):
    """When regions of an ultrasound object are believed."""

    scan_types: frozenset[int]
    scan_formats: frozenset[int]
    kept_types: frozenset[int]
    kept_formats: frozenset[int]
    lowest_top: float
    most: int


class FaceRule(_Data):
    """Which series show a face."""

    modalities: frozenset[str]
    finest_millimetres: float
    flat: frozenset[str]
    body_parts: tuple[str, ...]
    codes: frozenset[str]
    words: frozenset[str]
    described_by: tuple[str, ...]

    @cached_property
    def body_part(self) -> re.Pattern[str]:
        """What BodyPartExamined says of a head."""
        return _pattern(self.body_parts)


class SecondLook(_Data):
    """What is looked at again, and what counts as text."""

    modalities: frozenset[str]
    characters: int
    letters: int
    digits: int
    confidence: float
    frames: int
    seconds: float
    screen_words: frozenset[str]


class RuleData(_Data):
    """All of rules.yaml."""

    holds: tuple[HoldRule, ...]
    masks: tuple[MaskRule, ...]
    scans: ScanLimits
    faces: FaceRule
    second_look: SecondLook

    @model_validator(mode="after")
    def _ids_are_known(self) -> RuleData:
        ids = [rule.id for rule in (*self.holds, *self.masks)]
        if len(set(ids)) < len(ids):
            raise ValueError("two rules have one id")
        lifted = {name for mask in self.masks for name in mask.lifts}
        if unknown := lifted - {hold.id for hold in self.holds}:
            raise ValueError(f"no hold has the id {min(unknown)}")
        return self


@cache
def rule_data() -> RuleData:
    """Return the shipped rules; raises ValidationError that names what is wrong in them."""
    return RuleData.model_validate(yaml.safe_load(RULES.read_text(encoding="utf-8")))


@cache
def digest() -> str:
    """Return the SHA-256 (hex) of the rules, for the policy's fingerprint."""
    return hashlib.sha256(RULES.read_bytes()).hexdigest()


def _pattern(values: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(fnmatch.translate(value.upper()) for value in values))
