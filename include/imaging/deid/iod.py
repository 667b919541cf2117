"""Attribute Types by IOD (PS3.3): what an object must hold, so that removal does not break it."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

TYPES = Path(__file__).parent / "data" / "iod_types.json"
# What a class outside the tables (retired, or too new for them) is measured by: its modules
# are the ones that every image has.
ANY_IOD = "secondary-capture-image"


@cache
def digest() -> str:
    """Return the SHA-256 (hex) of the data, for the policy's fingerprint."""
    return hashlib.sha256(TYPES.read_bytes()).hexdigest()


def attribute_type(sop_class_uid: str, sequence: str, keyword: str) -> str:
    """Return '1', '2' or '3': the strictest Type of an attribute at its place in an object.

    Args:
        sop_class_uid: the object's class.
        sequence: keyword of the innermost enclosing sequence, '' at the top level.
        keyword: the attribute.

    Conditional Types count as their unconditional ones: the condition held in the original.
    Within sequences that the IOD does not name, the strictest Type of any module counts.
    """
    place = f"{sequence}/{keyword}" if sequence else keyword
    own = _places(iod_of(sop_class_uid))
    if place in own:
        return own[place]
    return _all_places().get(place, "3") if sequence else "3"


def iod_of(sop_class_uid: str) -> str:
    """Return the IOD that a class is measured by: its own, or the one that any image has."""
    return str(_data()["sop_classes"].get(sop_class_uid, ANY_IOD))


@cache
def _data() -> dict[str, Any]:
    tables: dict[str, Any] = json.loads(TYPES.read_text(encoding="utf-8"))
    return tables


@cache
def _places(iod: str) -> dict[str, str]:
    return _strictest(_data()["iods"].get(iod, []))


@cache
def _all_places() -> dict[str, str]:
    return _strictest(list(_data()["modules"]))


def _strictest(modules: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for module in modules:
        for place, kind in _data()["modules"][module].items():
            found[place] = min(kind[0], found.get(place, "3"))
    return found
