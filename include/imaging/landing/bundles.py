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

from include.imaging.keys import RunKeys
from include.imaging.landing.index import Parts
from include.imaging.model import IndexEntry
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
        """Write the bundle; returns the entries with its key."""
        with self.file:
            if not self.bytes:
                return self.entries
            self.file.write(_END)
            key = keys.bundle(self._hash.hexdigest())
            etag = store.put(key, self._body())
        return [
            replace(entry, bundle=key, etag=etag) if entry.length else entry
            for entry in self.entries
        ]

    def _body(self) -> bytes | IO[bytes]:
        if isinstance(self.file, io.BytesIO):
            return self.file.getvalue()
        self.file.seek(0)
        return _shared(self.file)


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


def _shared(file: IO[bytes]) -> IO[bytes]:
    return cast(IO[bytes], _Shared(file))


class _Shared(io.RawIOBase):
    """An open file that stays open when this view of it is closed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._read: Callable[[int], bytes] = file.read

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._read(size)
