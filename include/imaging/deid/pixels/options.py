"""What a policy says of pixels."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from include.imaging.deid.pixels.rule_data import rule_data


class LetPass(BaseModel):
    """A hold of rules.yaml that is not in force, and why the policy's reviewers say so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    reason: str = Field(min_length=1)

    @field_validator("rule")
    @classmethod
    def _is_a_hold(cls, rule: str) -> str:
        if rule not in {hold.id for hold in rule_data().holds}:
            raise ValueError("`rule` is not the id of a hold in deid/pixels/rules.yaml")
        return rule


class PixelOptions(BaseModel):
    """The key `pixels` of a policy: Clean Pixel Data and Clean Recognizable Visual Features.

    `text`: what the rules can mask is masked, or held back like the rest. `faces`: heads in
    fine slices leave, leave with a warning, or are held back. `ocr`: whether a reading machine
    looks at what shows text more often than slices do; it can only add suspicion. `let_pass`:
    kinds of object that nobody holds although the rules would.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Literal["mask", "hold"] = "mask"
    faces: Literal["keep", "flag", "hold"] = "flag"
    ocr: Literal["off", "suspect"] = "off"
    let_pass: tuple[LetPass, ...] = ()

    @field_validator("ocr", mode="before")
    @classmethod
    def _off_is_a_word(cls, value: object) -> object:
        return "off" if value is False else value  # YAML 1.1 reads a bare `off` as false
