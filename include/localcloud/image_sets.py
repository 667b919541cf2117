"""Image sets: their properties, versions, metadata and frames."""

import gzip
import json
import sqlite3
import time
from collections.abc import Mapping
from typing import Any

from include.localcloud import paging
from include.localcloud.answer_forms import frame_type, implied_syntax, metadata_type
from include.localcloud.blobs import Blobs
from include.localcloud.calls import Call, Handler
from include.localcloud.database import Database
from include.localcloud.datastores import find_active_datastore
from include.localcloud.dialect import Dialect
from include.localcloud.errors import ResourceNotFoundError
from include.localcloud.image_set_metadata import assemble
from include.localcloud.lookups import (
    find_existing,
    find_image_set,
    find_version,
    image_set_arn,
    is_stale,
    members_at,
    touch,
)
from include.localcloud.workflow import (
    lock,
    require_consistent,
    require_readable,
    require_unlocked,
    state_of,
)

HOT_SECONDS = 30 * 86_400


class ImageSets:
    """The operations on single image sets.

    Args:
        database: Keeps them.
        blobs: Keeps their frames.
        seconds: How long one is DELETING.
        dialect: Which forms answers have.
        metadata_seconds: How long a new version's metadata is not consistent yet.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        dialect: Dialect | None = None,
        *,
        seconds: float = 0.0,
        metadata_seconds: float = 0.0,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._dialect = dialect or Dialect()
        self._seconds = seconds
        self._metadata_seconds = metadata_seconds

    def handlers(self) -> Mapping[str, Handler]:
        """One handler for each operation."""
        return {
            "GetImageSet": self.get,
            "ListImageSetVersions": self.list_versions,
            "GetImageSetMetadata": self.get_metadata,
            "GetImageFrame": self.get_frame,
            "DeleteImageSet": self.delete,
        }

    def get(self, call: Call) -> Mapping[str, Any]:
        """Properties of an image set at a version, the latest one by default."""
        row = self._row(call)
        with self._database.reading() as connection:
            version = find_version(connection, row, call.get("versionId"))
        properties = _properties(row, version)
        return {
            **properties,
            "datastoreId": row["datastore_id"],
            "imageSetWorkflowStatus": properties["ImageSetWorkflowStatus"],
            "imageSetArn": image_set_arn(call, row),
            "lastAccessedAt": row["accessed_at"],
            "storageTier": storage_tier(row),
        }

    def list_versions(self, call: Call) -> Mapping[str, Any]:
        """All versions of an image set, the newest first."""
        row = self._row(call)
        before = paging.last_seen(call) or [1 << 62]
        rows = self._database.all(
            "SELECT * FROM image_set_versions WHERE image_set_id = ? AND version < ?"
            " ORDER BY version DESC LIMIT ?",
            row["id"],
            *before,
            paging.page_size(call) + 1,
        )
        page, token = paging.cut(call, rows, lambda version: [version["version"]])
        versions = [_properties(row, version) for version in page]
        return {"imageSetPropertiesList": versions, "nextToken": token}

    def get_metadata(self, call: Call) -> Mapping[str, Any]:
        """The metadata of an image set at a version, as gzipped JSON."""
        row = self._readable(call)
        with self._database.reading() as connection:
            version = find_version(connection, row, call.get("versionId"))
            require_consistent(row, version, self._metadata_seconds)
            members = members_at(connection, row["id"], version["version"])
        if not members:  # between two statements
            raise ResourceNotFoundError("the image set is deleted")
        store = find_active_datastore(self._database, call)
        document = assemble(members, row, implied_syntax(self._dialect, store))
        self._touch(row)
        data = json.dumps(document, ensure_ascii=False).encode()
        return {
            "imageSetMetadataBlob": gzip.compress(data, 1, mtime=0),
            "contentType": metadata_type(self._dialect),
            "contentEncoding": "gzip",
        }

    def get_frame(self, call: Call) -> Mapping[str, Any]:
        """A frame's bytes as they are stored, of any version of the image set."""
        row = self._readable(call)
        frame = self._database.one(
            "SELECT f.* FROM frames f JOIN instances i ON i.blob = f.blob"
            " JOIN members m ON m.instance_id = i.id WHERE f.id = ? AND m.image_set_id = ?",
            call["imageFrameInformation"]["imageFrameId"],
            row["id"],
        )
        if frame is None:
            raise ResourceNotFoundError("the image frame does not exist in the image set")
        self._touch(row)
        try:
            data = self._blobs.read(frame["blob"], frame["position"], frame["length"])
        except FileNotFoundError:
            raise ResourceNotFoundError("the image set is deleted") from None
        kind = frame_type(self._dialect, self._database, frame)
        return {"imageFrameBlob": data, "contentType": kind}

    def delete(self, call: Call) -> Mapping[str, Any]:
        """Delete an image set with all versions; its properties can still be looked at."""
        find_active_datastore(self._database, call)
        with self._database.writing() as connection:
            row = find_existing(connection, call["datastoreId"], call["imageSetId"])
            require_unlocked(row)
            unnamed = _remove_instances(connection, row["id"])
            now = time.time()
            connection.execute(
                "UPDATE image_sets SET state = 'DELETED', workflow_status = 'DELETED',"
                " deleted_at = ?, updated_at = ? WHERE id = ?",
                (now + self._seconds, now, row["id"]),
            )
            lock(connection, row["id"], "DELETING", self._seconds)
        for blob in unnamed:
            self._blobs.remove(blob)
        return {
            "datastoreId": row["datastore_id"],
            "imageSetId": row["id"],
            "imageSetState": "LOCKED",
            "imageSetWorkflowStatus": "DELETING",
        }

    def _row(self, call: Call) -> sqlite3.Row:
        find_active_datastore(self._database, call)
        with self._database.reading() as connection:
            return find_image_set(connection, call["datastoreId"], call["imageSetId"])

    def _readable(self, call: Call) -> sqlite3.Row:
        find_active_datastore(self._database, call)
        with self._database.reading() as connection:
            row = find_existing(connection, call["datastoreId"], call["imageSetId"])
        require_readable(row)
        return row

    def _touch(self, row: sqlite3.Row) -> None:
        if is_stale(row):
            with self._database.writing() as connection:
                touch(connection, [row])


def _properties(row: sqlite3.Row, version: sqlite3.Row) -> dict[str, Any]:
    """What GetImageSet and ListImageSetVersions both tell of a version."""
    state, status = state_of(row)
    if version["version"] != row["version"] and state != "DELETED":
        state, status = "ACTIVE", version["workflow_status"]
    return {
        "imageSetId": row["id"],
        "versionId": str(version["version"]),
        "imageSetState": state,
        "ImageSetWorkflowStatus": status,
        "createdAt": row["created_at"],
        "updatedAt": version["created_at"],
        "deletedAt": row["deleted_at"] if state == "DELETED" else None,
        "message": version["message"],
        "overrides": {"forced": True} if version["forced"] else None,
        "isPrimary": bool(row["is_primary"]),
    }


def _remove_instances(connection: sqlite3.Connection, image_set_id: str) -> list[str]:
    """Remove an image set's instances; the blobs that nothing names any more."""
    found = connection.execute(
        "SELECT DISTINCT i.id, i.blob FROM members m JOIN instances i ON i.id = m.instance_id"
        " WHERE m.image_set_id = ?",
        (image_set_id,),
    ).fetchall()
    connection.execute("DELETE FROM members WHERE image_set_id = ?", (image_set_id,))
    connection.executemany("DELETE FROM instances WHERE id = ?", [(row["id"],) for row in found])
    blobs = {row["blob"] for row in found if row["blob"]}
    unnamed = [blob for blob in blobs if _is_unnamed(connection, blob)]
    connection.executemany("DELETE FROM frames WHERE blob = ?", [(blob,) for blob in unnamed])
    return unnamed


def _is_unnamed(connection: sqlite3.Connection, blob: str) -> bool:
    """Whether no instance has its frames in this file any more; copies share one."""
    found = connection.execute("SELECT 1 FROM instances WHERE blob = ? LIMIT 1", (blob,))
    return found.fetchone() is None


def storage_tier(row: sqlite3.Row) -> str:
    """The tier that an image set is in, 30 days after the last access."""
    is_hot = time.time() - row["accessed_at"] < HOT_SECONDS
    return "FREQUENT_ACCESS" if is_hot else "ARCHIVE_INSTANT_ACCESS"
