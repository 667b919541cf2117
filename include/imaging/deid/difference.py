"""Which attributes two policies treat otherwise, and which of their settings differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from include.imaging.deid.attributes import every_attribute
from include.imaging.deid.explanation import EFFECT, SAMPLE_VRS, explain, said
from include.imaging.deid.options import Option
from include.imaging.deid.policy import Policy
from include.imaging.deid.private import private_action, safe

# What is told by the attributes that change, or changes nothing in an output.
_TOLD_OTHERWISE = frozenset(
    {"name", "description", "options", "overrides", "keep_only", "reidentification"}
)


@dataclass(frozen=True, slots=True)
class Change:
    """An attribute, and what either policy does to it, in words."""

    number: str
    keyword: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in the outputs of two policies.

    Attributes:
        gone, come: Options of the first alone, of the second alone.
        settings: Keys of the policy by name, with both values.
        attributes: Of PS3.6 and Table E.1-1, in tag order.
        private: By group, creator and element.
        is_alike: Whether outputs are the same.
    """

    gone: tuple[Option, ...]
    come: tuple[Option, ...]
    settings: dict[str, tuple[Any, Any]]
    attributes: tuple[Change, ...]
    private: tuple[Change, ...]

    @property
    def is_alike(self) -> bool:
        """Whether the outputs are the same, their policy's name aside."""
        return not any((self.gone, self.come, self.settings, self.attributes, self.private))


def difference(before: Policy, after: Policy) -> Difference:
    """Return what differs between the outputs of two policies, whatever object they are given."""
    return Difference(
        gone=tuple(option for option in before.options if not after.has(option)),
        come=tuple(option for option in after.options if not before.has(option)),
        settings=_settings(before, after),
        attributes=tuple(_attributes(before, after)),
        private=tuple(_private(before, after)),
    )


def settings_of(policy: Policy) -> dict[str, Any]:
    """Return the policy's other keys, with defaults where it names none."""
    dumped = policy.model_dump(mode="json", exclude=set(_TOLD_OTHERWISE | {"profile"}))
    defaults = {
        "dates": policy.date_shift if policy.has(Option.MODIFIED_DATES) else None,
        "text": policy.text_cleaning if policy.has(Option.DESCRIPTORS) else None,
        "subjects": policy.subject_rule,
        "pixels": policy.pixel_options,
    }
    filled = {k: v.model_dump(mode="json") if v else None for k, v in defaults.items()}
    return dumped | filled


def _settings(before: Policy, after: Policy) -> dict[str, tuple[Any, Any]]:
    one, other = settings_of(before), settings_of(after)
    return {key: (one[key], other[key]) for key in one if one[key] != other[key]}


def _attributes(before: Policy, after: Policy) -> Iterator[Change]:
    for attribute in every_attribute():
        one, other = explain(before, attribute), explain(after, attribute)
        if one.actions != other.actions:
            yield Change(attribute.number, attribute.keyword, one.done, other.done)


def _private(before: Policy, after: Policy) -> Iterator[Change]:
    keys = safe() | set(before.by_private_key) | set(after.by_private_key)
    for group, creator, element in sorted(keys):
        tag = group << 16 | 0x1000 | element
        one, other = (
            tuple(private_action(policy, tag, creator, vr) for vr in SAMPLE_VRS)
            for policy in (before, after)
        )
        if one != other:
            number = f"({group:04X},xx{element:02X})"
            yield Change(number, creator, _by_vr(one), _by_vr(other))


def _by_vr(actions: tuple[Any, ...]) -> str:
    if len(set(actions)) == 1:
        return said(actions[:1])
    pairs = zip(SAMPLE_VRS, actions, strict=True)
    return ", ".join(f"{vr} {EFFECT[action][0]}" for vr, action in pairs)
