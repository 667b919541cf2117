"""Data stores: made, listed, deleted when empty."""

import sqlite3
import time
import uuid
from collections.abc import Mapping
from typing import Any

from include.localcloud import paging, tokens
from include.localcloud.calls import Call, Handler
from include.localcloud.database import Database
from include.localcloud.dialect import Dialect
from include.localcloud.errors import (
    ConflictError,
    ResourceNotFoundError,
    ServiceQuotaExceededError,
)
from include.localcloud.tag_rows import put_tags

STATUS = (  # at the moment ?3
    "CASE WHEN settles_at <= ?3 THEN status WHEN status = 'DELETED' THEN 'DELETING'"
    " ELSE 'CREATING' END"
)
NO_DATASTORE = "the data store does not exist"


class Datastores:
    """The operations on data stores.

    Args:
        database: Keeps them.
        dialect: Tells what a used client token with other parameters is.
        seconds: How long one is CREATING before it is ACTIVE, and DELETING before it is DELETED.
        most: How many a Region may have; None is any number.
    """

    def __init__(
        self,
        database: Database,
        dialect: Dialect | None = None,
        *,
        seconds: float = 0.0,
        most: int | None = None,
    ) -> None:
        self._most = most
        self._database = database
        self._dialect = dialect or Dialect()
        self._seconds = seconds

    def handlers(self) -> Mapping[str, Handler]:
        """One handler for each operation."""
        return {
            "CreateDatastore": self.create,
            "GetDatastore": self.get,
            "ListDatastores": self.list,
            "DeleteDatastore": self.delete,
        }

    def create(self, call: Call) -> Mapping[str, Any]:
        """A new data store, or the one that the same client token made."""
        with self._database.writing() as connection:
            made = tokens.earlier_result(connection, call, self._dialect)
            if made is None:
                self._check_room(connection, call.region)
                made = uuid.uuid4().hex
                self._insert(connection, made, call)
                put_tags(connection, call.arn(made), call.get("tags", {}))
                tokens.remember(connection, call, made)
        return {"datastoreId": made, "datastoreStatus": "CREATING"}

    def get(self, call: Call) -> Mapping[str, Any]:
        """A data store's properties, also of a deleted one."""
        row = datastore_of(self._database, call)
        properties = {
            **_summary(row, call),
            "kmsKeyArn": row["kms_key_arn"],
            "lambdaAuthorizerArn": row["lambda_authorizer_arn"],
            "losslessStorageFormat": row["storage_format"],
        }
        return {"datastoreProperties": _without_none(properties)}

    def list(self, call: Call) -> Mapping[str, Any]:
        """The Region's data stores in the order they were made."""
        after = paging.last_seen(call) or [0]
        rows = self._database.all(
            f"SELECT rowid, * FROM datastores WHERE rowid > ?1 AND region = ?5"  # noqa: S608 - ours
            f" AND (?2 IS NULL OR {STATUS} = ?2) ORDER BY rowid LIMIT ?4",
            *after,
            call.get("datastoreStatus"),
            time.time(),
            paging.page_size(call) + 1,
            call.region,
        )
        page, token = paging.cut(call, rows, lambda row: [row["rowid"]])
        return {"datastoreSummaries": [_summary(row, call) for row in page], "nextToken": token}

    def delete(self, call: Call) -> Mapping[str, Any]:
        """Delete an empty data store; the token that it was made with makes another one then.

        Raises:
            ResourceNotFoundError: There is none, or it is deleted already.
            ConflictError: It is not ACTIVE yet, holds image sets, or a job is running.
        """
        datastore_id = call["datastoreId"]
        status = status_of(datastore_of(self._database, call))
        if status == "CREATING":
            raise ConflictError("the data store is not ACTIVE yet")
        if status == "DELETED":
            raise ResourceNotFoundError("the data store is deleted")
        with self._database.writing() as connection:
            held = connection.execute(
                "SELECT (SELECT count(*) FROM image_sets WHERE datastore_id = ?1"
                " AND NOT (state = 'DELETED' AND settles_at <= ?2))"
                " + (SELECT count(*) FROM jobs WHERE datastore_id = ?1"
                " AND status IN ('SUBMITTED', 'IN_PROGRESS'))",
                (datastore_id, time.time()),
            ).fetchone()[0]
            if held:
                raise ConflictError("the data store holds image sets or has running import jobs")
            connection.execute(
                "UPDATE datastores SET status = 'DELETED', updated_at = ?1, settles_at = ?1 + ?2"
                " WHERE id = ?3 AND status != 'DELETED'",
                (time.time(), self._seconds, datastore_id),
            )
            tokens.forget(connection, "CreateDatastore", datastore_id)
        return {"datastoreId": datastore_id, "datastoreStatus": "DELETING"}

    def _check_room(self, connection: sqlite3.Connection, region: str) -> None:
        held = connection.execute(
            "SELECT count(*) FROM datastores WHERE status != 'DELETED' AND region = ?", (region,)
        ).fetchone()[0]
        if self._most is not None and held >= self._most:
            raise ServiceQuotaExceededError(f"an account has at most {self._most} data stores")

    def _insert(self, connection: sqlite3.Connection, made: str, call: Call) -> None:
        now = time.time()
        connection.execute(
            "INSERT INTO datastores (id, name, region, status, kms_key_arn, lambda_authorizer_arn,"
            " storage_format, created_at, updated_at, settles_at)"
            " VALUES (?, ?, ?, 'ACTIVE', ?, ?, ?, ?, ?, ?)",
            (
                made,
                call.get("datastoreName", made),
                call.region,
                call.get("kmsKeyArn"),
                call.get("lambdaAuthorizerArn"),
                call.get("losslessStorageFormat", "HTJ2K"),
                now,
                now,
                now + self._seconds,
            ),
        )


def find_datastore(database: Database, datastore_id: str) -> sqlite3.Row:
    """The data store's row.

    Raises:
        ResourceNotFoundError: There never was one with this id.
    """
    row = database.one("SELECT * FROM datastores WHERE id = ?", datastore_id)
    if row is None:
        raise ResourceNotFoundError(NO_DATASTORE)
    return row


def datastore_of(database: Database, call: Call) -> sqlite3.Row:
    """The row of the data store that a call names.

    Raises:
        ResourceNotFoundError: There never was one with this id in the call's Region.
    """
    row = find_datastore(database, call["datastoreId"])
    if row["region"] != call.region:
        raise ResourceNotFoundError(NO_DATASTORE)
    return row


def find_active_datastore(database: Database, call: Call) -> sqlite3.Row:
    """The row of the data store that a call names, if it can be used.

    Raises:
        ResourceNotFoundError: There is none with this id in the call's Region, or it was deleted.
        ConflictError: It is being created or deleted.
    """
    row = datastore_of(database, call)
    status = status_of(row)
    if status == "DELETED":
        raise ResourceNotFoundError("the data store is deleted")
    if status != "ACTIVE":
        raise ConflictError("the data store is not ACTIVE")
    return row


def status_of(row: sqlite3.Row) -> str:
    """A data store's status at this moment."""
    if row["settles_at"] > time.time():
        return "DELETING" if row["status"] == "DELETED" else "CREATING"
    return str(row["status"])


def _summary(row: sqlite3.Row, call: Call) -> dict[str, Any]:
    return {
        "datastoreId": row["id"],
        "datastoreName": row["name"],
        "datastoreStatus": status_of(row),
        "datastoreArn": call.arn(row["id"]),
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
    }


def _without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
