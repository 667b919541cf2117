"""What HealthImaging says of import jobs, and a connection that asks for it."""

from __future__ import annotations

from typing import Any

from tests.support.scripted import Answer

CONNECTION = "imaging_test"
DATASTORE = "0123456789abcdef0123456789abcdef"
SETTINGS = {
    "datastore_id": DATASTORE,
    "import_role_arn": "arn:aws:iam::123456789012:role/import",
    "landing_bucket": "landing",
    "import_bucket": "import",
    "results_bucket": "results",
}
REQUEST = {
    "job_name": "batch-g1",
    "client_token": "batch-g1",
    "input_s3_uri": "s3://import/batches/b/",
    "output_s3_uri": "s3://results/jobs/b/",
}
STARTED = Answer(
    {
        "datastoreId": DATASTORE,
        "jobId": "job1",
        "jobStatus": "SUBMITTED",
        "submittedAt": 1_700_000_000,
    }
)


def job(status: str, **more: Any) -> Answer:
    """Return the answer to GetDICOMImportJob for a job in this state."""
    properties = {
        "jobId": "job1",
        "jobName": "batch-g1",
        "jobStatus": status,
        "datastoreId": DATASTORE,
        "dataAccessRoleArn": SETTINGS["import_role_arn"],
        "inputS3Uri": REQUEST["input_s3_uri"],
        "outputS3Uri": REQUEST["output_s3_uri"],
        **more,
    }
    return Answer({"jobProperties": properties})


def listing(*jobs: tuple[str, str, int], next_token: str = "") -> Answer:
    """Return the answer to ListDICOMImportJobs: job id, name and time of submission each."""
    summaries = [
        {
            "jobId": job_id,
            "jobName": name,
            "jobStatus": "COMPLETED",
            "datastoreId": DATASTORE,
            "submittedAt": submitted_at,
        }
        for job_id, name, submitted_at in jobs
    ]
    return Answer({"jobSummaries": summaries} | ({"nextToken": next_token} if next_token else {}))
