"""boto3 clients of a local cloud."""

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
CONFIG = Config(
    s3={"addressing_style": "path"},
    inject_host_prefix=False,
    retries={"mode": "standard", "total_max_attempts": 3},
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


def make_clients(
    url: str, key_id: str = "local", secret: str = "local", token: str | None = None
) -> Clients:
    session = boto3.Session(
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        aws_session_token=token,
        region_name=REGION,
    )

    def client(name: str) -> Any:
        return session.client(name, endpoint_url=url, config=CONFIG)  # type: ignore[call-overload]

    return Clients(session, client("s3"), client("iam"), client("sts"), client("medical-imaging"))
