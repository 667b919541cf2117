"""Import jobs: started once for each client token, looked up, listed."""

import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from include.localcloud import paging, tokens
from include.localcloud.calls import Call, Handler
from include.localcloud.database import Database
from include.localcloud.datastores import datastore_of, find_active_datastore
from include.localcloud.dialect import Dialect
from include.localcloud.errors import (
    ResourceNotFoundError,
    ServiceQuotaExceededError,
)
from include.localcloud.job_output import job_folder
from include.localcloud.s3_uris import folder_uri


class Jobs:
    """The operations on import jobs.

    Args:
        database: Keeps them.
        submit: Takes the id of a job that is to run.
        most_running: How many of a data store may run at a time; None is any number.
        dialect: Where the documentation is unclear.
    """

    def __init__(
        self,
        database: Database,
        submit: Callable[[str], None],
        *,
        most_running: int | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        self._database = database
        self._submit = submit
        self._most_running = most_running
        self._dialect = dialect or Dialect()

    def handlers(self) -> Mapping[str, Handler]:
        """One handler for each operation."""
        return {
            "StartDICOMImportJob": self.start,
            "GetDICOMImportJob": self.get,
            "ListDICOMImportJobs": self.list,
        }

    def start(self, call: Call) -> Mapping[str, Any]:
        """A submitted job, or the job that the same client token started."""
        with self._database.writing() as connection:
            find_active_datastore(self._database, call)
            job_id = tokens.earlier_result(connection, call, self._dialect)
            is_new = job_id is None
            if job_id is None:
                job_id = self._insert(connection, call)
                tokens.remember(connection, call, job_id)
        if is_new:
            self._submit(job_id)
        row = self._row(call["datastoreId"], job_id)
        return {
            "datastoreId": row["datastore_id"],
            "jobId": job_id,
            "jobStatus": "SUBMITTED" if is_new else row["status"],
            "submittedAt": row["submitted_at"],
        }

    def get(self, call: Call) -> Mapping[str, Any]:
        """A job's properties; its outputS3Uri is the job's own folder."""
        datastore_of(self._database, call)
        row = self._row(call["datastoreId"], call["jobId"])
        output = job_folder(row["output_uri"], self._dialect)
        properties = {"inputS3Uri": row["input_uri"], "outputS3Uri": output}
        if row["import_configuration"]:
            properties["importConfiguration"] = json.loads(row["import_configuration"])
        return {"jobProperties": {**_summary(row), **properties}}

    def list(self, call: Call) -> Mapping[str, Any]:
        """The jobs of a data store, the newest first."""
        datastore_of(self._database, call)
        before = paging.last_seen(call) or [1 << 62]
        status = call.get("jobStatus")
        rows = self._database.all(
            "SELECT * FROM jobs WHERE datastore_id = ? AND (? IS NULL OR status = ?)"
            " AND number < ? ORDER BY number DESC LIMIT ?",
            call["datastoreId"],
            status,
            status,
            *before,
            paging.page_size(call) + 1,
        )
        page, token = paging.cut(call, rows, lambda row: [row["number"]])
        return {"jobSummaries": [_summary(row) for row in page], "nextToken": token}

    def _row(self, datastore_id: str, job_id: str) -> sqlite3.Row:
        row = self._database.one(
            "SELECT * FROM jobs WHERE datastore_id = ? AND id = ?", datastore_id, job_id
        )
        if row is None:
            raise ResourceNotFoundError("the import job does not exist")
        return row

    def _check_room(self, connection: sqlite3.Connection, datastore_id: str) -> None:
        running = connection.execute(
            "SELECT count(*) FROM jobs WHERE datastore_id = ?"
            " AND status IN ('SUBMITTED', 'IN_PROGRESS')",
            (datastore_id,),
        ).fetchone()[0]
        if self._most_running is not None and running >= self._most_running:
            raise ServiceQuotaExceededError(
                f"a data store has at most {self._most_running} concurrent import jobs"
            )

    def _insert(self, connection: sqlite3.Connection, call: Call) -> str:
        self._check_room(connection, call["datastoreId"])
        job_id = uuid.uuid4().hex
        folder = f"{call['datastoreId']}-DicomImport-{job_id}"
        configuration = call.get("importConfiguration")
        connection.execute(
            "INSERT INTO jobs (id, datastore_id, name, status, role_arn, input_uri, output_uri,"
            " owner_account, region, import_configuration, submitted_at)"
            " VALUES (?, ?, ?, 'SUBMITTED', ?, ?, ?, ?, ?, ?, ?)",
            (
                job_id,
                call["datastoreId"],
                call.get("jobName", job_id),
                call["dataAccessRoleArn"],
                call["inputS3Uri"],
                folder_uri(call["outputS3Uri"], folder),
                call.get("inputOwnerAccountId"),
                call.region,
                json.dumps(configuration) if configuration else None,
                time.time(),
            ),
        )
        return job_id


def _summary(row: sqlite3.Row) -> dict[str, Any]:
    members = {
        "jobId": row["id"],
        "jobName": row["name"],
        "jobStatus": row["status"],
        "datastoreId": row["datastore_id"],
        "dataAccessRoleArn": row["role_arn"],
        "submittedAt": row["submitted_at"],
        "endedAt": row["ended_at"],
        "message": row["message"],
    }
    return {name: value for name, value in members.items() if value is not None}
