"""UpdateImageSetMetadata: attributes changed, instances removed, a version brought back."""

import base64
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.localcloud.attribute_documents import Attributes, Place, read_document
from include.localcloud.attribute_rules import Rules
from include.localcloud.calls import Call, Handler
from include.localcloud.database import Database
from include.localcloud.datastores import find_active_datastore
from include.localcloud.errors import ServiceQuotaExceededError, ValidationError
from include.localcloud.lookups import (
    find_existing,
    find_version,
    members_at,
    require_latest,
    touch,
)
from include.localcloud.quotas import ImageSetLimits, read_quotas
from include.localcloud.revising import amended, save_revised
from include.localcloud.versions import (
    NOT_UNIQUE,
    Change,
    Target,
    add_version,
    drop_member,
    put_member,
    require_small_metadata,
)
from include.localcloud.workflow import require_unlocked

NOT_PRESENT = "INVALID_REQUEST: An updated Series or Instance is not in the ImageSet."
WOULD_BE_EMPTY = "INVALID_REQUEST: An ImageSet holds at least one Instance."


@dataclass(frozen=True)
class Update:
    """What is to be changed, removed, and which instances are to go."""

    updates: Sequence[Attributes]
    removals: Sequence[Attributes]

    def dropped(self, row: sqlite3.Row) -> bool:
        """Whether an instance, or its whole series, is to be removed."""
        return any(
            not found.values and _is_in(found.place, row)
            for found in self.removals
            if found.place.series_uid is not None
        )

    def of(self, row: sqlite3.Row) -> tuple[list[Attributes], list[Attributes]]:
        """The updates and removals that concern an instance."""
        return (
            [found for found in self.updates if found.values and _is_in(found.place, row)],
            [found for found in self.removals if found.values and _is_in(found.place, row)],
        )

    def upper(self) -> "Update":
        """What of it holds for every image set of the study."""
        everywhere = ("Patient", "Study")
        return Update(
            [found for found in self.updates if found.place.level in everywhere],
            [found for found in self.removals if found.place.level in everywhere],
        )

    def fault(self, rows: Sequence[sqlite3.Row]) -> str | None:
        """Why it cannot be applied to these instances, or None."""
        places = [found.place for found in (*self.updates, *self.removals)]
        if not all(any(_is_in(place, row) for row in rows) for place in places):
            return NOT_PRESENT
        return WOULD_BE_EMPTY if all(self.dropped(row) for row in rows) else None


class Updating:
    """The operation that changes an image set's metadata.

    Args:
        database: Keeps them.
        seconds: How long an image set is UPDATING.
        limits: How large an update may be.
    """

    def __init__(
        self, database: Database, *, seconds: float = 0.0, limits: ImageSetLimits | None = None
    ) -> None:
        self._database = database
        self._seconds = seconds
        self._limits = limits or read_quotas().image_set

    def handlers(self) -> Mapping[str, Handler]:
        """One handler for each operation."""
        return {"UpdateImageSetMetadata": self.update}

    def update(self, call: Call) -> Mapping[str, Any]:
        """A new version with the changes, or one that says why it failed."""
        find_active_datastore(self._database, call)
        wanted = call["updateImageSetMetadataUpdates"]
        whole_study = bool(call.get("includeStudyImageSets"))
        update = None
        if wanted.get("DICOMUpdates") is not None:
            update = _read(wanted["DICOMUpdates"], self._limits.update_bytes)
        if update is None and whole_study:
            raise ValidationError("includeStudyImageSets is not supported with revertToVersionId")
        with self._database.writing() as connection:
            row = find_existing(connection, call["datastoreId"], call["imageSetId"])
            require_unlocked(row)
            require_latest(row, call["latestVersionId"])
            if update is None:
                self._revert(connection, row, wanted["revertToVersionId"], call)
            else:
                forced = bool(call.get("force"))
                rules = Rules(forced, bool(row["is_primary"]), whole_study)
                rules.check(update.updates, update.removals)
                done = self._apply(connection, row, update, call)
                if done and whole_study:
                    self._apply_to_study(connection, row, update.upper(), call)
            touch(connection, [row])
            made = find_existing(connection, call["datastoreId"], call["imageSetId"])
        return _answer(made)

    def _apply(
        self, connection: sqlite3.Connection, row: sqlite3.Row, update: Update, call: Call
    ) -> bool:
        rows = members_at(connection, row["id"], row["version"])
        target = Target(row["id"], row["version"] + 1, bool(row["is_primary"]))
        forced = bool(call.get("force"))
        fault = update.fault(rows) or _fault_of_changing(connection, target, rows, update)
        if fault:
            failed = Change("UPDATE_FAILED", "UPDATING", self._seconds, forced, fault)
            add_version(connection, target, failed)
            return False
        require_small_metadata(connection, target, self._limits.metadata_bytes)
        is_asked_for = row["id"] == call["imageSetId"]
        meanwhile = "UPDATING" if is_asked_for else "UPDATING_FOR_STUDY_CONSISTENCY"
        add_version(connection, target, Change("UPDATED", meanwhile, self._seconds, forced))
        return True

    def _apply_to_study(
        self, connection: sqlite3.Connection, row: sqlite3.Row, update: Update, call: Call
    ) -> None:
        for sibling in _siblings(connection, row) if update.updates or update.removals else ():
            require_unlocked(sibling)
            self._apply(connection, sibling, update, call)

    def _revert(
        self, connection: sqlite3.Connection, row: sqlite3.Row, number: str, call: Call
    ) -> None:
        version = find_version(connection, row, number)["version"]
        target = Target(row["id"], row["version"] + 1, bool(row["is_primary"]))
        before = members_at(connection, row["id"], version)
        for member in members_at(connection, row["id"], row["version"]):
            drop_member(connection, target, member["sop_uid"])
        for member in before:
            put_member(connection, target, member["sop_uid"], member["id"])
        forced = bool(call.get("force"))
        add_version(connection, target, Change("UPDATED", "UPDATING", self._seconds, forced))


def _read(wanted: Mapping[str, Any], most: int) -> Update:
    documents = {
        name: base64.b64decode(wanted[name])
        for name in ("updatableAttributes", "removableAttributes")
        if wanted.get(name)
    }
    if not documents:
        raise ValidationError("DICOMUpdates has neither updatableAttributes nor removable ones")
    if sum(map(len, documents.values())) > most:
        raise ServiceQuotaExceededError(f"UpdateImageSetMetadata takes {most} bytes at most")
    read = {name: read_document(text) for name, text in documents.items()}
    return Update(read.get("updatableAttributes", []), read.get("removableAttributes", []))


def _fault_of_changing(
    connection: sqlite3.Connection, target: Target, rows: Sequence[sqlite3.Row], update: Update
) -> str | None:
    """Why the instances cannot be changed, and then none is; None if they are changed."""
    connection.execute("SAVEPOINT changing")
    made = [found for row in rows if (found := _changed(connection, target, row, update))]
    # all have left their places before the first takes a new one, which may be a neighbour's
    for uid, number, is_new in made:
        if is_new:
            put_member(connection, target, uid, number)
    is_unique = len({uid for uid, _, _ in made}) == len(made)
    if not is_unique:
        connection.execute("ROLLBACK TO changing")
    connection.execute("RELEASE changing")
    return None if is_unique else NOT_UNIQUE


def _changed(
    connection: sqlite3.Connection, target: Target, member: sqlite3.Row, update: Update
) -> tuple[str, int, bool] | None:
    """SOPInstanceUID, row and whether that is new of what becomes of an instance, if it stays."""
    if update.dropped(member):
        drop_member(connection, target, member["sop_uid"])
        return None
    updates, removals = update.of(member)
    if not updates and not removals:
        return member["sop_uid"], member["id"], False
    changed = amended(member, updates, removals)
    drop_member(connection, target, member["sop_uid"])
    return str(changed.SOPInstanceUID), save_revised(connection, member, changed), True


def _is_in(place: Place, row: sqlite3.Row) -> bool:
    return place.series_uid in (None, row["series_uid"]) and place.sop_uid in (
        None,
        row["sop_uid"],
    )


def _siblings(connection: sqlite3.Connection, row: sqlite3.Row) -> list[sqlite3.Row]:
    """The study's other primary image sets (DG/update-image-set-metadata)."""
    return connection.execute(
        "SELECT * FROM image_sets WHERE datastore_id = ? AND study_uid = ? AND is_primary"
        " AND state != 'DELETED' AND id != ?",
        (row["datastore_id"], row["study_uid"], row["id"]),
    ).fetchall()


def _answer(row: sqlite3.Row) -> Mapping[str, Any]:
    return {
        "datastoreId": row["datastore_id"],
        "imageSetId": row["id"],
        "latestVersionId": str(row["version"]),
        "imageSetState": "LOCKED",
        "imageSetWorkflowStatus": "UPDATING",
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
    }
