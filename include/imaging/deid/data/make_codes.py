"""Makes published_codes.csv from the tables of concepts that pydicom carries."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from pydicom.sr import _concepts_dict

HERE = Path(__file__).parent


def rows() -> list[tuple[str, str, str]]:
    """Return coding scheme, code and meaning of every concept of PS3.16's context groups."""
    tables: dict[str, dict[str, Any]] = _concepts_dict.concepts
    return sorted(
        (scheme, code, meaning)
        for scheme, keywords in tables.items()
        for codes in keywords.values()
        for code, (meaning, _) in codes.items()
    )


def main() -> None:
    """Write published_codes.csv beside this module."""
    with (HERE / "published_codes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("scheme", "code", "meaning"))
        writer.writerows(rows())


if __name__ == "__main__":
    main()
