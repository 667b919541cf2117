"""De-identification policies: reviewed YAML, checked before anything is touched."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from include.imaging.deid.additions import Override, Reviewed
from include.imaging.deid.contradictions import faults
from include.imaging.deid.dates import DateShift
from include.imaging.deid.options import COLUMNS, Option
from include.imaging.deid.pixels.options import PixelOptions
from include.imaging.deid.reidentification import ReidentificationRule
from include.imaging.deid.subjects import SubjectRule
from include.imaging.errors import CustomerError

SHIPPED = Path(__file__).parent / "policies"


class Text(Reviewed):
    """How text is cleaned under `clean-descriptors`.

    Attributes:
        vocabulary: Words stay only where the radiological vocabulary holds them.
    """

    vocabulary: bool = True


class Policy(Reviewed):
    """A de-identification profile with its options (PS3.15 E.3) and rules of its own."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    description: str
    profile: Literal["basic"]
    options: tuple[Option, ...] = ()
    dates: DateShift | None = None
    text: Text | None = None
    subjects: SubjectRule | None = None
    reidentification: ReidentificationRule | None = None
    ages_above_89: Literal["capped", "kept"] = "capped"
    overrides: tuple[Override, ...] = ()
    keep_only: tuple[str, ...] | None = None
    pixels: PixelOptions | None = None

    @model_validator(mode="after")
    def _does_not_contradict_itself(self) -> Policy:
        for fault in faults(self):
            raise ValueError(fault)
        return self

    def has(self, option: Option) -> bool:
        """Return whether an option is in force."""
        return option in self.options

    @cached_property
    def options_but_pixels(self) -> tuple[Option, ...]:
        """The options that have a column of Table E.1-1."""
        return tuple(option for option in self.options if option in COLUMNS)

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns of Table E.1-1 that are in force."""
        return frozenset(COLUMNS[option] for option in self.options_but_pixels)

    @cached_property
    def by_keyword(self) -> dict[str, Override]:
        """The policy's own rules, by attribute."""
        return {rule.keyword: rule for rule in self.overrides if rule.keyword}

    @cached_property
    def by_private_key(self) -> dict[tuple[int, str, int], Override]:
        """The policy's own rules for private elements, by group, creator and element."""
        return {rule.private_key: rule for rule in self.overrides if rule.creator}

    @cached_property
    def kept_only(self) -> frozenset[str] | None:
        """The keywords of `keep_only`, or None where the policy has none."""
        return None if self.keep_only is None else frozenset(self.keep_only)

    @property
    def date_shift(self) -> DateShift:
        """How far dates move, if they do."""
        return self.dates or DateShift()

    @property
    def subject_rule(self) -> SubjectRule:
        """What becomes of a patient that the subject list lacks, where there is a list."""
        return self.subjects or SubjectRule()

    @property
    def pixel_options(self) -> PixelOptions:
        """What is done about pixels: without the option to clean them, nothing is masked."""
        text: Literal["mask", "hold"] = "mask" if self.has(Option.PIXEL_DATA) else "hold"
        faces: Literal["flag", "hold"] = "hold" if self.has(Option.VISUAL_FEATURES) else "flag"
        return self.pixels or PixelOptions(text=text, faces=faces)

    @property
    def text_cleaning(self) -> Text:
        """How text is cleaned, if it is."""
        return self.text or Text()


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
        return _located(Policy.model_validate(content), path.parent)
    except ValidationError as error:
        raise CustomerError("POLICY_INVALID", f"{path.name}: {_told(error)}") from None


def _told(error: ValidationError) -> str:
    """Return the first fault with the key that has it; faults of the whole name it themselves."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    fault = first["msg"].removeprefix("Value error, ")
    return f"{key}: {fault}" if key else fault


def _located(policy: Policy, folder: Path) -> Policy:
    """Return the policy with the path of its public key seen from anywhere."""
    if policy.reidentification is None:
        return policy
    place = str((folder / policy.reidentification.public_key_file).absolute())
    rule = policy.reidentification.model_copy(update={"public_key_file": place})
    return policy.model_copy(update={"reidentification": rule})


def shipped_policies() -> list[str]:
    """Return the names of the policies that come with the project, in order."""
    return sorted(file.stem for file in SHIPPED.glob("*.yaml"))


def _locate(name_or_path: str) -> Path:
    shipped = SHIPPED / f"{name_or_path}.yaml"
    if shipped.parent == SHIPPED and shipped.is_file():
        return shipped
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"} and path.is_file():
        return path
    raise CustomerError(
        "POLICY_UNKNOWN",
        f"no such policy: name one of {', '.join(shipped_policies())}, or give the path of a "
        "YAML file",
    )
