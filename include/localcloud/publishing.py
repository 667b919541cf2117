"""Puts the instances of a finished job into image sets, in one transaction."""

import sqlite3
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from include.localcloud.search_tags import search_columns


@dataclass(frozen=True)
class Target:
    """The image set, and its version, that a group of instances goes into."""

    image_set_id: str
    version: int
    is_primary: bool


def publish(connection: sqlite3.Connection, job: sqlite3.Row) -> None:
    """Make or extend image sets of all that the job imported; a second call does nothing.

    A series joins its primary image set when all grouping elements agree with it, which then
    gets a new version; the first becomes the primary one; what disagrees gets a non-primary
    image set of its own (DG/understanding-image-sets). A job's files of one series and one
    grouping make one new version; of two files with one SOPInstanceUID the later key stays.
    """
    done = connection.execute("SELECT published FROM jobs WHERE id = ?", (job["id"],)).fetchone()
    if done["published"]:
        return
    for rows in _groups(connection, job["id"]):
        target = _target(connection, job["datastore_id"], rows[0])
        for row in rows:
            _join(connection, target, row)
        _refresh(connection, target, rows[-1])
    connection.execute("UPDATE jobs SET published = 1 WHERE id = ?", (job["id"],))


def _groups(connection: sqlite3.Connection, job_id: str) -> Iterator[list[sqlite3.Row]]:
    rows = connection.execute(
        "SELECT f.job_id, f.key, i.id, i.series_uid, i.sop_uid, i.grouping FROM job_files f"
        " JOIN instances i ON i.id = f.instance_id WHERE f.job_id = ?"
        " ORDER BY i.series_uid, i.grouping, f.key",
        (job_id,),
    ).fetchall()
    for _, group in groupby(rows, key=lambda row: (row["series_uid"], row["grouping"])):
        yield list(group)


def _target(connection: sqlite3.Connection, datastore_id: str, row: sqlite3.Row) -> Target:
    primary = connection.execute(
        "SELECT id, version, grouping FROM image_sets WHERE datastore_id = ? AND series_uid = ?"
        " AND is_primary AND state != 'DELETED'",
        (datastore_id, row["series_uid"]),
    ).fetchone()
    if primary and primary["grouping"] == row["grouping"]:
        return Target(primary["id"], primary["version"] + 1, is_primary=True)
    target = Target(uuid.uuid4().hex, 1, is_primary=primary is None)
    now = time.time()
    values: dict[str, Any] = {
        "id": target.image_set_id,
        "datastore_id": datastore_id,
        "is_primary": target.is_primary,
        "version": 1,
        "state": "ACTIVE",
        "workflow_status": "CREATED",
        "created_at": now,
        "updated_at": now,
        "accessed_at": now,
        "grouping": row["grouping"],
        "series_uid": row["series_uid"],
        **search_columns(connection, row["id"]),
    }
    connection.execute(
        f"INSERT INTO image_sets ({', '.join(values)})"  # noqa: S608 - the names are our own
        f" VALUES ({', '.join('?' * len(values))})",
        tuple(values.values()),
    )
    return target


def _join(connection: sqlite3.Connection, target: Target, row: sqlite3.Row) -> None:
    current = (target.image_set_id, row["sop_uid"])
    connection.execute(
        "DELETE FROM members WHERE image_set_id = ? AND sop_uid = ? AND from_version = ?",
        (*current, target.version),
    )
    connection.execute(
        "UPDATE members SET to_version = ? WHERE image_set_id = ? AND sop_uid = ?"
        " AND to_version IS NULL",
        (target.version, *current),
    )
    connection.execute(
        "INSERT INTO members VALUES (?, ?, ?, ?, NULL)", (*current, row["id"], target.version)
    )
    connection.execute(
        "UPDATE job_files SET image_set_id = ?, image_set_version = ?, is_primary = ?"
        " WHERE job_id = ? AND key = ?",
        (target.image_set_id, target.version, target.is_primary, row["job_id"], row["key"]),
    )


def _refresh(connection: sqlite3.Connection, target: Target, latest: sqlite3.Row) -> None:
    now = time.time()
    status = "CREATED" if target.version == 1 else "UPDATED"
    columns = search_columns(connection, latest["id"])
    connection.execute(
        "UPDATE image_sets SET version = ?, workflow_status = ?, updated_at = ?, tags = ?,"
        " study_moment = ? WHERE id = ?",
        (
            target.version,
            status,
            now,
            columns["tags"],
            columns["study_moment"],
            target.image_set_id,
        ),
    )
    connection.execute(
        "INSERT INTO image_set_versions VALUES (?, ?, ?, ?)",
        (target.image_set_id, target.version, status, now),
    )


def imported_per_image_set(connection: sqlite3.Connection, job_id: str) -> list[dict[str, Any]]:
    """`imageSetsSummary` of the job's manifest."""
    rows = connection.execute(
        "SELECT image_set_id, image_set_version, is_primary, count(*) AS files FROM job_files"
        " WHERE job_id = ? AND image_set_id IS NOT NULL GROUP BY image_set_id ORDER BY min(key)",
        (job_id,),
    )
    return [
        {
            "imageSetId": row["image_set_id"],
            "imageSetVersion": row["image_set_version"],
            "isPrimary": bool(row["is_primary"]),
            "numberOfMatchedSOPInstances": row["files"],
        }
        for row in rows
    ]
