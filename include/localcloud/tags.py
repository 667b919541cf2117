"""Tags of data stores and image sets."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from include.localcloud.calls import Call, Handler
from include.localcloud.database import Database
from include.localcloud.errors import ResourceNotFoundError, ValidationError

MAXIMUM = 50


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
        self._require(call["resourceArn"])
        with self._database.writing() as connection:
            put_tags(connection, call["resourceArn"], call["tags"])
        return {}

    def untag(self, call: Call) -> Mapping[str, Any]:
        """Remove tags; those that are not there are no error."""
        self._require(call["resourceArn"])
        with self._database.writing() as connection:
            connection.executemany(
                "DELETE FROM tags WHERE arn = ? AND key = ?",
                [(call["resourceArn"], key) for key in call["tagKeys"]],
            )
        return {}

    def list(self, call: Call) -> Mapping[str, Any]:
        """All tags of a resource."""
        self._require(call["resourceArn"])
        rows = self._database.all("SELECT key, value FROM tags WHERE arn = ?", call["resourceArn"])
        return {"tags": {row["key"]: row["value"] for row in rows}}

    def _require(self, arn: str) -> None:
        table = "image_sets" if "/imageset/" in arn else "datastores"
        found = self._database.one(
            f"SELECT 1 FROM {table} WHERE id = ?",  # noqa: S608 - one of two constants
            arn.rpartition("/")[2],
        )
        if found is None:
            raise ResourceNotFoundError("the resource does not exist")


def put_tags(connection: sqlite3.Connection, arn: str, tags: Mapping[str, str]) -> None:
    """Set tags of a resource.

    Raises:
        ValidationError: It would have more than 50.
    """
    connection.executemany(
        "REPLACE INTO tags VALUES (?, ?, ?)", [(arn, key, value) for key, value in tags.items()]
    )
    held = connection.execute("SELECT count(*) FROM tags WHERE arn = ?", (arn,)).fetchone()[0]
    if held > MAXIMUM:
        raise ValidationError(f"a resource has at most {MAXIMUM} tags")
