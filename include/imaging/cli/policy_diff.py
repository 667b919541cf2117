"""`policy diff A B`: which attributes change from one policy to another, and how many instances."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from include.imaging.cli.key import Commands
from include.imaging.cli.policy_instances import Instances, in_catalog
from include.imaging.deid.difference import Change, Difference, difference
from include.imaging.deid.policy import Policy, load_policy

WIDTH = 96
MOST_NAMED = 24


def register(actions: Commands[argparse.ArgumentParser]) -> None:
    """Add `diff` to the actions of `policy`."""
    diff = actions.add_parser(
        "diff",
        help="say which attributes, and how many instances, another policy would change",
        description="Compare what two policies do to every attribute of PS3.6 and every safe "
        "private one. With --catalog, tell how many instances of the data stores went under A; to "
        "know them it needs the secret and the patient namespaces, and without them it counts by "
        "fingerprint. The exit code is 0 where outputs are the same, 1 where they differ, 2 for an "
        "error.",
    )
    diff.add_argument("before", metavar="A", help="name, or path of a YAML file")
    diff.add_argument("after", metavar="B", help="name, or path of a YAML file")
    diff.add_argument("--all", action="store_true", help="name all attributes of long lists")
    diff.add_argument("--json", action="store_true", help="for machines, complete")
    diff.add_argument("--catalog", metavar="URL", help="the catalog, as an SQLAlchemy URL")
    diff.add_argument("--key-file", type=Path, help="secret in hex; else IMAGING_DEID_KEY")
    diff.add_argument(
        "--patient-namespace",
        metavar="NAME",
        action="append",
        help="who assigned the PatientIDs; may be given again (those of the feeds under A)",
    )
    diff.add_argument(
        "--feeds", type=Path, default=Path("include/feeds"), help="folder of feeds (include/feeds)"
    )
    diff.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    before, after = load_policy(options.before), load_policy(options.after)
    found = difference(before, after)
    instances = None
    if options.catalog:
        instances = in_catalog(
            options.catalog, before, options.key_file, options.patient_namespace, options.feeds
        )
    if options.json:
        told = _as_json(before, after, found, instances)
        sys.stdout.write(json.dumps(told, indent=2, sort_keys=True) + "\n")
    else:
        for line in _lines(before, after, found, most=None if options.all else MOST_NAMED):
            sys.stdout.write(f"{line}\n")
        if instances:
            for line in _catalog(before, found, instances):
                sys.stdout.write(f"{line}\n")
    return 0 if found.is_alike else 1


def _lines(before: Policy, after: Policy, found: Difference, most: int | None) -> Iterator[str]:
    yield f"- {before.name}\n+ {after.name}"
    if found.is_alike:
        yield "\noutputs are the same"
        if before != after:
            yield "their fingerprints differ, since names or reasons do"
        return
    if found.gone or found.come:
        yield "\noptions"
        yield from (f"- {option}" for option in found.gone)
        yield from (f"+ {option}" for option in found.come)
    if found.settings:
        yield "\nsettings"
        for key, (one, other) in found.settings.items():
            yield f"  {key}: {json.dumps(one)} -> {json.dumps(other)}"
    yield from _grouped("attributes", found.attributes, most)
    yield from _grouped("private attributes", found.private, most)


def _grouped(title: str, changes: tuple[Change, ...], most: int | None) -> Iterator[str]:
    groups: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        name = change.keyword or change.number
        if title.startswith("private"):
            name = f"{change.keyword} {change.number}"
        groups.setdefault((change.before, change.after), []).append(name)
    if groups:
        yield f"\n{title}: {len(changes)} change"
    for (one, other), names in sorted(groups.items(), key=lambda group: -len(group[1])):
        yield f"- {one}\n+ {other}   ({len(names)})"
        more = [f"and {len(names) - most} more (--all)"] if most and len(names) > most else []
        text = ", ".join(names[:most] + more)
        yield from textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ")


def _catalog(before: Policy, found: Difference, held: Instances) -> Iterator[str]:
    yield f"\ncatalog: {held.total} instances"
    if held.under is None:
        yield "  which of them went under A cannot be told without the secret (--key-file) and the"
        yield "  patient namespaces (--patient-namespace, or feeds of that policy); by fingerprint:"
    else:
        would = 0 if found.is_alike else held.under
        yield f"  {held.under} went under {before.name} as it is now, {would} would change"
        yield "  others, by fingerprint:"
    for fingerprint, number in held.others.items():
        yield f"  {number:>10}  {fingerprint}"
    if not held.others:
        yield "  none"


def _as_json(
    before: Policy, after: Policy, found: Difference, held: Instances | None
) -> dict[str, Any]:
    told: dict[str, Any] = {"before": before.name, "after": after.name, **asdict(found)}
    told["same"] = found.is_alike
    if held:
        would = None if held.under is None else 0 if found.is_alike else held.under
        told["instances"] = {**asdict(held), "would_change": would}
    return told
