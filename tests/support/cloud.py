"""boto3 clients of a local cloud, and the few steps that every import takes."""

import gzip
import json
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_medical_imaging import HealthImagingClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

REGION = "us-east-1"
ROLE_ARN = "arn:aws:iam::123456789012:role/importer"
CONFIG = Config(
    s3={"addressing_style": "path"},
    inject_host_prefix=False,
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=32,
)


@dataclass(frozen=True)
class Clients:
    """A session and the clients made from it."""

    session: boto3.Session
    s3: "S3Client"
    iam: "IAMClient"
    sts: "STSClient"
    imaging: "HealthImagingClient"

    def close(self) -> None:
        """Close the connections."""
        for client in (self.s3, self.iam, self.sts, self.imaging):
            client.close()


@dataclass(frozen=True)
class Stage:
    """Two new buckets and a new data store, so that tests do not meet."""

    clients: Clients
    source: str
    results: str
    datastore_id: str

    def put(self, key: str, data: bytes) -> None:
        self.clients.s3.put_object(Bucket=self.source, Key=key, Body=data)

    def start(self, prefix: str = "", **parameters: Any) -> str:
        """The id of a started job."""
        given: dict[str, Any] = {
            "datastoreId": self.datastore_id,
            "dataAccessRoleArn": ROLE_ARN,
            "inputS3Uri": f"s3://{self.source}/{prefix}",
            "outputS3Uri": f"s3://{self.results}/out",
            **parameters,
        }
        return self.clients.imaging.start_dicom_import_job(**given)["jobId"]

    def run(self, prefix: str = "", **parameters: Any) -> dict[str, Any]:
        """The properties of a job that ended."""
        return await_job(self.clients, self.datastore_id, self.start(prefix, **parameters))

    def output(self, job: dict[str, Any], name: str) -> str:
        """A file of the job's output folder as text."""
        prefix = job["outputS3Uri"].removeprefix(f"s3://{self.results}/")
        found = self.clients.s3.get_object(Bucket=self.results, Key=prefix + name)
        return found["Body"].read().decode()

    def summary(self, job: dict[str, Any]) -> dict[str, Any]:
        """`jobSummary` of the job's manifest."""
        return json.loads(self.output(job, "job-output-manifest.json"))["jobSummary"]

    def lines(self, job: dict[str, Any], name: str) -> list[dict[str, Any]]:
        """The lines of one of the job's lists, such as "SUCCESS/success.ndjson"."""
        return [json.loads(line) for line in self.output(job, name).splitlines()]

    def search(self, **parameters: Any) -> list[dict[str, Any]]:
        """All image sets that a search finds."""
        pages = self.clients.imaging.get_paginator("search_image_sets").paginate(
            datastoreId=self.datastore_id, **parameters
        )
        return [summary for page in pages for summary in page["imageSetsMetadataSummaries"]]

    def metadata(self, image_set_id: str, **parameters: Any) -> dict[str, Any]:
        """An image set's metadata."""
        found = self.clients.imaging.get_image_set_metadata(
            datastoreId=self.datastore_id, imageSetId=image_set_id, **parameters
        )
        return json.loads(gzip.decompress(found["imageSetMetadataBlob"].read()))


def make_clients(
    url: str, key_id: str = "local", secret: str = "local", token: str | None = None
) -> Clients:
    """Clients with these credentials; they try every call once."""
    session = boto3.Session(
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        aws_session_token=token,
        region_name=REGION,
    )

    def client(name: str) -> Any:
        return session.client(name, endpoint_url=url, config=CONFIG)  # type: ignore[call-overload]

    return Clients(session, client("s3"), client("iam"), client("sts"), client("medical-imaging"))


def make_stage(clients: Clients, **store: Any) -> Stage:
    """A new stage, its data store made with these parameters."""
    name = uuid.uuid4().hex[:12]
    source, results = f"source-{name}", f"results-{name}"
    for bucket in (source, results):
        clients.s3.create_bucket(Bucket=bucket)
    made = clients.imaging.create_datastore(datastoreName=name, **store)
    return Stage(clients, source, results, made["datastoreId"])


def await_job(clients: Clients, datastore_id: str, job_id: str) -> dict[str, Any]:
    """The job's properties once it has ended."""
    while True:
        found = clients.imaging.get_dicom_import_job(datastoreId=datastore_id, jobId=job_id)
        job: Any = found["jobProperties"]
        if job["jobStatus"] in ("COMPLETED", "FAILED"):
            return job
        time.sleep(0.05)
