"""What a feed needs in an AWS account: three buckets, the import role and the data store."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_medical_imaging import HealthImagingClient
    from mypy_boto3_s3 import S3Client

REGION = "us-east-1"
ACCESS_KEY, SECRET_KEY = "test", "test"  # the local cloud takes any
ROLE = "demo-import-role"
DATA_STORE = "demo"
BUCKETS = ("demo-landing", "demo-import", "demo-results")
ACTIVE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Settings:
    """What the Connection `imaging_default` must say of an environment."""

    endpoint_url: str
    datastore_id: str
    import_role_arn: str
    landing_bucket: str
    import_bucket: str
    results_bucket: str
    region_name: str = REGION


def client(service: str, endpoint_url: str) -> Any:
    """Return a boto3 client of the cloud at `endpoint_url`; the caller's own AWS is not used."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=REGION,
        endpoint_url=endpoint_url,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(inject_host_prefix=False, s3={"addressing_style": "path"}),
    )


def prepare(endpoint_url: str) -> Settings:
    """Make what is missing and return the settings; a second call finds it all again."""
    landing, importing, results = BUCKETS
    for bucket in BUCKETS:
        ensure_bucket(client("s3", endpoint_url), bucket)
    store = ensure_datastore(client("medical-imaging", endpoint_url), DATA_STORE)
    account = client("sts", endpoint_url).get_caller_identity()["Account"]
    role = ensure_role(client("iam", endpoint_url), account, importing, results)
    return Settings(endpoint_url, store, role, landing, importing, results)


def ensure_bucket(s3: S3Client, bucket: str) -> None:
    """Create the bucket unless it is there."""
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        s3.create_bucket(Bucket=bucket)


def ensure_datastore(imaging: HealthImagingClient, name: str) -> str:
    """Return the id of the active data store called `name`, creating it when there is none."""
    pages = imaging.get_paginator("list_datastores").paginate(datastoreStatus="ACTIVE")
    for page in pages:
        for summary in page["datastoreSummaries"]:
            if summary["datastoreName"] == name:
                return summary["datastoreId"]
    made = imaging.create_datastore(datastoreName=name, clientToken=f"demo-{name}")["datastoreId"]
    deadline = time.monotonic() + ACTIVE_SECONDS
    while _status(imaging, made) != "ACTIVE":
        if time.monotonic() > deadline:
            raise TimeoutError(f"the data store is not ACTIVE after {ACTIVE_SECONDS} s")
        time.sleep(0.2)
    return made


def ensure_role(iam: IAMClient, account: str, source: str, output: str) -> str:
    """Return the ARN of the import role, with the two policies that HealthImaging's guide asks for.

    Developer guide, "Setting up" (permissions) and "Cross-service confused deputy prevention"
    (trust).
    """
    trust = json.dumps(trust_policy(account))
    try:
        arn = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust)
        arn = iam.get_role(RoleName=ROLE)["Role"]["Arn"]
    permissions = json.dumps(permission_policy(source, output))
    iam.put_role_policy(RoleName=ROLE, PolicyName="import", PolicyDocument=permissions)
    return arn


def permission_policy(source: str, output: str) -> dict[str, Any]:
    """Return what the import role may do: read `source`, write `output`, nothing else."""
    arn = "arn:aws:s3:::"
    return _policy(
        _allow(["s3:ListBucket"], [f"{arn}{source}", f"{arn}{output}"]),
        _allow(["s3:GetObject"], [f"{arn}{source}/*"]),
        _allow(["s3:PutObject"], [f"{arn}{output}/*"]),
    )


def trust_policy(account: str) -> dict[str, Any]:
    """Return who may assume the import role: HealthImaging, for data stores of this account."""
    return _policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": "medical-imaging.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "ArnLike": {
                    "aws:SourceArn": f"arn:aws:medical-imaging:{REGION}:{account}:datastore/*"
                },
                "StringEquals": {"aws:SourceAccount": account},
            },
        }
    )


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def _status(imaging: HealthImagingClient, datastore_id: str) -> str:
    answer = imaging.get_datastore(datastoreId=datastore_id)
    return answer["datastoreProperties"]["datastoreStatus"]
