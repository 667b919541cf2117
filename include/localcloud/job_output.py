"""The output folder of an import job, as HealthImaging writes it (DG/understanding-import-jobs)."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from include.localcloud.database import Database
from include.localcloud.dialect import Dialect
from include.localcloud.faults import Fault
from include.localcloud.list_lines import written
from include.localcloud.publishing import imported_per_image_set
from include.localcloud.s3_uris import split_uri
from include.localcloud.search_tags import load_metadata

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DOCUMENTED = ("imageSetId", "numberOfMatchedSOPInstances")

Lines = dict[str, list[dict[str, Any]]]


def write_output(
    database: Database,
    job: sqlite3.Row,
    s3: "S3Client",
    dialect: Dialect,
    faults: Mapping[str, Fault],
) -> None:
    """Put the lists of files, then the manifest; a second call puts the same again.

    A list without lines is written if the dialect says so. A file with warnings is in SUCCESS
    and in WARNING.
    """
    bucket, prefix = split_uri(job["output_uri"])
    for name, lines in _lists(database, job["id"]).items():
        if lines or dialect["empty-lists"] == "written":
            body = written(name, lines, dialect, faults)
            for part, text in _parts(name, body, dialect):
                s3.put_object(Bucket=bucket, Key=prefix + part, Body=text.encode())
    if "missing_manifest" in faults:
        return
    manifest = json.dumps({"jobSummary": _summary(database, job, dialect)}, indent=1).encode()
    s3.put_object(
        Bucket=bucket,
        Key=f"{prefix}job-output-manifest.json",
        Body=manifest,
        ContentType="application/json",
    )


def _parts(name: str, body: str, dialect: Dialect) -> Iterator[tuple[str, str]]:
    """The files of a list, and what each holds."""
    lines = body.splitlines(keepends=True)
    if dialect["list-files"] == "one" or len(lines) < 2:
        yield name, body
        return
    half = len(lines) // 2
    yield name, "".join(lines[:half])
    yield name.replace(".ndjson", "-2.ndjson"), "".join(lines[half:])


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


def job_folder(uri: str, dialect: Dialect) -> str:
    """A job's outputS3Uri: its own folder."""
    return uri if dialect["job-folder"] == "slash" else uri.rstrip("/")


def _summary(database: Database, job: sqlite3.Row, dialect: Dialect) -> dict[str, Any]:
    with database.reading() as connection:
        counts = dict(
            connection.execute(
                "SELECT outcome, count(*) FROM job_files WHERE job_id = ? GROUP BY outcome",
                (job["id"],),
            ).fetchall()
        )
        image_sets = imported_per_image_set(connection, job["id"])
    if dialect["summary-fields"] == "documented":
        image_sets = [{name: found[name] for name in DOCUMENTED} for found in image_sets]
    summary = {
        "jobId": job["id"],
        "datastoreId": job["datastore_id"],
        "inputS3Uri": job["input_uri"],
        "outputS3Uri": job_folder(job["output_uri"], dialect),
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
    if dialect["manifest-images"] == "written":
        summary["images"] = _images(database, job["id"])
    if dialect["warnings-uri"] == "absent":
        del summary["warningsOutputS3Uri"]
    return summary


def _images(database: Database, job_id: str) -> list[dict[str, Any]]:
    """Checksum and error condition of each image; an image that has one is not imported."""
    rows = database.all(
        "SELECT f.key, i.metadata FROM job_files f JOIN instances i ON i.id = f.instance_id"
        " WHERE f.job_id = ? ORDER BY f.key",
        job_id,
    )
    return [
        {
            "inputFile": row["key"],
            "imageFrameId": frame["ID"],
            "checksums": frame["PixelDataChecksumFromBaseToFullResolution"],
            "errorCondition": None,
        }
        for row in rows
        for frame in load_metadata(row)["frames"]
    ]
