"""Objects by key, in an S3 bucket."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Protocol, cast

from botocore.exceptions import ClientError
from s3transfer.manager import TransferConfig, TransferManager

from include.imaging.errors import CustomerError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef

DELETE_AT_ONCE = 1000
BUFFER_BYTES = 256 * 1024
# one PutObject ends at 5 GB, and is sent again from its beginning when the connection breaks
PARTS_ABOVE = 64 * 1024 * 1024
PARTS_IN_FLIGHT = 4
_ABSENT = {"404", "NoSuchKey", "NotFound"}
_TAKEN = {"412", "PreconditionFailed"}
_CONFLICT = "ConditionalRequestConflict"


@dataclass(frozen=True, slots=True)
class Stored:
    """One object as a listing shows it: key, bytes, ETag (with its quotes)."""

    key: str
    size: int
    etag: str


class ObjectStore(Protocol):
    """What the steps need of a bucket. Keys are relative to the store."""

    name: str

    def put(self, key: str, body: bytes | IO[bytes]) -> str:
        """Write an object, replacing what lay there; returns its ETag."""

    def put_once(self, key: str, body: bytes) -> bool:
        """Write an object unless one lies there (If-None-Match: *); returns whether it wrote."""

    def get(self, key: str) -> bytes | None:
        """Return the whole object, or None when there is none."""

    def open(self, key: str) -> IO[bytes] | None:
        """Return a stream of the object (not seekable), or None when there is none."""

    def get_range(self, key: str, offset: int, length: int, etag: str = "") -> bytes:
        """Return `length` bytes from `offset`; CustomerError when it is gone or is not `etag`."""

    def listing(self, prefix: str) -> Iterator[Stored]:
        """Yield the objects below `prefix`, in key order."""

    def written(self, key: str) -> datetime | None:
        """Return when the object was written, or None when there is none."""

    def delete(self, keys: Iterable[str]) -> int:
        """Delete objects, absent ones too; returns how many were asked for."""


class S3Store:
    """An S3 bucket as an ObjectStore. Needs s3:GetObject, PutObject, ListBucket, DeleteObject."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self.name = bucket

    def put(self, key: str, body: bytes | IO[bytes]) -> str:
        """Write an object; a large one is sent in parts, and appears as a whole or not at all."""
        if isinstance(body, bytes):
            if len(body) < PARTS_ABOVE:
                answer = self._client.put_object(Bucket=self.name, Key=key, Body=body)
                return answer["ETag"]
            body = io.BytesIO(body)
        # boto3's classic transfer, never the CRT one, which has settings and errors of its own
        how = TransferConfig(
            multipart_threshold=PARTS_ABOVE, max_request_concurrency=PARTS_IN_FLIGHT
        )
        with TransferManager(self._client, how) as transfers:
            transfers.upload(body, self.name, key).result()
        return self._client.head_object(Bucket=self.name, Key=key)["ETag"]

    def put_once(self, key: str, body: bytes) -> bool:
        """Write an object unless one lies there; returns whether it wrote."""
        try:
            self._client.put_object(Bucket=self.name, Key=key, Body=body, IfNoneMatch="*")
        except ClientError as error:
            if _code(error) in _TAKEN:
                return False
            if _code(error) == _CONFLICT:
                raise TransientError(
                    "WRITTEN_AT_ONCE", f"another write to {key} is under way: looking again later"
                ) from None
            raise
        return True

    def get(self, key: str) -> bytes | None:
        """Return the whole object, or None when there is none."""
        stream = self.open(key)
        if stream is None:
            return None
        with stream:
            return stream.read()

    def open(self, key: str) -> IO[bytes] | None:
        """Return the object's body as a stream, or None when there is none."""
        try:
            body = self._client.get_object(Bucket=self.name, Key=key)["Body"]
        except ClientError as error:
            if _code(error) in _ABSENT:
                return None
            raise
        # the body reads lines byte by byte unless a buffer stands before it
        return io.BufferedReader(cast("io.RawIOBase", body), BUFFER_BYTES)

    def get_range(self, key: str, offset: int, length: int, etag: str = "") -> bytes:
        """Return `length` bytes from `offset`, of the object with `etag` alone when given."""
        if length == 0:
            return b""
        wanted: GetObjectRequestTypeDef = {
            "Bucket": self.name,
            "Key": key,
            "Range": f"bytes={offset}-{offset + length - 1}",
        }
        if etag:
            wanted["IfMatch"] = etag
        try:
            answer = self._client.get_object(**wanted)
        except ClientError as error:
            if _code(error) in _ABSENT | _TAKEN:
                raise CustomerError(
                    "LANDING_OBJECT_GONE",
                    f"{key} in bucket {self.name} expired or was replaced since it was staged; "
                    "clear `stage` of the run that staged it, or trigger the interval again",
                ) from None
            raise
        with answer["Body"] as body:
            return body.read()

    def listing(self, prefix: str) -> Iterator[Stored]:
        """Yield the objects below `prefix`, in key order, a page at a time."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix
        )
        for page in pages:
            for entry in page.get("Contents", []):
                yield Stored(entry["Key"], entry["Size"], entry["ETag"])

    def written(self, key: str) -> datetime | None:
        """Return when the object was written, or None when there is none."""
        try:
            return self._client.head_object(Bucket=self.name, Key=key)["LastModified"]
        except ClientError as error:
            if _code(error) in _ABSENT:
                return None
            raise

    def delete(self, keys: Iterable[str]) -> int:
        """Delete objects, a thousand a request."""
        pending: list[str] = []
        count = 0
        for key in keys:
            pending.append(key)
            if len(pending) == DELETE_AT_ONCE:
                count += self._delete(pending)
                pending = []
        return count + (self._delete(pending) if pending else 0)

    def _delete(self, keys: list[str]) -> int:
        answer = self._client.delete_objects(
            Bucket=self.name, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
        )
        if answer.get("Errors"):
            raise CustomerError(
                "DELETE_DENIED",
                f"{len(answer['Errors'])} objects could not be deleted from {self.name} "
                f"({answer['Errors'][0].get('Code', 'no code')}): allow s3:DeleteObject on it",
            )
        return len(keys)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
