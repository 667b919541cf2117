"""`inspect FILE`: every attribute of an object, what the policy does to it, and the findings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from include.imaging.cli.deidentify import lines
from include.imaging.cli.key import Commands
from include.imaging.deid.actions import Action
from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.explanation import EFFECT
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Held
from include.imaging.deid.rules import Decision, Place, Rules
from include.imaging.dicom.elements import Element, Walked, WalkError, walk
from include.imaging.dicom.uids import is_transfer_syntax
from include.imaging.errors import CustomerError
from include.imaging.keyring import Keyring, new_secret
from include.imaging.validation.verify import verify

SOP_CLASS = 0x00080016
LONGEST_SHOWN = 60
PSEUDONYM = "Z keyed pseudonym"


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `inspect` to the commands."""
    parser = commands.add_parser(
        "inspect",
        help="show an object's structure and what the policy does to it",
        description="List every attribute with the policy's action, then the findings. "
        "Values are shown with --values alone.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="a DICOM file")
    parser.add_argument("--policy", default="basic", help="name, or path of a YAML file (basic)")
    parser.add_argument("--values", action="store_true", help="show values, which hold identity")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    policy = load_policy(options.policy)
    if not options.file.is_file():
        raise CustomerError("SOURCE_MISSING", "FILE is not a file")
    original = options.file.read_bytes()
    try:
        for line in _listing(walk(original), Rules(policy), show_values=options.values):
            sys.stdout.write(f"{line}\n")
    except WalkError as error:
        sys.stdout.write(f"the structure cannot be read: {error.cause}\n")
    # Any key will do: the findings do not depend on it.
    made = Deidentifier(policy, Keyring.from_hex(new_secret()), "").deidentify(original)
    findings = made.findings + (() if isinstance(made, Held) else verify(original, made))
    for line in lines(findings):
        sys.stdout.write(f"finding {line}\n")
    return 1 if findings else 0


def _listing(walked: Walked, rules: Rules, *, show_values: bool) -> Iterator[str]:
    classes = [e.value for e in walked.elements if e.tag == SOP_CLASS and not e.path]
    sop_class_uid = classes[0].decode("ascii", "replace").strip("\0 ") if classes else ""
    places: dict[tuple[int, ...], Place] = {(): Place(sop_class_uid)}
    gone: set[tuple[int, ...]] = set()
    syntax = walked.transfer_syntax_uid
    yield f"transfer syntax {syntax if is_transfer_syntax(syntax) else 'not of the standard'}"
    for element in walked.elements:
        decision = rules.decide(places[element.path], element.tag, element.vr)
        inside = (*element.path, element.tag)
        if element.vr == "SQ":
            is_dummy = places[element.path].is_dummy or decision.action is Action.DUMMY
            places[inside] = Place(sop_class_uid, decision.keyword, is_dummy)
        is_gone = element.path in gone or decision.action in (Action.REMOVE, Action.EMPTY)
        if is_gone and element.vr == "SQ":
            gone.add(inside)
        effect = "- with its sequence" if element.path in gone else _effect(element, decision)
        yield _line(element, decision.keyword, effect, show_values=show_values)


def _effect(element: Element, decision: Decision) -> str:
    replaced = decision.action in (Action.EMPTY, Action.DUMMY)
    # the name of the patient takes the pseudonym, too
    names = decision.keyword == "PatientID" or (decision.keyword, element.path) == (
        "PatientName",
        (),
    )
    return PSEUDONYM if replaced and names else EFFECT[decision.action]


def _line(element: Element, keyword: str, effect: str, *, show_values: bool) -> str:
    tag = f"({element.tag >> 16:04X},{element.tag & 0xFFFF:04X})"
    name = "  " * len(element.path) + (keyword or "(unknown)")
    line = f"{tag} {element.vr} {len(element.value):>8} {effect:<19} {name}"
    if show_values and element.value and element.vr != "SQ":
        line += f" = {element.value[:LONGEST_SHOWN].decode('latin-1')!r}"
    return line
