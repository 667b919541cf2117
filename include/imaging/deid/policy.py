"""De-identification policies: reviewed YAML, checked before anything is touched."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydicom.datadict import tag_for_keyword

from include.imaging.deid.actions import CODES
from include.imaging.deid.pixels.options import PixelOptions
from include.imaging.deid.table import row_of
from include.imaging.dicom.vrs import ALWAYS_IDENTIFY, own_vrs
from include.imaging.errors import CustomerError
from include.imaging.findings import registry

SHIPPED = Path(__file__).parent / "policies"


class _Reviewed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Addition(_Reviewed):
    """A rule beyond Table E.1-1: an action for one attribute, or for every one of a VR."""

    vr: str = ""
    keyword: str = ""
    action: str
    reason: str = Field(min_length=1)

    @model_validator(mode="after")
    def _names_one_thing(self) -> Addition:
        if bool(self.vr) == bool(self.keyword):
            raise ValueError("name either `vr` or `keyword`")
        if self.keyword and tag_for_keyword(self.keyword) is None:
            raise ValueError("`keyword` is not an attribute of PS3.6")
        if self.action not in CODES:
            raise ValueError(f"`action` must be one of {', '.join(sorted(CODES))}")
        tag = tag_for_keyword(self.keyword) if self.keyword else None
        if tag is not None and row_of(tag) is not None and self.action != "X":
            raise ValueError("`keyword` is in the table; only the stricter X may replace its row")
        if tag is not None and self.action == "K" and not ALWAYS_IDENTIFY.isdisjoint(own_vrs(tag)):
            raise ValueError("a name, a date, a UID or a machine may not be kept")
        return self


class Hold(_Reviewed):
    """Objects that are held back: all attributes of `when` hold one of their values."""

    code: str
    reason: str = Field(min_length=1)
    when: dict[str, tuple[str, ...]] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_known(self) -> Hold:
        if self.code not in registry():
            raise ValueError("`code` is not in include/imaging/findings.yaml")
        if unknown := [word for word in self.when if tag_for_keyword(word) is None]:
            raise ValueError(f"`when` names {unknown[0]}, which is not an attribute of PS3.6")
        return self


class Policy(_Reviewed):
    """A de-identification profile with its rules. `options` are PS3.15's, none so far."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    description: str
    profile: Literal["basic"]
    options: tuple[str, ...] = Field(default=(), max_length=0)
    beyond_table: tuple[Addition, ...] = ()
    holds: tuple[Hold, ...] = ()
    pixels: PixelOptions = PixelOptions()

    @cached_property
    def by_keyword(self) -> dict[str, str]:
        """Actions beyond the table, by attribute."""
        return {rule.keyword: rule.action for rule in self.beyond_table if rule.keyword}

    @cached_property
    def by_vr(self) -> dict[str, str]:
        """Actions beyond the table, by VR."""
        return {rule.vr: rule.action for rule in self.beyond_table if rule.vr}


def load_policy(name_or_path: str) -> Policy:
    """Return a shipped policy by its name, or one of a YAML file by its path.

    Raises CustomerError that says the file, the key and the rule it breaks.
    """
    path = _locate(name_or_path)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CustomerError(
            "POLICY_UNREADABLE", f"{path.name}: not readable as YAML ({type(error).__name__})"
        ) from None
    try:
        return Policy.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise CustomerError("POLICY_INVALID", f"{path.name}: {key}: {first['msg']}") from None


def _locate(name_or_path: str) -> Path:
    shipped = SHIPPED / f"{name_or_path}.yaml"
    if shipped.parent == SHIPPED and shipped.is_file():
        return shipped
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"} and path.is_file():
        return path
    names = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.yaml")))
    raise CustomerError(
        "POLICY_UNKNOWN", f"no such policy: name one of {names}, or give the path of a YAML file"
    )
