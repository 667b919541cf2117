"""`policy show`: one policy as a whole, for who reviews it."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator

from include.imaging.cli.key import Commands
from include.imaging.deid.additions import house_rules
from include.imaging.deid.attributes import Attribute, every_attribute
from include.imaging.deid.difference import settings_of
from include.imaging.deid.engine import ENGINE_VERSION
from include.imaging.deid.explanation import explain
from include.imaging.deid.kinds import Kind, kinds
from include.imaging.deid.options import BASIC_PROFILE, CODES, Option
from include.imaging.deid.pixels.rule_data import rule_data
from include.imaging.deid.policy import Policy, load_policy
from include.imaging.deid.private import safe
from include.imaging.deid.table import EDITION, row_of
from include.imaging.validation.assurance import PROVES

WIDTH = 96


def register(actions: Commands[argparse.ArgumentParser]) -> None:
    """Add `show` to the actions of `policy`."""
    show = actions.add_parser(
        "show",
        help="show a policy's options, settings, rules, and what verification promises",
        description="Show a policy: its options with their codes (CID 7050), its settings, how "
        "many attributes it treats how, its own rules with reasons, and what is verified.",
    )
    show.add_argument("policy", metavar="POLICY", nargs="?", default="basic", help="(basic)")
    show.add_argument(
        "--attributes", action="store_true", help="list every attribute with what happens to it"
    )
    show.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    policy = load_policy(options.policy)
    for line in _lines(policy):
        sys.stdout.write(f"{line}\n")
    if options.attributes:
        sys.stdout.write("\nattributes that a rule or the table names\n")
        for line in _attributes(policy):
            sys.stdout.write(f"{line}\n")
    return 0


def _lines(policy: Policy) -> Iterator[str]:
    yield f"policy {policy.name}"
    yield from _wrapped(policy.description)
    number = len(house_rules().beyond_table)
    yield f"  {EDITION}; {number} rules of the house beside it; engine {ENGINE_VERSION}"
    yield "\nprofile and options (PS3.15 E.3; codes of CID 7050)"
    yield f"  {BASIC_PROFILE.value}  {BASIC_PROFILE.meaning}"
    for option, code in CODES.items():
        if policy.has(option):
            yield f"  {code.value}  {code.meaning} ({option})"
    yield "\nsettings"
    yield from _settings(policy)
    yield "\nattributes of Table E.1-1 by the code of their action"
    yield from _numbers(policy)
    yield "\nprivate attributes"
    yield from _private(policy)
    yield "\nrules of its own"
    yield from _overrides(policy)
    yield "\nheld back whole"
    yield from _holds(policy)
    yield "\nverified, for every output"
    for promise in PROVES:
        yield from _wrapped(promise, "  - ")


def _settings(policy: Policy) -> Iterator[str]:
    for key, value in settings_of(policy).items():
        if value is not None:
            yield f"  {key}: {value if isinstance(value, str) else json.dumps(value)}"
    if policy.has(Option.MODIFIED_DATES):
        shift = policy.date_shift
        days = "whole weeks" if shift.keep_weekday else "days"
        yield f"  dates move by 1 to {shift.window_days} days into the past, in {days}, one number"
        yield "  a patient; times of day stay"
    if policy.reidentification:
        yield "  re-identification maps are sealed for the key of `reidentification`"


def _numbers(policy: Policy) -> Iterator[str]:
    letters = Counter(explain(policy, each).letter for each in _in_table())
    for letter, number in letters.most_common():
        yield f"  {letter:<7} {number:>4}"
    if policy.keep_only is not None:
        yield f"  of all others, `keep_only` lets {len(policy.keep_only)} named ones stay"


def _private(policy: Policy) -> Iterator[str]:
    if policy.has(Option.SAFE_PRIVATE):
        yield f"  the {len(safe())} of Table E.3.10-1 stay: texts cleaned, UIDs keyed, dates as the"
        yield "  others', names, addresses and binary values not at all"
    else:
        yield "  all go"


def _overrides(policy: Policy) -> Iterator[str]:
    for rule in policy.overrides:
        name = rule.keyword or f"{rule.creator} ({rule.group},xx{rule.element})"
        yield from _wrapped(f"{name} {rule.action}: {rule.reason}")
    if not policy.overrides:
        yield "  none"


def _holds(policy: Policy) -> Iterator[str]:
    waived = {entry.rule: entry.reason for entry in policy.pixel_options.let_pass}
    holds = [(kind.code, kind.reason) for kind in kinds() if _holds_kind(policy, kind)]
    holds += [(hold.code, hold.reason) for hold in rule_data().holds if hold.id not in waived]
    reasons: dict[str, list[str]] = {}
    for code, reason in dict.fromkeys(holds):
        reasons.setdefault(code, []).append(reason)
    for code, found in reasons.items():
        yield from _wrapped(f"{code}: {'; '.join(found)}")
    for rule, reason in waived.items():
        yield from _wrapped(f"but not by the rule {rule}: {reason}")


def _holds_kind(policy: Policy, kind: Kind) -> bool:
    is_wanting = kind.option is not None and not policy.has(kind.option)
    return bool(kind.code) and (kind.handling == "held" or is_wanting)


def _attributes(policy: Policy) -> Iterator[str]:
    for each in every_attribute():
        found = explain(policy, each)
        if found.choice.rule != "none":
            name = each.keyword or "(no keyword)"
            yield f"  {each.number} {name:<50} {found.letter:<6} {_why(policy, each)}"


def _why(policy: Policy, attribute: Attribute) -> str:
    choice = explain(policy, attribute).choice
    return choice.reason if choice.rule == "option" else choice.rule


def _in_table() -> list[Attribute]:
    return [each for each in every_attribute() if row_of(each.tag) is not None]


def _wrapped(text: str, lead: str = "  ") -> list[str]:
    after = " " * len(lead)
    return textwrap.wrap(text, WIDTH, initial_indent=lead, subsequent_indent=after)
