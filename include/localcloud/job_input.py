"""The files below a job's input prefix, within the service's quotas."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from include.localcloud.quotas import JobLimits
from include.localcloud.s3_uris import split_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

IN_MEMORY_BYTES = 64 * 1024**2
NOT_THE_OWNERS = (
    "AccessDenied: the input bucket is not of the account in inputOwnerAccountId,"
    " or the import role may not list it"
)


class JobInputError(Exception):
    """The whole job fails, with this message."""


@dataclass(frozen=True)
class InputFile:
    """A file of the input."""

    bucket: str
    key: str
    size: int


def list_input(
    s3: "S3Client", uri: str, owner: str | None, limits: JobLimits, *, as_folder: bool = False
) -> list[InputFile]:
    """The files below a prefix, by key; folder markers are none.

    Args:
        s3: Acts as the job's role.
        uri: The prefix.
        owner: The account that must own the bucket, if any.
        limits: What a job may hold.
        as_folder: Whether a prefix without a trailing slash takes only what is below it as a
            folder, and not its siblings that begin with the same text.

    Raises:
        JobInputError: There are more files, bytes or folders than a job may have, or the role may
            not list the bucket of an owner who was named.
    """
    bucket, prefix = split_uri(uri)
    if as_folder and prefix:
        prefix = prefix.rstrip("/") + "/"
    files: list[InputFile] = []
    for page in _pages(s3, bucket, prefix, owner):
        files.extend(
            InputFile(bucket, entry["Key"], entry["Size"])
            for entry in page.get("Contents", [])
            if not entry["Key"].endswith("/")
        )
        _check(files, limits)
    return files


@contextmanager
def fetched(s3: "S3Client", file: InputFile, folder: Path) -> Iterator[bytes | Path]:
    """The file's bytes, or for a large one where they lie until the block ends."""
    if file.size <= IN_MEMORY_BYTES:
        yield s3.get_object(Bucket=file.bucket, Key=file.key)["Body"].read()
        return
    with tempfile.NamedTemporaryFile(dir=folder) as spool:
        s3.download_fileobj(file.bucket, file.key, spool)
        spool.flush()
        yield Path(spool.name)


def _pages(s3: "S3Client", bucket: str, prefix: str, owner: str | None) -> Iterator[Any]:
    expected: dict[str, Any] = {"ExpectedBucketOwner": owner} if owner else {}
    paginator = s3.get_paginator("list_objects_v2")
    try:
        yield from paginator.paginate(Bucket=bucket, Prefix=prefix, **expected)
    except ClientError as error:
        if owner and error.response["Error"]["Code"] == "AccessDenied":
            raise JobInputError(NOT_THE_OWNERS) from None
        raise


def _check(files: list[InputFile], limits: JobLimits) -> None:
    if len(files) > limits.files:
        raise JobInputError(f"FILE_COUNTS_LIMIT_EXCEEDED: more than {limits.files} files")
    if sum(file.size for file in files) > limits.bytes:
        raise JobInputError(f"FILE_SIZE_LIMIT_EXCEEDED: more than {limits.bytes} bytes in all")
    if len({file.key.rpartition("/")[0] for file in files}) > limits.folders:
        raise JobInputError(f"FOLDER_COUNTS_LIMIT_EXCEEDED: more than {limits.folders} folders")
