"""The output folder of an import job, as HealthImaging writes it (DG/understanding-import-jobs)."""

import json
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from include.localcloud.database import Database
from include.localcloud.publishing import imported_per_image_set
from include.localcloud.s3_uris import split_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Lines = dict[str, list[dict[str, Any]]]


def write_output(database: Database, job: sqlite3.Row, s3: "S3Client") -> None:
    """Put the lists of files, then the manifest; a second call puts the same again.

    A list without lines is not written. A file with warnings is in SUCCESS and in WARNING.
    """
    bucket, prefix = split_uri(job["output_uri"])
    for name, lines in _lists(database, job["id"]).items():
        if lines:
            body = "".join(json.dumps(line) + "\n" for line in lines)
            s3.put_object(Bucket=bucket, Key=prefix + name, Body=body.encode())
    manifest = json.dumps({"jobSummary": _summary(database, job)}, indent=1).encode()
    s3.put_object(
        Bucket=bucket,
        Key=f"{prefix}job-output-manifest.json",
        Body=manifest,
        ContentType="application/json",
    )


def _lists(database: Database, job_id: str) -> Lines:
    lists: Lines = {
        "SUCCESS/success.ndjson": [],
        "FAILURE/failure.ndjson": [],
        "WARNING/warning.ndjson": [],
    }
    for row in _files(database, job_id):
        if row["outcome"] == "imported":
            lists["SUCCESS/success.ndjson"].append(_success(row))
            if row["warnings"] != "[]":
                lists["WARNING/warning.ndjson"].append(_warning(row))
        else:
            lists["FAILURE/failure.ndjson"].append(_failure(row))
    return lists


def _files(database: Database, job_id: str) -> Iterator[sqlite3.Row]:
    yield from database.all("SELECT * FROM job_files WHERE job_id = ? ORDER BY key", job_id)


def _success(row: sqlite3.Row) -> dict[str, Any]:
    response = {"imageSetId": row["image_set_id"], "isPrimary": bool(row["is_primary"])}
    return {"inputFile": row["key"], "importResponse": response}


def _warning(row: sqlite3.Row) -> dict[str, Any]:
    response = {
        "imageSetId": row["image_set_id"],
        "imageSetVersion": row["image_set_version"],
        "isPrimary": bool(row["is_primary"]),
        "warnings": json.loads(row["warnings"]),
    }
    return {"inputFile": row["key"], "importResponse": response}


def _failure(row: sqlite3.Row) -> dict[str, Any]:
    customer = row["outcome"] == "customer_error"
    kind = "ValidationException" if customer else "InternalServerException"
    return {
        "inputFile": row["key"],
        "exception": {"exceptionType": kind, "message": row["message"]},
    }


def _summary(database: Database, job: sqlite3.Row) -> dict[str, Any]:
    with database.reading() as connection:
        counts = dict(
            connection.execute(
                "SELECT outcome, count(*) FROM job_files WHERE job_id = ? GROUP BY outcome",
                (job["id"],),
            ).fetchall()
        )
        image_sets = imported_per_image_set(connection, job["id"])
    return {
        "jobId": job["id"],
        "datastoreId": job["datastore_id"],
        "inputS3Uri": job["input_uri"],
        "outputS3Uri": job["output_uri"],
        "successOutputS3Uri": f"{job['output_uri']}SUCCESS/",
        "failureOutputS3Uri": f"{job['output_uri']}FAILURE/",
        "warningsOutputS3Uri": f"{job['output_uri']}WARNING/",
        "numberOfScannedFiles": sum(counts.values()),
        "numberOfImportedFiles": counts.get("imported", 0),
        "numberOfFilesWithCustomerError": counts.get("customer_error", 0),
        "numberOfFilesWithServerError": counts.get("server_error", 0),
        "numberOfGeneratedImageSets": len(image_sets),
        "imageSetsSummary": image_sets,
    }
