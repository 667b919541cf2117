"""Writes how every DICOM file of the packages ends: `python -m tests.fuzz.package_table`."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pydicom

from include.imaging.dicom.elements import WalkError, file_meta, transfer_syntax_of
from include.imaging.dicom.header import read_facts
from include.imaging.dicom.silence import silenced
from include.imaging.dicom.uids import sop_class_keyword
from include.imaging.model import Severity
from tests.fuzz.gate import Gate, gate
from tests.fuzz.sample_files import SampleFile, sample_files

TABLE = Path(__file__).parents[1] / "imaging" / "deid" / "package_outcomes.csv"
FACTS = ("package", "file", "sop_class", "transfer_syntax", "staging")
WORKERS = 2
ABSENT, PASSES = "-", "passes"

Row = dict[str, str]


def table() -> list[Row]:
    """Return the rows of the table as it is checked in: facts of a file, then its ends."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def policies() -> tuple[str, ...]:
    """Return the policies that the table has a column for."""
    return tuple(name for name in table()[0] if name not in FACTS)


def rows(
    names: tuple[str, ...], files: list[SampleFile] | None = None, *, with_dciodvfy: bool = True
) -> Iterator[Row]:
    """Yield the row of every file, with its end under each of the policies."""
    gates = {name: gate(name, with_dciodvfy=with_dciodvfy) for name in names}
    with ThreadPoolExecutor(WORKERS) as pool:
        yield from pool.map(lambda file: _row(file, gates), files or sample_files())


def _row(file: SampleFile, gates: dict[str, Gate]) -> Row:
    original = file.read()
    sop_class, syntax = _kind(original)
    ends = {name: each.end_of(original).words for name, each in gates.items()}
    facts = (file.package, file.name, sop_class or ABSENT, syntax or ABSENT, _staged(original))
    return dict(zip(FACTS, facts, strict=True)) | ends


def _staged(original: bytes) -> str:
    """Return the codes of the errors for which staging would hold a file, or that it passes."""
    found = read_facts(original).findings
    return " ".join(sorted({x.code for x in found if x.severity is Severity.ERROR})) or PASSES


def _kind(original: bytes) -> tuple[str, str]:
    """Return the keywords of SOP class and transfer syntax; a class without one by its UID."""
    try:
        syntax = transfer_syntax_of(file_meta(original)[0])
    except WalkError:
        syntax = ""
    with silenced():
        try:
            tags = ["SOPClassUID", "MediaStorageSOPClassUID"]
            header = pydicom.dcmread(io.BytesIO(original), force=True, specific_tags=tags)
            sop_class = str(header.get("SOPClassUID") or header.file_meta.get(tags[1]) or "")
        except Exception:  # noqa: BLE001 - whatever a broken file is, it is no class
            sop_class = ""
    known = pydicom.uid.UID_dictionary.get(syntax)
    return sop_class_keyword(sop_class) or sop_class, known[4] if known else syntax


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz.package_table",
        description=f"Writes {TABLE.name}: what becomes of every DICOM file of the test packages.",
    )
    parser.add_argument(
        "policies", nargs="*", help="a column each; those of the table as it is when none is named"
    )
    return parser.parse_args()


def main() -> None:
    """Write the table anew, dciodvfy and all."""
    names = tuple(_arguments().policies) or policies()
    found = list(rows(names))
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, (*FACTS, *names), lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    sys.stderr.write(f"{len(found)} files\n")


if __name__ == "__main__":
    main()
