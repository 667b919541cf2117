"""Where an export goes: a folder or a bucket; files appear whole, or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from include.imaging.errors import CustomerError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK_BYTES = 1 << 20
MOST_BYTES_AT_ONCE = 5 << 30
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,239}")
_S3_URI = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")
_ABSENT = {"404", "NoSuchKey", "NotFound"}
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
MOST_OF_A_UID = 128


class Destination(Protocol):
    """A place for files by path; paths are relative and made of plain parts."""

    def put(self, path: str, body: IO[bytes], size: int, sha256: str) -> None:
        """Write a file from where `body` stands, replacing what lies there."""

    def put_once(self, path: str, data: bytes) -> None:
        """Write a file unless one lies there."""

    def get(self, path: str) -> bytes | None:
        """Return a whole file, or None when there is none."""

    def holds(self, path: str, size: int, sha256: str) -> bool:
        """Return whether that file lies there with that content."""


def uid_part(uid: str) -> str:
    """Return a UID as a part of a path; one that is not of digits and dots becomes a hash."""
    if len(uid) <= MOST_OF_A_UID and _UID.fullmatch(uid):
        return uid
    # JSON can name half a character, which UTF-8 cannot
    return f"uid_{hashlib.sha256(uid.encode(errors='surrogatepass')).hexdigest()[:40]}"


def checked(path: str) -> str:
    """Return a path whose parts are plain; ValueError for any other, absolute ones included."""
    if not all(_PART.fullmatch(part) and ".." not in part for part in path.split("/")):
        raise ValueError("a path of an export has a part that is not plain")
    return path


def s3_place(uri: str) -> tuple[str, str]:
    """Return bucket and prefix ('' or with a final slash) of an S3 URI; CustomerError."""
    match = _S3_URI.fullmatch(uri)
    prefix = (match[2] or "").strip("/") if match else ""
    try:
        ok = bool(match) and (not prefix or bool(checked(prefix)))
    except ValueError:
        ok = False
    if match is None or not ok:
        raise CustomerError(
            "EXPORT_DESTINATION",
            "the destination is no S3 URI of plain parts, such as s3://bucket/prefix",
        )
    return match[1], f"{prefix}/" if prefix else ""


class Folder:
    """A folder; a file is written beside its place and moved there once it is whole."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def put(self, path: str, body: IO[bytes], size: int, sha256: str) -> None:
        """Write a file, replacing what lies there."""
        place = self._place(path)
        with self._beside(place) as (beside, file):
            while chunk := body.read(CHUNK_BYTES):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
            beside.replace(place)

    def put_once(self, path: str, data: bytes) -> None:
        """Write a file unless one lies there; of two writers one wins, and its file is whole."""
        place = self._place(path)
        with self._beside(place) as (beside, file):
            file.write(data)
            file.flush()
            try:
                place.hardlink_to(beside)
            except FileExistsError:
                return

    def get(self, path: str) -> bytes | None:
        """Return a whole file, or None when there is none."""
        try:
            return self._place(path).read_bytes()
        except FileNotFoundError:
            return None

    def holds(self, path: str, size: int, sha256: str) -> bool:
        """Return whether the file lies there; its bytes are read and hashed."""
        place = self._place(path)
        try:
            with place.open("rb") as file:
                return os.fstat(file.fileno()).st_size == size and _sha256(file) == sha256
        except FileNotFoundError:
            return False

    def _place(self, path: str) -> Path:
        place = self._root / checked(path)
        # a link inside the folder must not lead out of it
        if not place.parent.resolve().is_relative_to(self._root):
            raise CustomerError("EXPORT_DESTINATION", "a link in the folder leads out of it")
        return place

    @contextmanager
    def _beside(self, place: Path) -> Iterator[tuple[Path, IO[bytes]]]:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f".{uuid.uuid4().hex}.part")
        try:
            with beside.open("xb") as file:
                yield beside, file
        finally:
            beside.unlink(missing_ok=True)


class Bucket:
    """A bucket below a prefix; S3 checks each body against its SHA-256 and shows it whole.

    Needs s3:GetObject and s3:PutObject below the prefix, and s3:ListBucket to tell what is
    absent from what is denied.
    """

    def __init__(self, client: S3Client, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def put(self, path: str, body: IO[bytes], size: int, sha256: str) -> None:
        """Write an object, replacing what lies there; it carries its SHA-256."""
        if size > MOST_BYTES_AT_ONCE:
            raise CustomerError(
                "EXPORT_FILE_TOO_LARGE",
                "a file is above 5 GiB, the most that one PutObject takes: export to a folder",
            )
        self._client.put_object(
            Bucket=self._bucket,
            Key=self._key(path),
            Body=body,
            ContentLength=size,
            ChecksumSHA256=b64encode(bytes.fromhex(sha256)).decode(),
            Metadata={"sha256": sha256},
        )

    def put_once(self, path: str, data: bytes) -> None:
        """Write an object unless one lies there (If-None-Match: *)."""
        wanted: dict[str, Any] = {"Bucket": self._bucket, "Key": self._key(path), "Body": data}
        try:
            self._client.put_object(**wanted, IfNoneMatch="*")
        except ClientError as error:
            if _code(error) not in ("412", "PreconditionFailed"):
                raise

    def get(self, path: str) -> bytes | None:
        """Return a whole object, or None when there is none."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(path))
        except ClientError as error:
            if _code(error) in _ABSENT:
                return None
            raise
        with answer["Body"] as body:
            return body.read()

    def holds(self, path: str, size: int, sha256: str) -> bool:
        """Return whether the object lies there, by its length and the SHA-256 it carries."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=self._key(path))
        except ClientError as error:
            if _code(error) in _ABSENT:
                return False
            raise
        return head["ContentLength"] == size and head["Metadata"].get("sha256") == sha256

    def _key(self, path: str) -> str:
        return self._prefix + checked(path)


def _sha256(file: IO[bytes]) -> str:
    found = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        found.update(chunk)
    return found.hexdigest()


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
