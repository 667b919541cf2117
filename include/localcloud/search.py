"""SearchImageSets: every attribute of the service model, sorted and paged."""

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from include.localcloud import paging
from include.localcloud.calls import Call, Handler
from include.localcloud.database import Database
from include.localcloud.datastores import find_active_datastore
from include.localcloud.dialect import Dialect
from include.localcloud.errors import ValidationError
from include.localcloud.image_sets import storage_tier
from include.localcloud.search_tags import moment
from include.localcloud.workflow import EXISTS

COLUMNS = {
    "DICOMPatientId": "patient_id",
    "DICOMAccessionNumber": "accession_number",
    "DICOMStudyId": "study_id",
    "DICOMStudyInstanceUID": "study_uid",
    "DICOMSeriesInstanceUID": "series_uid",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "isPrimary": "is_primary",
    "DICOMStudyDateAndTime": "study_moment",
}
MOMENTS = ("createdAt", "updatedAt")
DATES = (*MOMENTS, "DICOMStudyDateAndTime")
DOCUMENTED_PAIR = {("updatedAt", "BETWEEN"), ("DICOMSeriesInstanceUID", "EQUAL")}
LAST_OF_SECOND = 0.999999
DEFAULT_SORT = {"sortField": "updatedAt", "sortOrder": "DESC"}

Condition = tuple[str, list[Any]]


class Search:
    """The search for image sets of a data store; deleted ones are not found.

    Args:
        database: Keeps them.
        dialect: Tells whether any filters may be combined, or the documented pair only.
    """

    def __init__(self, database: Database, dialect: Dialect | None = None) -> None:
        self._database = database
        self._dialect = dialect or Dialect()

    def handlers(self) -> Mapping[str, Handler]:
        """One handler for each operation."""
        return {"SearchImageSets": self.search}

    def search(self, call: Call) -> Mapping[str, Any]:
        """The image sets that satisfy all filters."""
        find_active_datastore(self._database, call)
        criteria = call.get("searchCriteria", {})
        if self._dialect["search-filters"] == "documented":
            _check_documented(criteria.get("filters", []))
        sort = criteria.get("sort", DEFAULT_SORT)
        column, order = COLUMNS[sort["sortField"]], sort["sortOrder"]
        where = ["datastore_id = ?", EXISTS]
        values: list[Any] = [call["datastoreId"], time.time()]
        for text, bound in self._conditions(call, criteria, column, order):
            where.append(text)
            values.extend(bound)
        rows = self._database.all(
            f"SELECT * FROM image_sets WHERE {' AND '.join(where)}"  # noqa: S608 - own names
            f" ORDER BY {column} {order}, number {order} LIMIT ?",
            *values,
            paging.page_size(call) + 1,
        )
        page, token = paging.cut(call, rows, lambda row: [row[column], row["number"]])
        return {
            "imageSetsMetadataSummaries": [self._summary(row) for row in page],
            "sort": sort,
            "nextToken": token,
        }

    def _conditions(
        self, call: Call, criteria: Mapping[str, Any], column: str, order: str
    ) -> Iterator[Condition]:
        for wanted in criteria.get("filters", []):
            yield _condition(wanted)
        after = paging.last_seen(call, 2)
        if after:
            yield f"({column}, number) {'<' if order == 'DESC' else '>'} (?, ?)", after

    def _summary(self, row: sqlite3.Row) -> dict[str, Any]:
        study = self._database.one(
            "SELECT count(DISTINCT s.series_uid) AS series, count(m.sop_uid) AS instances"
            " FROM image_sets s LEFT JOIN members m ON m.image_set_id = s.id"
            " AND m.to_version IS NULL WHERE s.datastore_id = ? AND s.study_uid = ?"
            " AND s.is_primary AND s.state != 'DELETED'",
            row["datastore_id"],
            row["study_uid"],
        )
        assert study is not None
        counts = {
            "DICOMNumberOfStudyRelatedSeries": study["series"],
            "DICOMNumberOfStudyRelatedInstances": study["instances"],
        }
        return {
            "imageSetId": row["id"],
            "version": row["version"],
            "createdAt": row["created_at"],
            "updatedAt": row["updated_at"],
            "lastAccessedAt": row["accessed_at"],
            "storageTier": storage_tier(row),
            "isPrimary": bool(row["is_primary"]),
            "DICOMTags": {**json.loads(row["tags"]), **counts},
        }


def _check_documented(filters: Sequence[Mapping[str, Any]]) -> None:
    """Pass if the filters are what the documentation shows (DG/search-image-sets)."""
    asked = {(_attribute(wanted), wanted["operator"]) for wanted in filters}
    if len(filters) > 1 and asked != DOCUMENTED_PAIR:
        raise ValidationError("a search takes one filter, or updatedAt with a series")
    if any(operator == "BETWEEN" and name not in DATES for name, operator in asked):
        raise ValidationError("BETWEEN is for dates")
    if any(wanted["operator"] == "EQUAL" and len(wanted["values"]) > 1 for wanted in filters):
        raise ValidationError("EQUAL takes one value")


def _attribute(wanted: Mapping[str, Any]) -> str:
    attributes = {name for value in wanted["values"] for name in value if name in COLUMNS}
    if len(attributes) != 1:
        raise ValidationError("all values of a filter must be of one attribute")
    return str(attributes.pop())


def _condition(wanted: Mapping[str, Any]) -> Condition:
    """One filter as SQL: EQUAL to any of its values, or BETWEEN its two."""
    name = _attribute(wanted)
    column = COLUMNS[name]
    bounds = [_bounds(name, value[name]) for value in wanted["values"]]
    if wanted["operator"] == "BETWEEN":
        if len(bounds) != 2:
            raise ValidationError("BETWEEN takes two values")
        return f"{column} BETWEEN ? AND ?", [bounds[0][0], bounds[1][1]]
    text = " OR ".join(f"{column} BETWEEN ? AND ?" for _ in bounds)
    return f"({text})", [bound for pair in bounds for bound in pair]


def _bounds(name: str, value: Any) -> tuple[Any, Any]:
    """The lowest and highest column value that a search value stands for."""
    if name in MOMENTS:
        # SDKs send whole seconds, which stand for all of theirs
        return value, value + (0 if isinstance(value, float) and value % 1 else LAST_OF_SECOND)
    if name != "DICOMStudyDateAndTime":
        return value, value
    clock = value.get("DICOMStudyTime") or ""
    lowest = moment(value["DICOMStudyDate"], clock)
    if clock:
        return lowest, lowest
    return lowest, moment(value["DICOMStudyDate"], "235959.999999")
