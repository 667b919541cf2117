"""Where an object is read from: bytes in memory, or a file of which only parts are read."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import BinaryIO, Protocol

COPY_BYTES = 2**20


class Source(Protocol):
    """An object's bytes, at any offset."""

    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset` on; fewer at the end."""

    def pieces(self, start: int, stop: int) -> Iterator[bytes | memoryview]:
        """Yield the bytes between two offsets in pieces, so that they need not fit in memory."""


class MemorySource:
    """An object that lies in memory; pieces of it are no copies."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self._data = data

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset` on."""
        if offset == 0 and length >= self.size:
            return self._data
        return self._data[offset : offset + length]

    def pieces(self, start: int, stop: int) -> Iterator[bytes | memoryview]:
        """Yield the bytes between two offsets, in one piece."""
        yield memoryview(self._data)[start:stop]


class FileSource:
    """An object in a file that can be sought; the file's own position moves."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)
        self._number = _number(file)

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset` on; fewer at the end."""
        if self._number is not None:
            return os.pread(self._number, length, offset)
        self._file.seek(offset)
        return self._file.read(length)

    def pieces(self, start: int, stop: int) -> Iterator[bytes | memoryview]:
        """Yield the bytes between two offsets, a mebibyte at a time."""
        while start < stop:
            piece = self.read(start, min(COPY_BYTES, stop - start))
            if not piece:
                raise EOFError
            start += len(piece)
            yield piece


def _number(file: BinaryIO) -> int | None:
    """Return the descriptor of a real file, None for anything else that reads.

    One that is compressed has a descriptor, too, but other bytes behind it.
    """
    raw = file.raw if isinstance(file, io.BufferedReader | io.BufferedRandom) else file
    if not isinstance(raw, io.FileIO):
        return None
    try:
        return raw.fileno()
    except OSError:
        return None
