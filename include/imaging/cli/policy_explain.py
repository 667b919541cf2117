"""`policy explain`: what happens to one attribute, by which rule, at which place."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from include.imaging.cli.key import Commands
from include.imaging.deid.attributes import Attribute, find_attribute, find_sop_class
from include.imaging.deid.explanation import (
    EFFECT,
    SAMPLE_VRS,
    TYPES,
    Explanation,
    explain,
    explain_private,
    house_in_words,
    row_in_words,
)
from include.imaging.deid.iod import attribute_type, iod_of
from include.imaging.deid.policy import Policy, load_policy, shipped_policies
from include.imaging.deid.table import row_of
from include.imaging.errors import CustomerError


def register(actions: Commands[argparse.ArgumentParser]) -> None:
    """Add `explain` to the actions of `policy`."""
    parser = actions.add_parser(
        "explain",
        help="say what happens to an attribute, and why",
        description="Say what happens to an attribute: the row of Table E.1-1, the option or rule "
        "that decides, and what the code comes to by the attribute's Type in the object's IOD. "
        "Without --policy all shipped policies answer.",
    )
    parser.add_argument(
        "attribute", metavar="KEYWORD", nargs="?", help="keyword, name, or tag like 0010,0020"
    )
    parser.add_argument("--policy", help="name, or path of a YAML file (all that are shipped)")
    parser.add_argument("--sop-class", metavar="CLASS", help="keyword or UID, like CTImageStorage")
    parser.add_argument(
        "--in", dest="sequence", metavar="SEQUENCE", help="innermost sequence that it stands in"
    )
    parser.add_argument("--creator", metavar="TEXT", help="private creator, as it is written")
    parser.add_argument("--tag", metavar="gggg,xxee", help="private tag; xx for any block")
    parser.add_argument("--vr", help="VR of a private attribute (several are shown without)")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    names = [options.policy] if options.policy else shipped_policies()
    policies = [load_policy(name) for name in names]
    if bool(options.attribute) == bool(options.tag):
        raise CustomerError("ATTRIBUTE_MISSING", "give either KEYWORD, or --creator and --tag")
    attribute = find_attribute(options.tag or options.attribute)
    if attribute.tag >> 16 & 1:
        lines = _private(policies, attribute, options)
    else:
        lines = _standard(policies, attribute, options)
    for line in lines:
        sys.stdout.write(f"{line}\n")
    return 0


def _standard(
    policies: list[Policy], attribute: Attribute, options: argparse.Namespace
) -> Iterator[str]:
    place = _place(attribute, options)
    yield f"{attribute.keyword or 'not in PS3.6'} {attribute.number} {attribute.vr}"
    yield f"  standard  {row_in_words(row_of(attribute.tag))}"
    if house := house_in_words(attribute):
        yield f"  house     {house}"
    if place:
        yield f"  place     {place[1]}"
    for policy in policies:
        found = explain(policy, attribute)
        choice = found.choice
        lead = {"option": "the option ", "override": "override, "}.get(choice.rule, "")
        yield f"  {policy.name}"
        yield f"    code    {choice.code}: {lead}{choice.reason}"
        yield f"    done    {_done(found, place)}"
        if options.sequence and (word := _outside(policy, options)):
            yield f"    but     {word}"
        if found.note:
            yield f"    note    {found.note}"


def _done(found: Explanation, place: tuple[str, str] | None) -> str:
    return EFFECT[found.actions[TYPES.index(place[0])]] if place else found.done


def _place(attribute: Attribute, options: argparse.Namespace) -> tuple[str, str] | None:
    """Return Type and words on the place, where one is named."""
    if options.sequence:
        _sequence(options.sequence)
    if not options.sop_class:
        return None
    uid = find_sop_class(options.sop_class)
    sequence = find_attribute(options.sequence).keyword if options.sequence else ""
    kind = attribute_type(uid, sequence, attribute.keyword)
    where = f"in {sequence}" if sequence else "at the top level"
    return kind, f"Type {kind}{' or none' * (kind == '3')}, {where} of the IOD {iod_of(uid)}"


def _sequence(text: str) -> Attribute:
    found = find_attribute(text)
    if found.vr != "SQ":
        raise CustomerError("SEQUENCE_UNKNOWN", f"--in: {found.keyword} is no sequence")
    return found


def _outside(policy: Policy, options: argparse.Namespace) -> str:
    found = explain(policy, _sequence(options.sequence))
    if all(EFFECT[action].startswith("K") for action in found.actions):
        return ""
    return f"{found.attribute.keyword} itself: {found.done}"


def _private(
    policies: list[Policy], attribute: Attribute, options: argparse.Namespace
) -> Iterator[str]:
    creator = (options.creator or "").strip()
    vrs = (options.vr.upper(),) if options.vr else SAMPLE_VRS
    tag = f"({attribute.tag >> 16:04X},xx{attribute.tag & 0xFF:02X})"
    yield f"{creator or 'private, of no creator'} {tag}"
    yield f"  standard  {row_in_words(row_of(attribute.tag))}"
    for policy in policies:
        done = {vr: explain_private(policy, attribute.tag, creator, vr) for vr in vrs}
        actions = {action for action, _ in done.values()}
        shown = (
            EFFECT[next(iter(actions))]
            if len(actions) == 1
            else ", ".join(f"{vr} {EFFECT[action]}" for vr, (action, _) in done.items())
        )
        yield f"  {policy.name}"
        yield f"    why     {done[vrs[0]][1]}"
        yield f"    done    {shown}"
