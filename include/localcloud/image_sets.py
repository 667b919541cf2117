"""Image sets: their properties, versions, metadata and frames."""

import gzip
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from typing import Any

from include.localcloud import paging
from include.localcloud.blobs import Blobs
from include.localcloud.calls import Call, Handler
from include.localcloud.database import Database
from include.localcloud.datastores import find_active_datastore
from include.localcloud.errors import ResourceNotFoundError
from include.localcloud.image_set_metadata import assemble

HOT_SECONDS = 30 * 86_400
ACCESS_SECONDS = 60


class ImageSets:
    """The operations on single image sets."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

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
        version = self._version(call, row)
        deleted = row["state"] == "DELETED"
        return {
            "datastoreId": row["datastore_id"],
            "imageSetId": row["id"],
            "versionId": str(version["version"]),
            "imageSetState": row["state"],
            "imageSetWorkflowStatus": "DELETED" if deleted else version["workflow_status"],
            "createdAt": row["created_at"],
            "updatedAt": version["created_at"],
            "deletedAt": row["deleted_at"],
            "imageSetArn": call.arn(row["datastore_id"], row["id"]),
            "isPrimary": bool(row["is_primary"]),
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
        versions = [self._properties(row, version) for version in page]
        return {"imageSetPropertiesList": versions, "nextToken": token}

    def get_metadata(self, call: Call) -> Mapping[str, Any]:
        """The metadata of an image set at a version, as gzipped JSON."""
        row = self._readable(call)
        version = self._version(call, row)["version"]
        document = assemble(self._members(row["id"], version), row)
        data = json.dumps(document, ensure_ascii=False).encode()
        return {
            "imageSetMetadataBlob": gzip.compress(data, 1, mtime=0),
            "contentType": "application/json",
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
        data = self._blobs.read(frame["blob"], frame["position"], frame["length"])
        return {"imageFrameBlob": data, "contentType": frame["content_type"]}

    def delete(self, call: Call) -> Mapping[str, Any]:
        """Delete an image set with all versions; its properties can still be looked at."""
        row = self._readable(call)
        blobs = self._database.all(
            "SELECT DISTINCT i.id, i.blob FROM members m JOIN instances i ON i.id = m.instance_id"
            " WHERE m.image_set_id = ?",
            row["id"],
        )
        instances = [(found["id"],) for found in blobs]
        named = {(found["blob"],) for found in blobs if found["blob"]}
        with self._database.writing() as connection:
            connection.execute("DELETE FROM members WHERE image_set_id = ?", (row["id"],))
            connection.executemany("DELETE FROM instances WHERE id = ?", instances)
            unnamed = [blob for blob in named if _is_unnamed(connection, *blob)]
            connection.executemany("DELETE FROM frames WHERE blob = ?", unnamed)
            connection.execute(
                "UPDATE image_sets SET state = 'DELETED', workflow_status = 'DELETED',"
                " deleted_at = ? WHERE id = ?",
                (time.time(), row["id"]),
            )
        for (blob,) in unnamed:
            self._blobs.remove(blob)
        return {
            "datastoreId": row["datastore_id"],
            "imageSetId": row["id"],
            "imageSetState": "LOCKED",
            "imageSetWorkflowStatus": "DELETING",
        }

    def _row(self, call: Call) -> sqlite3.Row:
        find_active_datastore(self._database, call["datastoreId"])
        row = self._database.one(
            "SELECT * FROM image_sets WHERE datastore_id = ? AND id = ?",
            call["datastoreId"],
            call["imageSetId"],
        )
        if row is None:
            raise ResourceNotFoundError("the image set does not exist")
        return row

    def _readable(self, call: Call) -> sqlite3.Row:
        row = self._row(call)
        if row["state"] == "DELETED":
            raise ResourceNotFoundError("the image set is deleted")
        now = time.time()
        if now - row["accessed_at"] > ACCESS_SECONDS:
            with self._database.writing() as connection:
                connection.execute(
                    "UPDATE image_sets SET accessed_at = ? WHERE id = ?", (now, row["id"])
                )
        return row

    def _version(self, call: Call, row: sqlite3.Row) -> sqlite3.Row:
        version = self._database.one(
            "SELECT * FROM image_set_versions WHERE image_set_id = ? AND version = ?",
            row["id"],
            int(call.get("versionId", row["version"])),
        )
        if version is None:
            raise ResourceNotFoundError("the image set has no such version")
        return version

    def _members(self, image_set_id: str, version: int) -> Iterator[sqlite3.Row]:
        yield from self._database.all(
            "SELECT i.* FROM members m JOIN instances i ON i.id = m.instance_id"
            " WHERE m.image_set_id = ?1 AND m.from_version <= ?2"
            " AND (m.to_version IS NULL OR m.to_version > ?2) ORDER BY i.id",
            image_set_id,
            version,
        )

    def _properties(self, row: sqlite3.Row, version: sqlite3.Row) -> dict[str, Any]:
        return {
            "imageSetId": row["id"],
            "versionId": str(version["version"]),
            "imageSetState": row["state"],
            "ImageSetWorkflowStatus": version["workflow_status"],
            "createdAt": row["created_at"],
            "updatedAt": version["created_at"],
            "isPrimary": bool(row["is_primary"]),
        }


def _is_unnamed(connection: sqlite3.Connection, blob: str) -> bool:
    """Whether no instance has its frames in this file any more; copies share one."""
    found = connection.execute("SELECT 1 FROM instances WHERE blob = ? LIMIT 1", (blob,))
    return found.fetchone() is None


def storage_tier(row: sqlite3.Row) -> str:
    """The tier that an image set is in, 30 days after the last access."""
    is_hot = time.time() - row["accessed_at"] < HOT_SECONDS
    return "FREQUENT_ACCESS" if is_hot else "ARCHIVE_INSTANT_ACCESS"
