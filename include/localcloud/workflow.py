"""What an image set is doing now, told from stored times, so that a restart goes on with it.

What an operation does is done at once; until `settles_at` the image set is LOCKED and says what
is being done to it, and other writers are refused.
"""

import sqlite3
import time

from include.localcloud.errors import ConflictError

READ_ONLY = "COPYING_WITH_READ_ONLY_ACCESS"
NOT_CONSISTENT = (
    "Requested ImageSet metadata is not consistent yet. Please retry after a few seconds."
)

EXISTS = "NOT (state = 'DELETED' AND settles_at <= ?)"


def is_locked(row: sqlite3.Row) -> bool:
    """Whether an operation on the image set is under way."""
    return bool(row["settles_at"] > time.time())


def state_of(row: sqlite3.Row) -> tuple[str, str]:
    """`imageSetState` and `imageSetWorkflowStatus` at this moment."""
    if is_locked(row):
        return "LOCKED", row["meanwhile"]
    return row["state"], row["workflow_status"]


def require_unlocked(row: sqlite3.Row) -> None:
    """Pass if the image set can be written to.

    Raises:
        ConflictError: It is locked (DG/update-image-set-metadata).
    """
    if is_locked(row):
        raise ConflictError("the image set is LOCKED by an operation that is under way")


def require_readable(row: sqlite3.Row) -> None:
    """Pass unless the image set is being deleted.

    Raises:
        ConflictError: It is.
    """
    if is_locked(row) and row["meanwhile"] == "DELETING":
        raise ConflictError("the image set is being deleted")


def require_consistent(row: sqlite3.Row, version: sqlite3.Row, seconds: float) -> None:
    """Pass if a version's metadata can be read.

    Args:
        row: The image set.
        version: The version of it that is asked for.
        seconds: How long metadata takes to become consistent after a version was made.

    Raises:
        ConflictError: It is still being processed (DG/understanding-image-sets).
    """
    is_latest = version["version"] == row["version"]
    in_the_making = is_latest and is_locked(row) and row["meanwhile"] != READ_ONLY
    if in_the_making or time.time() < version["created_at"] + seconds:
        raise ConflictError(NOT_CONSISTENT)


def lock(connection: sqlite3.Connection, image_set_id: str, meanwhile: str, seconds: float) -> None:
    """Lock an image set for so long, under this workflow status."""
    connection.execute(
        "UPDATE image_sets SET settles_at = ?, meanwhile = ? WHERE id = ?",
        (time.time() + seconds if seconds else 0.0, meanwhile, image_set_id),
    )
