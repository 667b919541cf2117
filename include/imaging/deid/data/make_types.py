"""Makes iod_types.json from the tables that highdicom carries (a development dependency)."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REQUIRED = {"1", "1C", "2", "2C"}
# Required where another attribute is there, which the table removes from every object.
CONDITION_GONE = {"ClinicalTrialProtocolEthicsCommitteeName"}


def types() -> dict[str, Any]:
    """Return SOP classes, IODs and modules, with the attributes that an object may not be without.

    A module maps `Attribute`, or `Sequence/Attribute` below the top level, to its strictest
    Type. The sequences further out do not matter: macros keep their Types wherever they are used.
    """
    modules = {
        name: places
        for name, rows in _source("module_attribute_map").items()
        if (places := _places(rows))
    }
    iods = {
        name: sorted({row["key"] for row in rows} & set(modules))
        for name, rows in _source("iod_module_map").items()
    }
    return {"sop_classes": _source("sop_class_iod_map"), "iods": iods, "modules": modules}


def _source(name: str) -> dict[str, Any]:
    text = files("highdicom").joinpath("_standard", f"{name}.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def _places(rows: list[dict[str, Any]]) -> dict[str, str]:
    places: dict[str, str] = {}
    for row in rows:
        if row["type"] in REQUIRED and row["keyword"] not in CONDITION_GONE:
            place = "/".join([*row["path"][-1:], row["keyword"]])
            places[place] = min(row["type"], places.get(place, "3"))
    return places


def main() -> None:
    """Write iod_types.json beside this module."""
    text = json.dumps(types(), indent=0, sort_keys=True)
    (HERE / "iod_types.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
