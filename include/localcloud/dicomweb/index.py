"""What searches look at of each instance, kept as DICOM JSON once it was needed."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
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
    """Attributes by instance, filled when a search first meets an instance."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def attributes_of(self, instance_ids: Sequence[int]) -> list[Json]:
        """The indexed attributes of these instances, in their order; empty for a deleted one."""
        found: dict[int, Json] = {}
        remaining = iter(instance_ids)
        while wanted := list(islice(remaining, AT_ONCE)):
            found |= self._stored(wanted)
            missing = [number for number in wanted if number not in found]
            if missing:
                found |= self._fill(missing)
        return [found.get(number, {}) for number in instance_ids]

    def _stored(self, wanted: list[int]) -> dict[int, Json]:
        rows = self._database.all(
            "SELECT instance_id, attributes FROM dicomweb_attributes"  # noqa: S608 - marks only
            f" WHERE instance_id IN ({marks(wanted)})",
            *wanted,
        )
        return {row["instance_id"]: json.loads(row["attributes"]) for row in rows}

    def _fill(self, wanted: list[int]) -> dict[int, Json]:
        rows = self._database.all(
            f"SELECT id, metadata FROM instances WHERE id IN ({marks(wanted)})",  # noqa: S608
            *wanted,
        )
        warned = self._database.all(
            "SELECT instance_id, warnings FROM job_files"  # noqa: S608 - marks only
            f" WHERE warnings != '[]' AND instance_id IN ({marks(wanted)})",
            *wanted,
        )
        reasons = {row["instance_id"]: _codes(row) for row in warned}
        found = {row["id"]: _attributes(row, reasons.get(row["id"], [])) for row in rows}
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO dicomweb_attributes (instance_id, attributes)"
                " SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM instances WHERE id = ?1)",
                [(number, json.dumps(attributes)) for number, attributes in found.items()],
            )
        return found


def marks(values: Collection[object]) -> str:
    """A question mark for each value, for `IN`."""
    return ", ".join("?" * len(values))


def _codes(row: sqlite3.Row) -> list[int]:
    return [warning["warning_reason_code"] for warning in json.loads(row["warnings"])]


def _attributes(row: sqlite3.Row, reasons: list[int]) -> Json:
    values: dict[str, Any] = {}
    for level in load_metadata(row)["levels"].values():
        values |= level["DICOM"]
    if reasons and not values.get(WARNING_REASON):
        values[WARNING_REASON] = reasons
    told = _described(values, indexed())
    if CHARACTER_SET in told:
        told[CHARACTER_SET] = UTF_8
    return told


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
