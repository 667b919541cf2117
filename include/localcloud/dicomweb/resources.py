"""Finds the image sets and instances that a path of DICOMweb names."""

import sqlite3
from collections.abc import Iterator, Mapping

from include.localcloud.database import Database
from include.localcloud.errors import ResourceNotFoundError
from include.localcloud.lookups import is_stale, touch

AT_ONCE = 50
MOST_MARKS = 500
CURRENT = "m.to_version IS NULL"
EXISTING = "s.datastore_id = ? AND s.state != 'DELETED'"


def conditions(
    path: Mapping[str, str], image_set: str | None, uids: Mapping[str, list[str]] | None = None
) -> tuple[str, list[str]]:
    """What image sets `s` are looked into, as SQL and its values.

    Args:
        path: The parts of the path.
        image_set: One that the request names; else the primary ones are looked into.
        uids: UIDs that a query narrows its search to, by keyword.
    """
    texts, values = [EXISTING], [path["datastoreId"]]
    texts.append("s.id = ?" if image_set else "s.is_primary")
    values += [image_set] if image_set else []
    for column, part in (("s.study_uid", "study"), ("s.series_uid", "series")):
        if part in path:
            texts.append(f"{column} = ?")
            values.append(path[part])
    columns = (("s.study_uid", "StudyInstanceUID"), ("s.series_uid", "SeriesInstanceUID"))
    for column, keyword in columns:
        wanted = (uids or {}).get(keyword, [])
        if 0 < len(wanted) <= MOST_MARKS:  # more are left to the matchers
            texts.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            values += wanted
    return " AND ".join(texts), values


class Resources:
    """The instances that paths name; a reading of them counts as access to their image set."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def instance(self, path: Mapping[str, str], image_set: str | None) -> sqlite3.Row:
        """The row of an instance.

        Raises:
            ResourceNotFoundError: There is none with these UIDs.
        """
        found = self._ids(path, image_set)
        if not found:
            raise ResourceNotFoundError("the instance does not exist")
        row = self._database.one("SELECT * FROM instances WHERE id = ?", found[-1])
        if row is None:
            raise ResourceNotFoundError("the instance is deleted")
        return row

    def series(self, path: Mapping[str, str], image_set: str | None) -> Iterator[sqlite3.Row]:
        """The rows of a series's instances, a few at a time.

        Raises:
            ResourceNotFoundError: There is no such series.
        """
        found = self._ids(path, image_set)
        if not found:
            raise ResourceNotFoundError("the series does not exist")
        return self._rows(found)

    def frames(self, row: sqlite3.Row) -> list[sqlite3.Row]:
        """The rows of an instance's frames in order.

        Raises:
            ResourceNotFoundError: The instance was deleted in the meantime.
        """
        found = self._database.all(
            "SELECT * FROM frames WHERE blob = ? ORDER BY position", row["blob"]
        )
        if not found and not self._database.one("SELECT 1 FROM instances WHERE id = ?", row["id"]):
            raise ResourceNotFoundError("the instance is deleted")
        return found

    def _ids(self, path: Mapping[str, str], image_set: str | None) -> list[int]:
        where, values = conditions(path, image_set)
        if "instance" in path:
            where, values = f"{where} AND m.sop_uid = ?", [*values, path["instance"]]
        rows = self._database.all(
            "SELECT m.instance_id, s.id, s.accessed_at FROM image_sets s"  # noqa: S608 - own texts
            f" JOIN members m ON m.image_set_id = s.id AND {CURRENT}"
            f" WHERE {where} ORDER BY m.instance_id",
            *values,
        )
        stale = {row["id"]: row for row in rows if is_stale(row)}
        if stale:
            with self._database.writing() as connection:
                touch(connection, stale.values())
        return [row["instance_id"] for row in rows]

    def _rows(self, found: list[int]) -> Iterator[sqlite3.Row]:
        for at in range(0, len(found), AT_ONCE):
            wanted = found[at : at + AT_ONCE]
            yield from self._database.all(
                f"SELECT * FROM instances WHERE id IN ({', '.join('?' * len(wanted))})"  # noqa: S608
                " ORDER BY id",
                *wanted,
            )
