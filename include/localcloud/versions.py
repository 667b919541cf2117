"""Writes versions of image sets: which instances each one holds, and how it came to be."""

import sqlite3
import time
import uuid
from dataclasses import dataclass
from typing import Any

from include.localcloud.errors import ServiceQuotaExceededError
from include.localcloud.search_tags import search_columns
from include.localcloud.workflow import lock

NOT_UNIQUE = "INVALID_REQUEST: SOPInstanceUIDs must be unique within an ImageSet."


@dataclass(frozen=True)
class Target:
    """The image set, and its version, that a group of instances goes into."""

    image_set_id: str
    version: int
    is_primary: bool


@dataclass(frozen=True)
class Change:
    """How a version came to be.

    Attributes:
        status: Its workflow status once it has settled.
        meanwhile: Its workflow status until then.
        seconds: How long that takes.
        forced: Whether the caller overrode the service's checks.
        message: Why it failed, without values.
    """

    status: str
    meanwhile: str = ""
    seconds: float = 0.0
    forced: bool = False
    message: str | None = None


def create_image_set(
    connection: sqlite3.Connection, datastore_id: str, instance_id: int, *, is_primary: bool
) -> Target:
    """A new image set without members, filed under what one of its instances says."""
    target = Target(uuid.uuid4().hex, 1, is_primary)
    now = time.time()
    values: dict[str, Any] = {
        "id": target.image_set_id,
        "datastore_id": datastore_id,
        "is_primary": is_primary,
        "version": 1,
        "state": "ACTIVE",
        "workflow_status": "CREATED",
        "created_at": now,
        "updated_at": now,
        "accessed_at": now,
        **search_columns(connection, instance_id),
    }
    connection.execute(
        f"INSERT INTO image_sets ({', '.join(values)})"  # noqa: S608 - the names are our own
        f" VALUES ({', '.join('?' * len(values))})",
        tuple(values.values()),
    )
    return target


def put_member(
    connection: sqlite3.Connection, target: Target, sop_uid: str, instance_id: int
) -> None:
    """Put an instance into a version, in place of one with the same SOPInstanceUID."""
    drop_member(connection, target, sop_uid)
    connection.execute(
        "INSERT INTO members VALUES (?, ?, ?, ?, NULL)",
        (target.image_set_id, sop_uid, instance_id, target.version),
    )


def drop_member(connection: sqlite3.Connection, target: Target, sop_uid: str) -> None:
    """Leave an instance out of a version; versions before keep it."""
    current = (target.image_set_id, sop_uid)
    connection.execute(
        "DELETE FROM members WHERE image_set_id = ? AND sop_uid = ? AND from_version = ?",
        (*current, target.version),
    )
    connection.execute(
        "UPDATE members SET to_version = ? WHERE image_set_id = ? AND sop_uid = ?"
        " AND to_version IS NULL",
        (target.version, *current),
    )


def metadata_bytes(connection: sqlite3.Connection, target: Target) -> int:
    """About how large the metadata is of an image set with its new members."""
    row = connection.execute(
        "SELECT sum(i.metadata_bytes) FROM members m JOIN instances i ON i.id = m.instance_id"
        " WHERE m.image_set_id = ? AND m.to_version IS NULL",
        (target.image_set_id,),
    ).fetchone()
    return int(row[0] or 0)


def require_small_metadata(connection: sqlite3.Connection, target: Target, most: int) -> None:
    """Pass if an image set's metadata is no larger than it may be.

    Raises:
        ServiceQuotaExceededError: It is.
    """
    if metadata_bytes(connection, target) > most:
        raise ServiceQuotaExceededError(f"metadata of an image set has at most {most} bytes")


def add_version(connection: sqlite3.Connection, target: Target, change: Change) -> None:
    """Make the target's version the latest one, whose latest instance says where it is filed."""
    now = time.time()
    values: dict[str, Any] = {
        "version": target.version,
        "workflow_status": change.status,
        "updated_at": now,
    }
    latest = connection.execute(
        "SELECT max(instance_id) FROM members WHERE image_set_id = ? AND to_version IS NULL",
        (target.image_set_id,),
    ).fetchone()[0]
    if latest is not None:
        values |= search_columns(connection, latest)
    connection.execute(
        f"UPDATE image_sets SET {', '.join(f'{name} = ?' for name in values)}"  # noqa: S608 - ours
        " WHERE id = ?",
        (*values.values(), target.image_set_id),
    )
    connection.execute(
        "INSERT INTO image_set_versions (image_set_id, version, workflow_status, created_at,"
        " message, forced) VALUES (?, ?, ?, ?, ?, ?)",
        (target.image_set_id, target.version, change.status, now, change.message, change.forced),
    )
    if change.meanwhile:
        lock(connection, target.image_set_id, change.meanwhile, change.seconds)
