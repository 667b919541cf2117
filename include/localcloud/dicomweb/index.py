"""What searches look at of each instance, kept as DICOM JSON once it was needed."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from include.localcloud.database import Database
from include.localcloud.dicomweb.attributes import indexed, number_of, vr_of
from include.localcloud.dicomweb.json_model import CHARACTER_SET, UTF_8, Json
from include.localcloud.search_tags import load_metadata

AT_ONCE = 500
WARNING_REASON = "WarningReason"
REQUEST_KEYS = ("RequestedProcedureID", "ScheduledProcedureStepID")


class Index:
    """Attributes by instance, filled at import, else when a search first meets an instance."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def attributes_of(self, instance_ids: Sequence[int]) -> list[Json]:
        """The indexed attributes of these instances, in their order; empty for a deleted one."""
        self.complete(instance_ids)
        found: dict[int, Json] = {}
        for wanted in _chunks(instance_ids):
            rows = self._database.all(
                "SELECT instance_id, attributes FROM dicomweb_index"  # noqa: S608 - marks only
                f" WHERE instance_id IN ({marks(wanted)})",
                *wanted,
            )
            found |= {row["instance_id"]: json.loads(row["attributes"]) for row in rows}
        return [found.get(number, {}) for number in instance_ids]

    def complete(self, instance_ids: Iterable[int]) -> None:
        """Fill in those of these instances that are missing."""
        for wanted in _chunks(instance_ids):
            missing = self._database.all(
                "SELECT i.id FROM instances i LEFT JOIN dicomweb_index d"  # noqa: S608 - marks only
                f" ON d.instance_id = i.id WHERE i.id IN ({marks(wanted)})"
                " AND d.instance_id IS NULL",
                *wanted,
            )
            if missing:
                with self._database.writing() as connection:
                    _fill(connection, [row["id"] for row in missing])


def remember(
    connection: sqlite3.Connection,
    instance_id: int,
    levels: Mapping[str, Mapping[str, Any]],
    reasons: Sequence[int],
) -> None:
    """Keep what searches look at of an instance.

    Args:
        connection: In a transaction.
        instance_id: The instance's.
        levels: Its attributes, as `metadata.describe` tells them.
        reasons: Codes of the warnings that it was imported with, it or what it is a copy of.
    """
    values: dict[str, Any] = {}
    for level in levels.values():
        values |= level["DICOM"]
    if reasons and not values.get(WARNING_REASON):
        values[WARNING_REASON] = list(reasons)
    told = _described(values, indexed())
    if CHARACTER_SET in told:
        told[CHARACTER_SET] = UTF_8
    [number, *_] = told.get(number_of("InstanceNumber"), {}).get("Value") or [None]
    is_small = number is not None and abs(number) < 1 << 63
    connection.execute(
        "INSERT OR REPLACE INTO dicomweb_index (instance_id, instance_number, attributes)"
        " VALUES (?, ?, ?)",
        (instance_id, number if is_small else None, json.dumps(told)),
    )


def _fill(connection: sqlite3.Connection, wanted: list[int]) -> None:
    rows = connection.execute(
        f"SELECT id, metadata, reasons FROM instances WHERE id IN ({marks(wanted)})",  # noqa: S608
        wanted,
    )
    for row in rows.fetchall():
        remember(connection, row["id"], load_metadata(row)["levels"], json.loads(row["reasons"]))


def _chunks(values: Iterable[int]) -> Iterator[list[int]]:
    remaining = iter(values)
    while chunk := list(islice(remaining, AT_ONCE)):
        yield chunk


def marks(values: Collection[object]) -> str:
    """A question mark for each value, for `IN`."""
    return ", ".join("?" * len(values))


def _described(values: Mapping[str, Any], keywords: Iterable[str]) -> Json:
    given = sorted((number_of(k), k) for k in keywords if k in values)
    return {number: _element(keyword, values[keyword]) for number, keyword in given}


def _element(keyword: str, value: Any) -> Json:
    vr = vr_of(keyword)
    values = value if isinstance(value, list) else [value]
    if value is None or value == []:
        return {"vr": vr}
    given = [_value(vr, single) for single in values]
    return {"vr": vr, "Value": given} if None not in given else {"vr": vr}


def _value(vr: str, value: Any) -> Any:
    if isinstance(value, dict):
        return _described(value, REQUEST_KEYS)
    if vr == "PN":
        groups = zip(("Alphabetic", "Ideographic", "Phonetic"), str(value).split("="), strict=False)
        return {name: group for name, group in groups if group}
    if vr == "IS":
        try:
            return int(value)
        except ValueError:
            return None  # a JSON number cannot hold it
    return value
