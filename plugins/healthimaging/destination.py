"""Where an operator writes a document: an object in S3, or a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from healthimaging.errors import service_errors
from include.imaging.errors import CustomerError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from healthimaging.state_operators import HealthImagingOperator


def write(operator: HealthImagingOperator, destination: str, data: bytes, kind: str) -> None:
    """Write the data, replacing what lay there; CustomerError when it cannot be written.

    Args:
        operator: whose connection S3 is written through.
        destination: `s3://bucket/key`, `file:///path`, or a path of the worker.
        data: what to write.
        kind: its media type, kept with an object in S3.
    """
    parts = urlsplit(destination)
    key = parts.path.lstrip("/")
    match parts.scheme:
        case "s3" if parts.netloc and key:
            with service_errors(f"write to bucket {parts.netloc}"):
                s3 = cast("S3Client", _s3(operator).get_conn())
                s3.put_object(Bucket=parts.netloc, Key=key, Body=data, ContentType=kind)
        case "file" | "" if parts.path:
            path = Path(parts.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        case _:
            raise CustomerError(
                "DESTINATION_UNKNOWN", "a destination is s3://bucket/key, or the path of a file"
            )


def _s3(operator: HealthImagingOperator) -> S3Hook:
    return S3Hook(
        aws_conn_id=operator.aws_conn_id,
        region_name=operator.region_name,
        verify=operator.verify,
        config=operator.botocore_config,
    )
