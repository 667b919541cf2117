"""Finds the rows of image sets, their versions and their instances."""

import sqlite3
import time
from collections.abc import Iterable

from include.localcloud.calls import Call
from include.localcloud.errors import ResourceNotFoundError

ACCESS_SECONDS = 60
VERSION_DIGITS = 18  # what a column holds
NOT_LATEST = "Requested version(s) of ImageSet(s) is not the latest."


def find_image_set(
    connection: sqlite3.Connection, datastore_id: str, image_set_id: str
) -> sqlite3.Row:
    """The image set's row, also of a deleted one.

    Raises:
        ResourceNotFoundError: There never was one with this id.
    """
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM image_sets WHERE datastore_id = ? AND id = ?", (datastore_id, image_set_id)
    ).fetchone()
    if row is None:
        raise ResourceNotFoundError("the image set does not exist")
    return row


def find_existing(
    connection: sqlite3.Connection, datastore_id: str, image_set_id: str
) -> sqlite3.Row:
    """The row of an image set that is not deleted.

    Raises:
        ResourceNotFoundError: It is, or there never was one with this id.
    """
    row = find_image_set(connection, datastore_id, image_set_id)
    if row["state"] == "DELETED" and row["settles_at"] <= time.time():
        raise ResourceNotFoundError("the image set is deleted")
    return row


def find_version(
    connection: sqlite3.Connection, row: sqlite3.Row, number: str | None
) -> sqlite3.Row:
    """The row of an image set's version; of the latest one without a number.

    Raises:
        ResourceNotFoundError: The image set has no such version.
    """
    wanted = _as_number(number) if number else row["version"]
    version: sqlite3.Row | None = connection.execute(
        "SELECT * FROM image_set_versions WHERE image_set_id = ? AND version = ?",
        (row["id"], wanted),
    ).fetchone()
    if version is None:
        raise ResourceNotFoundError("the image set has no such version")
    return version


def require_latest(row: sqlite3.Row, number: str) -> None:
    """Pass if the caller knows the image set's latest version.

    Raises:
        ResourceNotFoundError: It names another one, with the service's words.
    """
    if _as_number(number) != row["version"]:
        raise ResourceNotFoundError(NOT_LATEST)


def members_at(
    connection: sqlite3.Connection, image_set_id: str, version: int
) -> list[sqlite3.Row]:
    """The instances that an image set holds at a version, the latest last."""
    return connection.execute(
        "SELECT i.* FROM members m JOIN instances i ON i.id = m.instance_id"
        " WHERE m.image_set_id = ?1 AND m.from_version <= ?2"
        " AND (m.to_version IS NULL OR m.to_version > ?2) ORDER BY i.id",
        (image_set_id, version),
    ).fetchall()


def is_stale(row: sqlite3.Row) -> bool:
    """Whether an access is to be noted: once a minute is enough."""
    return bool(row["accessed_at"] < time.time() - ACCESS_SECONDS)


def touch(connection: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> None:
    """Note that image sets were accessed now."""
    now = time.time()
    connection.executemany(
        "UPDATE image_sets SET accessed_at = ? WHERE id = ?", [(now, row["id"]) for row in rows]
    )


def image_set_arn(call: Call, row: sqlite3.Row) -> str:
    """The ARN of an image set."""
    return call.arn(row["datastore_id"], row["id"])


def _as_number(version: str) -> int:
    """A version's number; no image set has one of so many digits."""
    return int(version) if len(version) <= VERSION_DIGITS else -1
