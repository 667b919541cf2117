"""`evidence FOLDER`: verifies a run's hash-chained records offline, against its balance."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from include.imaging import evidence
from include.imaging.cli.key import Commands
from include.imaging.errors import CustomerError

CHAIN, BALANCE = "chain.ndjson", "balance.json"


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `evidence` to the commands."""
    parser = commands.add_parser(
        "evidence",
        help="verify the evidence of a run",
        description="Verify that no record of a run's evidence was changed, added or taken away, "
        "that its balance follows from them, and that the sum of outcomes is the census. "
        f"FOLDER holds {CHAIN} and {BALANCE}. The exit code is 1 if anything is off.",
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="evidence of one run")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    records = [json.loads(line) for line in _read(options.folder, CHAIN).splitlines()]
    sheet = json.loads(_read(options.folder, BALANCE))
    faults = list(_faults(records, sheet))
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    if not faults:
        head = sheet["chain_head"]
        sys.stdout.write(f"{len(records)} records, {sheet['census']} items, chain ends in {head}\n")
    return 1 if faults else 0


def _faults(records: list[dict[str, Any]], sheet: dict[str, Any]) -> list[str]:
    try:
        head = evidence.verify(records)
    except ValueError as error:
        return [str(error)]
    faults = []
    if sheet.get("chain_head") != head:
        faults.append("the balance names another last record than the chain has")
    last = records[-1] if records else {}
    if any(sheet.get(name) != last.get(name) for name in ("outcomes", "findings")):
        faults.append("the balance is not the one that the last record holds")
    if sum(sheet.get("outcomes", {}).values()) != sheet.get("census"):
        faults.append("the sum of outcomes is not the census")
    return faults


def _read(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text("utf-8")
    except OSError:
        raise CustomerError(
            "EVIDENCE_MISSING", f"FOLDER holds no {name} that can be read"
        ) from None
