"""Tags of data stores and image sets."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from include.localcloud.calls import Call, Handler
from include.localcloud.database import Database
from include.localcloud.datastores import datastore_of, status_of
from include.localcloud.errors import ResourceNotFoundError
from include.localcloud.lookups import find_existing
from include.localcloud.tag_rows import put_tags


class Tags:
    """The operations on tags."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def handlers(self) -> Mapping[str, Handler]:
        """One handler for each operation."""
        return {
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.list,
        }

    def tag(self, call: Call) -> Mapping[str, Any]:
        """Set tags; others stay."""
        self._require(call)
        with self._database.writing() as connection:
            put_tags(connection, call["resourceArn"], call["tags"])
        return {}

    def untag(self, call: Call) -> Mapping[str, Any]:
        """Remove tags; those that are not there are no error."""
        self._require(call)
        with self._database.writing() as connection:
            connection.executemany(
                "DELETE FROM tags WHERE arn = ? AND key = ?",
                [(call["resourceArn"], key) for key in call["tagKeys"]],
            )
        return {}

    def list(self, call: Call) -> Mapping[str, Any]:
        """All tags of a resource."""
        self._require(call)
        rows = self._database.all("SELECT key, value FROM tags WHERE arn = ?", call["resourceArn"])
        return {"tags": {row["key"]: row["value"] for row in rows}}

    def _require(self, call: Call) -> None:
        """Pass if the resource exists.

        Raises:
            ResourceNotFoundError: It is of another account or Region, or there is none with this
                ARN, or it is deleted.
        """
        named = call["resourceArn"].partition("datastore/")[2]
        datastore_id, _, image_set_id = named.partition("/imageset/")
        ids = (datastore_id, image_set_id) if image_set_id else (datastore_id,)
        if call["resourceArn"] != call.arn(*ids):
            raise ResourceNotFoundError("the ARN is of another account or Region")
        status = status_of(
            datastore_of(self._database, replace(call, parameters={"datastoreId": datastore_id}))
        )
        if status == "DELETED":
            raise ResourceNotFoundError("the data store is deleted")
        if image_set_id:
            with self._database.reading() as connection:
                find_existing(connection, datastore_id, image_set_id)
