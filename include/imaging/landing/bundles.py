"""Bundles: uncompressed tars of items, put into the landing zone while the next one fills."""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import IO, cast

from include.imaging.keys import RunKeys, quarantined
from include.imaging.landing.index import Parts
from include.imaging.model import IndexEntry, Severity
from include.imaging.store import ObjectStore

BUNDLE_BYTES = 32 * 1024 * 1024  # two on their way and one that fills: below 100 MiB
IN_FLIGHT = 2
BLOCK = tarfile.BLOCKSIZE
_END = b"\0" * (2 * BLOCK)


class Bundle:
    """Items on their way into one object; in memory, or in a private file for a large item.

    Members are named by item id alone. The object's key is a hash over names, lengths and
    hashes of the items, which says as much as one over the bytes and spares a third pass.
    """

    def __init__(self, *, spooled: bool = False) -> None:
        self.file: IO[bytes] = io.BytesIO()
        if spooled:
            self.file = tempfile.TemporaryFile()  # noqa: SIM115 - `put` closes it
        self.entries: list[IndexEntry] = []
        self._hash = hashlib.sha256()
        self.bytes = 0

    def begin(self, item_id: str, length: int) -> int:
        """Write the header of one item; returns the offset at which its bytes begin."""
        info = tarfile.TarInfo(item_id)
        info.size = length
        header = info.tobuf(tarfile.GNU_FORMAT)
        self._hash.update(header)
        self.file.write(header)
        return self.bytes + len(header)

    def end(self, entry: IndexEntry) -> None:
        """Close one item, whose `offset`, `length` and `sha256` are known by now."""
        self.file.write(b"\0" * (-entry.length % BLOCK))
        self._hash.update(bytes.fromhex(entry.sha256))
        self.bytes = entry.offset + entry.length + -entry.length % BLOCK
        self.entries.append(entry)

    def add(self, entry: IndexEntry, data: bytes) -> None:
        """Append one item with its bytes; without bytes only its entry."""
        if not data:
            self.entries.append(entry)
            return
        offset = self.begin(entry.item_id, len(data))
        self.file.write(data)
        self.end(replace(entry, offset=offset, length=len(data)))

    def put(self, store: ObjectStore, keys: RunKeys) -> list[IndexEntry]:
        """Write the bundle, and apart what is held back; returns the entries with its key."""
        with self.file:
            if not self.bytes:
                return self.entries
            self.file.write(_END)
            key = keys.bundle(self._hash.hexdigest())
            etag = store.put(key, self._body())
            for entry in self.entries:
                if entry.length and is_held_back(entry):
                    where = quarantined(keys.feed, entry.item_id, entry.content_hash)
                    store.put(where, self._section(entry))
        return [
            replace(entry, bundle=key, etag=etag) if entry.length else entry
            for entry in self.entries
        ]

    def _body(self) -> bytes | IO[bytes]:
        if isinstance(self.file, io.BytesIO):
            return self.file.getvalue()
        self.file.seek(0)
        return _shared(self.file)

    def _section(self, entry: IndexEntry) -> bytes | IO[bytes]:
        if isinstance(self.file, io.BytesIO):
            return bytes(self.file.getbuffer()[entry.offset : entry.offset + entry.length])
        self.file.seek(entry.offset)
        return _shared(self.file, entry.length)


def is_held_back(entry: IndexEntry) -> bool:
    """Whether an entry has a finding that keeps it out."""
    return any(found.severity is Severity.ERROR for found in entry.findings)


class Uploads:
    """Bundles on their way: a bounded number at once, committed in the order they were sent."""

    def __init__(self, store: ObjectStore, keys: RunKeys, parts: Parts) -> None:
        self._store = store
        self._keys = keys
        self._parts = parts
        self._pool = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="bundle")
        self._flying: deque[Future[list[IndexEntry]]] = deque()

    def __enter__(self) -> Uploads:
        return self

    def __exit__(self, *raised: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def send(self, bundle: Bundle) -> None:
        """Start a bundle's upload; waits for the oldest when too many are on their way."""
        while len(self._flying) >= IN_FLIGHT:
            self._commit()
        self._flying.append(self._pool.submit(bundle.put, self._store, self._keys))

    def finish(self) -> None:
        """Wait for every upload and commit it."""
        while self._flying:
            self._commit()

    def _commit(self) -> None:
        self._parts.commit(self._flying.popleft().result())


def _shared(file: IO[bytes], length: int | None = None) -> IO[bytes]:
    return cast(IO[bytes], _Shared(file, length))


class _Shared(io.RawIOBase):
    """A window of an open file that leaves the file open when it is closed itself."""

    def __init__(self, file: IO[bytes], length: int | None = None) -> None:
        self._read: Callable[[int], bytes] = file.read
        self._left = length

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if self._left is not None:
            size = self._left if size < 0 else min(size, self._left)
        data = self._read(size)
        if self._left is not None:
            self._left -= len(data)
        return data
