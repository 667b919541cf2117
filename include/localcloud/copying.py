"""CopyImageSet: into a new image set, into another one, or into the primary one."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.localcloud.attribute_documents import read_document
from include.localcloud.calls import Call, Handler
from include.localcloud.database import Database
from include.localcloud.datastores import find_active_datastore
from include.localcloud.errors import ConflictError, ServiceQuotaExceededError, ValidationError
from include.localcloud.lookups import (
    find_existing,
    image_set_arn,
    members_at,
    require_latest,
    touch,
)
from include.localcloud.publishing import agrees_with_study, find_primary
from include.localcloud.quotas import ImageSetLimits, read_quotas
from include.localcloud.revising import filed_like, save_copy, save_revised
from include.localcloud.search_tags import load_metadata
from include.localcloud.versions import (
    NOT_UNIQUE,
    Change,
    Target,
    add_version,
    create_image_set,
    put_member,
    require_small_metadata,
)
from include.localcloud.workflow import READ_ONLY, lock, require_unlocked

LEVELS = ("Patient", "Study", "Series")
OTHER_SERIES = "INVALID_REQUEST:  Series of SourceImageSet and DestinationImageSet don't match."
INCONSISTENT = "INVALID_REQUEST: {} of SourceImageSet and DestinationImageSet are inconsistent."


@dataclass(frozen=True)
class Destination:
    """Where a copy goes.

    Attributes:
        row: The image set that takes it; None makes a new one.
        replaces: Whether what is copied overwrites instances with the same SOPInstanceUID.
    """

    row: sqlite3.Row | None
    replaces: bool = False


class Copying:
    """The operation that copies image sets.

    Args:
        database: Keeps them.
        seconds: How long source and destination are locked.
        limits: How large a copy may be.
    """

    def __init__(
        self, database: Database, *, seconds: float = 0.0, limits: ImageSetLimits | None = None
    ) -> None:
        self._database = database
        self._seconds = seconds
        self._limits = limits or read_quotas().image_set

    def handlers(self) -> Mapping[str, Handler]:
        """One handler for each operation."""
        return {"CopyImageSet": self.copy}

    def copy(self, call: Call) -> Mapping[str, Any]:
        """Source and destination while the copy is under way.

        A copy is no primary image set. With `promoteToPrimary` it becomes the primary one of its
        series, under a new id; if the series has a primary one already, that takes the copy as a
        new version, in which what is copied stands for what it held (DG/copy-image-set). What
        contradicts a destination makes a COPY_FAILED version of it that says why.
        """
        find_active_datastore(self._database, call)
        information = call["copyImageSetInformation"]
        with self._database.writing() as connection:
            source = find_existing(connection, call["datastoreId"], call["sourceImageSetId"])
            require_unlocked(source)
            require_latest(source, information["sourceImageSet"]["latestVersionId"])
            rows = _chosen(connection, source, information["sourceImageSet"].get("DICOMCopies"))
            _require_few_frames(rows, self._limits.copy_frames)
            destination = _destination(connection, call, source)
            target = self._write(connection, call, rows, destination)
            lock(connection, source["id"], READ_ONLY, self._seconds)
            made = find_existing(connection, call["datastoreId"], target.image_set_id)
            touch(connection, [source, made])
        return {
            "datastoreId": call["datastoreId"],
            "sourceImageSetProperties": _properties(call, source, READ_ONLY),
            "destinationImageSetProperties": _properties(call, made, "COPYING"),
        }

    def _write(
        self,
        connection: sqlite3.Connection,
        call: Call,
        rows: Sequence[sqlite3.Row],
        destination: Destination,
    ) -> Target:
        forced, row = bool(call.get("force")), destination.row
        if row is None:
            promoted = bool(call.get("promoteToPrimary"))
            target = create_image_set(
                connection, call["datastoreId"], rows[0]["id"], is_primary=promoted
            )
            fault, model = None, None
        else:
            target = Target(row["id"], row["version"] + 1, bool(row["is_primary"]))
            held = members_at(connection, row["id"], row["version"])
            model = held[-1]
            fault = _fault(rows, held, destination, forced=forced)
        status = "COPY_FAILED" if fault else "COPIED"
        for member in () if fault else rows:
            _copy(connection, target, member, model)
        require_small_metadata(connection, target, self._limits.metadata_bytes)
        change = Change(status, "COPYING", self._seconds, forced, fault)
        add_version(connection, target, change)
        return target


def _chosen(
    connection: sqlite3.Connection, source: sqlite3.Row, copies: Mapping[str, Any] | None
) -> list[sqlite3.Row]:
    """The instances to copy; a series' key in the document is not looked at.

    The service's own examples put the series' UID there, or the image set's id.
    """
    rows = members_at(connection, source["id"], source["version"])
    if copies is not None:
        document = read_document(copies["copiableAttributes"])
        wanted = {found.place.sop_uid for found in document if found.place.sop_uid}
        if not wanted or not wanted.issubset(row["sop_uid"] for row in rows):
            raise ValidationError("copiableAttributes names no Instance, or one not in the source")
        rows = [row for row in rows if row["sop_uid"] in wanted]
    if not rows:
        raise ValidationError("the source image set holds no Instance")
    return rows


def _require_few_frames(rows: Sequence[sqlite3.Row], most: int) -> None:
    if sum(len(load_metadata(row)["frames"]) for row in rows) > most:
        raise ServiceQuotaExceededError(f"a copy has at most {most} image frames")


def _destination(connection: sqlite3.Connection, call: Call, source: sqlite3.Row) -> Destination:
    """Where the copy goes.

    Raises:
        ResourceNotFoundError: The destination does not exist, or has another latest version.
        ConflictError: It is locked, or the copy cannot become primary.
        ValidationError: It is the source.
    """
    wanted = call["copyImageSetInformation"].get("destinationImageSet")
    promoted = bool(call.get("promoteToPrimary"))
    if promoted and source["is_primary"]:
        raise ValidationError("the source is a primary image set already")
    row = None
    if wanted is not None:
        row = find_existing(connection, call["datastoreId"], wanted["imageSetId"])
        require_latest(row, wanted["latestVersionId"])
    elif promoted:
        row = find_primary(connection, call["datastoreId"], source["series_uid"])
    if row is None:
        if promoted and not agrees_with_study(connection, call["datastoreId"], source["grouping"]):
            raise ConflictError("the study's primary image sets have another patient or study")
        return Destination(None)
    if row["id"] == source["id"]:
        raise ValidationError("source and destination are the same image set")
    if promoted and not row["is_primary"]:
        raise ValidationError("the destination is no primary image set")
    require_unlocked(row)
    return Destination(row, replaces=promoted)


def _fault(
    rows: Sequence[sqlite3.Row],
    held: Sequence[sqlite3.Row],
    destination: Destination,
    *,
    forced: bool,
) -> str | None:
    """Why the rows cannot join what the destination holds, or None."""
    there = {row["sop_uid"] for row in held}
    if not destination.replaces and any(row["sop_uid"] in there for row in rows):
        return NOT_UNIQUE
    if forced:
        return None
    if rows[-1]["series_uid"] != held[-1]["series_uid"]:
        return OTHER_SERIES
    ours, theirs = load_metadata(rows[-1])["levels"], load_metadata(held[-1])["levels"]
    differing = [level for level in LEVELS if ours[level] != theirs[level]]
    return INCONSISTENT.format(", ".join(differing)) if differing else None


def _copy(
    connection: sqlite3.Connection, target: Target, row: sqlite3.Row, model: sqlite3.Row | None
) -> None:
    """Copy an instance; patient, study and series become the destination's."""
    if model is None or _filed_alike(row, model):
        number = save_copy(connection, row)
    else:
        number = save_revised(connection, row, filed_like(row, model))
    put_member(connection, target, row["sop_uid"], number)


def _filed_alike(row: sqlite3.Row, model: sqlite3.Row) -> bool:
    ours, theirs = load_metadata(row)["levels"], load_metadata(model)["levels"]
    return all(ours[level] == theirs[level] for level in LEVELS)


def _properties(call: Call, row: sqlite3.Row, status: str) -> dict[str, Any]:
    return {
        "imageSetId": row["id"],
        "latestVersionId": str(row["version"]),
        "imageSetState": "LOCKED",
        "imageSetWorkflowStatus": status,
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
        "imageSetArn": image_set_arn(call, row),
    }
