"""Writes the tags of a resource."""

import sqlite3
from collections.abc import Mapping

from include.localcloud.errors import ValidationError

MAXIMUM = 50


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
