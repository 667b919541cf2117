"""`evidence FOLDER`: verifies a run's hash-chained records offline, with its balance and report."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from include.imaging import evidence
from include.imaging.balance import CLOSING
from include.imaging.cli.key import Commands
from include.imaging.errors import CustomerError
from include.imaging.instance_evidence import InstanceEvidence
from include.imaging.model import Outcome

CHAIN, BALANCE, REPORT = "chain.ndjson", "balance.json", "report.md"
OF_THE_CHAIN = frozenset({"number", "previous", "hash", "stage", "report_sha256"})


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `evidence` to the commands."""
    parser = commands.add_parser(
        "evidence",
        help="verify the evidence of a run",
        description="Verify that the records of a run's evidence follow from each other, that "
        "balance and report are those that the last record holds, and that the sum of outcomes "
        "is the census. Whoever can write all files can write another chain: note the hash it "
        "ends in elsewhere (the task `balance` logs and returns it) and give it by --head. "
        f"FOLDER holds {CHAIN}, {BALANCE} and {REPORT}. The exit code is 1 if anything is off.",
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="evidence of one run")
    parser.add_argument(
        "--results", type=Path, help="a copy of the results bucket: its lists are verified, too"
    )
    parser.add_argument(
        "--instance", metavar="UID", help="SOPInstanceUID in the data store, to tell all about"
    )
    parser.add_argument("--head", metavar="HASH", help="the hash that the chain must end in")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    chain, balance, report = (_read(options.folder, name) for name in (CHAIN, BALANCE, REPORT))
    if options.instance and not options.results:
        raise CustomerError(
            "RESULTS_MISSING",
            "--instance needs --results: a folder with the batches/ of the results bucket "
            "(aws s3 sync s3://BUCKET/batches FOLDER/batches)",
        )
    records: list[dict[str, Any]] = []
    try:
        records = [_object(line, CHAIN) for line in chain.splitlines()]
        sheet = _object(balance, BALANCE)
        head = evidence.verify(records)
    except ValueError as error:
        faults = [str(error)]
    else:
        faults = list(_faults(records, head, sheet, report))
        if options.head not in (None, head):
            faults.append("the chain does not end in the hash that --head names")
    instances = InstanceEvidence(records, options.results) if options.results else None
    if instances and not faults:
        faults = list(instances.faults())
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    if faults:
        return 1
    if instances and options.instance:
        return _tell(instances, options.instance)
    sys.stdout.write(f"{len(records)} records, {sheet['census']} items, chain ends in {head}\n")
    return 0


def _tell(instances: InstanceEvidence, uid: str) -> int:
    """Print what the batches say of an instance; the exit code is 1 where none knows it."""
    told = list(instances.of(uid))
    for record in told:
        sys.stdout.write(f"{json.dumps(record, indent=2, sort_keys=True)}\n")
    if not told:
        sys.stdout.write("no batch of the run holds this instance\n")
    return 0 if told else 1


def _faults(
    records: list[dict[str, Any]], head: str, sheet: dict[str, Any], report: bytes
) -> Iterator[str]:
    if sheet.get("chain_head") != head:
        yield "the balance names another last record than the chain has"
    last = records[-1] if records else {}
    told = {name: value for name, value in last.items() if name not in OF_THE_CHAIN}
    if {name: value for name, value in sheet.items() if name != "chain_head"} != told:
        yield "the balance is not the one that the last record holds"
    elif not _adds_up(sheet):
        yield "the sum of outcomes is not the census, or the verdict does not follow from it"
    closing = CLOSING.format(head=head).encode()
    body = hashlib.sha256(report.removesuffix(closing)).hexdigest()
    if not report.endswith(closing) or body != last.get("report_sha256"):
        yield "the report is not the one that the last record holds"


def _adds_up(sheet: dict[str, Any]) -> bool:
    try:
        left = sheet["census"] - sum(sheet["outcomes"].values())
        few_failed = sheet["outcomes"].get(Outcome.FAILED, 0) <= sheet["failed_allowed"]
        verdict = (sheet["unaccounted"], sheet["balanced"])
    except (AttributeError, KeyError, TypeError):
        return False
    return left == 0 and verdict == (0, few_failed)


def _object(text: bytes, name: str) -> dict[str, Any]:
    """Return the JSON object that a text is; raises ValueError, naming its file, for any other."""
    try:
        found = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"{name} holds what is no JSON object")
    return found


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError:
        raise CustomerError(
            "EVIDENCE_MISSING", f"FOLDER holds no {name} that can be read"
        ) from None
