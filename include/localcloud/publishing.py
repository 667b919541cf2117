"""Puts the instances of a finished job into image sets, in one transaction."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from include.localcloud.versions import (
    Change,
    Target,
    add_version,
    create_image_set,
    metadata_bytes,
    put_member,
)

TOO_LARGE = "ImageSetMetadata exceeds the maximum size"
OF_A_STUDY = ("StudyDate", "AccessionNumber", "PatientID", "StudyID")


@dataclass(frozen=True)
class Joining:
    """How the instances of a job come into image sets.

    Attributes:
        as_conflict: All gets new, non-primary image sets.
        joins: Image sets of earlier jobs take more.
        most_bytes: How large the metadata of an image set may become; files beyond it fail.
    """

    as_conflict: bool = False
    joins: bool = True
    most_bytes: int | None = None


AS_USUAL = Joining()


def publish(connection: sqlite3.Connection, job: sqlite3.Row, how: Joining = AS_USUAL) -> list[str]:
    """Make or extend image sets of all that the job imported; a second call does nothing.

    A series joins its primary image set when all grouping elements agree with it, which then
    gets a new version; the first becomes the primary one if its patient and study agree with
    the study's other primary ones; what disagrees gets a non-primary image set of its own
    (DG/understanding-image-sets). A job's files of one series and one
    grouping make one new version; of two files with one SOPInstanceUID the later key stays.

    Returns:
        The blobs of files that failed only now; nothing names them any more.
    """
    done = connection.execute("SELECT published FROM jobs WHERE id = ?", (job["id"],)).fetchone()
    unnamed: list[str] = []
    if done["published"]:
        return unnamed
    for rows in _groups(connection, job["id"]):
        if not _published(connection, job["datastore_id"], rows, how):
            unnamed += _refuse(connection, rows)
    connection.execute("UPDATE jobs SET published = 1 WHERE id = ?", (job["id"],))
    return unnamed


def _published(
    connection: sqlite3.Connection, datastore_id: str, rows: list[sqlite3.Row], how: Joining
) -> bool:
    """Whether instances of one series and grouping are in an image set now."""
    connection.execute("SAVEPOINT joining")
    target = _target(connection, datastore_id, rows[0], how)
    for row in rows:
        _join(connection, target, row)
    fits = how.most_bytes is None or metadata_bytes(connection, target) <= how.most_bytes
    if fits:
        add_version(connection, target, Change("CREATED" if target.version == 1 else "UPDATED"))
    else:
        connection.execute("ROLLBACK TO joining")
    connection.execute("RELEASE joining")
    return fits


def locked_until(connection: sqlite3.Connection, job: sqlite3.Row) -> float:
    """When the last lock ends of the primary image sets whose series the job imported."""
    row = connection.execute(
        "SELECT max(settles_at) FROM image_sets WHERE datastore_id = ? AND is_primary"
        " AND state != 'DELETED' AND series_uid IN (SELECT i.series_uid FROM job_files f"
        " JOIN instances i ON i.id = f.instance_id WHERE f.job_id = ?)",
        (job["datastore_id"], job["id"]),
    ).fetchone()
    return float(row[0] or 0.0)


def discard_unpublished(connection: sqlite3.Connection, job_id: str) -> list[str]:
    """The blobs of what a job imported before it failed as a whole; nothing names them any more."""
    rows = connection.execute(
        "SELECT i.id, i.blob FROM jobs j JOIN job_files f ON f.job_id = j.id"
        " JOIN instances i ON i.id = f.instance_id WHERE j.id = ? AND NOT j.published",
        (job_id,),
    ).fetchall()
    return _discard(connection, rows)


def _refuse(connection: sqlite3.Connection, rows: list[sqlite3.Row]) -> list[str]:
    """Let files fail, and discard their instances; the blobs that nothing names any more."""
    connection.executemany(
        "UPDATE job_files SET outcome = 'customer_error', message = ?, warnings = '[]',"
        " instance_id = NULL WHERE job_id = ? AND key = ?",
        [(TOO_LARGE, row["job_id"], row["key"]) for row in rows],
    )
    return _discard(connection, rows)


def _discard(connection: sqlite3.Connection, rows: list[sqlite3.Row]) -> list[str]:
    blobs = [row["blob"] for row in rows if row["blob"]]
    connection.executemany("DELETE FROM instances WHERE id = ?", [(row["id"],) for row in rows])
    connection.executemany("DELETE FROM frames WHERE blob = ?", [(blob,) for blob in blobs])
    return blobs


def _groups(connection: sqlite3.Connection, job_id: str) -> Iterator[list[sqlite3.Row]]:
    rows = connection.execute(
        "SELECT f.job_id, f.key, i.id, i.series_uid, i.sop_uid, i.grouping, i.blob FROM job_files f"
        " JOIN instances i ON i.id = f.instance_id WHERE f.job_id = ?"
        " ORDER BY i.series_uid, i.grouping, f.key",
        (job_id,),
    ).fetchall()
    for _, group in groupby(rows, key=lambda row: (row["series_uid"], row["grouping"])):
        yield list(group)


def _target(
    connection: sqlite3.Connection, datastore_id: str, row: sqlite3.Row, how: Joining
) -> Target:
    if how.as_conflict:
        return create_image_set(connection, datastore_id, row["id"], is_primary=False)
    primary = find_primary(connection, datastore_id, row["series_uid"])
    if how.joins and primary and primary["grouping"] == row["grouping"]:
        return Target(primary["id"], primary["version"] + 1, is_primary=True)
    is_primary = primary is None and agrees_with_study(connection, datastore_id, row["grouping"])
    return create_image_set(connection, datastore_id, row["id"], is_primary=is_primary)


def find_primary(
    connection: sqlite3.Connection, datastore_id: str, series_uid: str
) -> sqlite3.Row | None:
    """The primary image set of a series; there is one at most."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM image_sets WHERE datastore_id = ? AND series_uid = ?"
        " AND is_primary AND state != 'DELETED'",
        (datastore_id, series_uid),
    ).fetchone()
    return row


def agrees_with_study(connection: sqlite3.Connection, datastore_id: str, grouping: str) -> bool:
    """Whether a series' patient and study are those of the study's other primary image sets."""
    wanted = json.loads(grouping)
    others = connection.execute(
        "SELECT DISTINCT grouping FROM image_sets WHERE datastore_id = ?"
        " AND study_uid = ? AND is_primary AND state != 'DELETED'",
        (datastore_id, wanted["StudyInstanceUID"]),
    )
    return all(
        json.loads(other["grouping"])[keyword] == wanted[keyword]
        for other in others
        for keyword in OF_A_STUDY
    )


def _join(connection: sqlite3.Connection, target: Target, row: sqlite3.Row) -> None:
    put_member(connection, target, row["sop_uid"], row["id"])
    connection.execute(
        "UPDATE job_files SET image_set_id = ?, image_set_version = ?, is_primary = ?"
        " WHERE job_id = ? AND key = ?",
        (target.image_set_id, target.version, target.is_primary, row["job_id"], row["key"]),
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
