"""Table E.1-1 of PS3.15: which confidentiality action the standard wants for an attribute."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

EDITION = "PS3.15 2026d"
TABLE = Path(__file__).parent / "data" / "confidentiality.csv"
PRIVATE = "odd"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `tag` (hex with x for any digit, or `odd`), Basic Profile code, options' codes."""

    tag: str
    keyword: str
    basic: str
    options: dict[str, str]
    is_retired: bool
    in_standard_iod: bool


@cache
def rows() -> tuple[Row, ...]:
    """Return all rows, in tag order."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(_row(entry) for entry in csv.DictReader(file))


@cache
def digest() -> str:
    """Return the SHA-256 (hex) of the table, for the policy's fingerprint."""
    return hashlib.sha256(TABLE.read_bytes()).hexdigest()


def row_of(tag: int) -> Row | None:
    """Return the row of a tag, by number or by mask (50xx, 60xx, private), or None.

    The whole overlay group follows its data: what is left of a plane without data is no
    overlay (PS3.3 C.9.2).
    """
    exact, masked = _index()
    if (row := exact.get(tag)) is not None:
        return row
    group = tag >> 16
    if group % 2:
        return masked[PRIVATE]
    if group >> 8 == 0x50:
        return masked["50xxxxxx"]
    if group >> 8 == 0x60:
        return masked["60xx3000"]
    return None


@cache
def _index() -> tuple[dict[int, Row], dict[str, Row]]:
    exact: dict[int, Row] = {}
    masked: dict[str, Row] = {}
    for row in rows():
        if "x" in row.tag or row.tag == PRIVATE:
            masked[row.tag] = row
        else:
            exact[int(row.tag, 16)] = row
    return exact, masked


def _row(entry: dict[str, str]) -> Row:
    options = dict(pair.split(":", 1) for pair in entry["options"].split())
    return Row(
        tag=entry["tag"],
        keyword=entry["keyword"],
        basic=entry["basic"],
        options=options,
        is_retired="retired" in entry["flags"],
        in_standard_iod="no_iod" not in entry["flags"],
    )
