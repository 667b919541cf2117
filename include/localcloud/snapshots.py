"""What moto holds of an S3 key or bucket, as bytes that bring it back."""

import copy
import io
import pickle
import shutil
import threading
from typing import Any

from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey
from moto.s3.utils import _VersionedKeyStore

from include.localcloud.blobs import CHUNK_BYTES, Blobs

PER_PROCESS = ("_value_buffer", "lock")


class StoredValue:
    """The file-like place where a key's bytes lie; moto reads it as it would its own buffer."""

    def __init__(self, blobs: Blobs, name: str) -> None:
        self.blobs = blobs
        self.name = name

    def seek(self, position: int) -> None:
        """Nothing: every read is of the whole."""

    def read(self) -> Any:
        """The bytes, mapped and not loaded."""
        return self.blobs.get(self.name)

    def close(self) -> None:
        """Nothing: a reader may still answer from the file; the journal removes it."""


class WatchedKeys(_VersionedKeyStore):
    """A bucket's keys that remember which of them changed since the journal last asked."""

    def changed(self) -> set[str]:
        """The names that were set or removed; kept in the instance, since moto makes it."""
        names: set[str] = self.__dict__.setdefault("_changed", set())
        return names

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self.changed().add(key)

    def setlist(self, key: str, list_: Any) -> None:
        """Replace all versions of a key."""
        super().setlist(key, list_)
        self.changed().add(key)

    def pop(self, key: str, *default: Any) -> None:
        """Remove all versions of a key."""
        super().pop(key, *default)
        self.changed().add(key)


def dump_versions(versions: list[Any], tags: dict[str, str]) -> bytes:
    """All versions of a key without their bytes, which `stored_names` tells."""
    return pickle.dumps(([_version_state(version) for version in versions], tags))


def load_versions(snapshot: bytes, blobs: Blobs) -> tuple[list[Any], dict[str, str]]:
    """The versions and tags that `dump_versions` took, their bytes where the blobs are."""
    states, tags = pickle.loads(snapshot)  # noqa: S301 - our own file in a folder of mode 700
    versions: list[Any] = []
    for state in states:
        versions.append(_load_version(state, blobs, versions[-1] if versions else None))
    return versions, tags


def stored_names(versions: list[Any]) -> list[str]:
    """The blobs that hold the bytes of these versions."""
    return [v._value_buffer.name for v in versions if isinstance(v, FakeKey)]


def store_value(key: Any, blobs: Blobs) -> None:
    """Move a key's bytes from moto's memory to a file; the ETag is taken before."""
    if isinstance(key._value_buffer, StoredValue):
        return
    _ = key.etag
    name, file = blobs.create()
    with file:
        key._value_buffer.seek(0)
        shutil.copyfileobj(key._value_buffer, file, CHUNK_BYTES)
    key._value_buffer.close()
    key._value_buffer = StoredValue(blobs, name)
    _drop_parts(key)


def dump_bucket(bucket: FakeBucket) -> bytes:
    """A bucket's settings, without its keys and unfinished uploads."""
    shell: Any = copy.copy(bucket)
    shell.keys, shell.multiparts = None, {}
    return pickle.dumps(shell)


def load_bucket(snapshot: bytes) -> FakeBucket:
    """The empty bucket that `dump_bucket` took."""
    bucket: FakeBucket = pickle.loads(snapshot)  # noqa: S301 - as above
    bucket.keys = WatchedKeys()
    return bucket


def watch(bucket: FakeBucket) -> WatchedKeys:
    """The bucket's keys; from the first call on they remember their changes."""
    if not isinstance(bucket.keys, WatchedKeys):
        watched = WatchedKeys()
        for name, versions in bucket.keys._iterlists():
            watched.setlist(name, versions)
        bucket.keys = watched
    return bucket.keys


def _version_state(version: Any) -> dict[str, Any]:
    if isinstance(version, FakeDeleteMarker):
        return {"marker": {k: v for k, v in vars(version).items() if k != "key"}}
    state = {k: v for k, v in vars(version).items() if k not in PER_PROCESS}
    return {"key": state, "blob": version._value_buffer.name}


def _load_version(state: dict[str, Any], blobs: Blobs, previous: Any) -> Any:
    if "marker" in state:
        marker = FakeDeleteMarker.__new__(FakeDeleteMarker)
        vars(marker).update(state["marker"], key=previous)
        return marker
    key: Any = FakeKey.__new__(FakeKey)
    vars(key).update(state["key"])
    key._value_buffer = StoredValue(blobs, state["blob"])
    key.lock = threading.Lock()
    return key


def _drop_parts(key: Any) -> None:
    """Forget the bytes of the parts a key was put together from; their sizes stay."""
    for part in key.multipart.parts.values() if key.multipart else ():
        part._value_buffer.close()
        part._value_buffer = io.BytesIO()
