"""Where an object is read from: bytes in memory, or a file of which only parts are read."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from typing import BinaryIO, Protocol

COPY_BYTES = 2**20
_BUFFERED = (io.BufferedReader, io.BufferedWriter, io.BufferedRandom)


class Source(Protocol):
    """An object's bytes, at any offset."""

    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset` on; fewer at the end."""

    def fill(self, offset: int, buffer: memoryview) -> None:
        """Fill a buffer with the bytes from `offset` on; OSError where they are too few."""

    def pieces(self, start: int, stop: int) -> Iterator[bytes | memoryview]:
        """Yield the bytes between two offsets in pieces, so that they need not fit in memory."""


def _ended() -> OSError:
    """Return the error of a source that became shorter while it was read."""
    return OSError(errno.EIO, "the source ended before the size that it had")


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

    def fill(self, offset: int, buffer: memoryview) -> None:
        """Fill a buffer with the bytes from `offset` on; OSError where they are too few."""
        if offset + len(buffer) > self.size:
            raise _ended()
        buffer[:] = memoryview(self._data)[offset : offset + len(buffer)]

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
        piece = self._read(offset, length)
        if not piece or len(piece) >= min(length, self.size - offset):
            return piece
        pieces = [piece]
        while piece and (length := length - len(piece)):  # a call gives two gigabytes at most
            offset += len(piece)
            piece = self._read(offset, length)
            pieces.append(piece)
        return b"".join(pieces)

    def _read(self, offset: int, length: int) -> bytes:
        if self._number is not None:
            return os.pread(self._number, length, offset)
        self._file.seek(offset)
        return self._file.read(length)

    def fill(self, offset: int, buffer: memoryview) -> None:
        """Fill a buffer with the bytes from `offset` on; OSError where they are too few."""
        while buffer:
            if self._number is not None:
                count = os.preadv(self._number, [buffer], offset)
            else:
                piece = self.read(offset, len(buffer))
                count = len(piece)
                buffer[:count] = piece
            if not count:
                raise _ended()
            offset, buffer = offset + count, buffer[count:]

    def pieces(self, start: int, stop: int) -> Iterator[bytes | memoryview]:
        """Yield the bytes between two offsets, a mebibyte at a time."""
        while start < stop:
            piece = self.read(start, min(COPY_BYTES, stop - start))
            if not piece:
                raise _ended()
            start += len(piece)
            yield piece


def write(target: BinaryIO, pieces: Iterator[bytes | memoryview]) -> None:
    """Write pieces to a file, each before the next one is asked for but for the first two.

    These, a header and what may be all of its pixels, reach a real file in one call: in two, the
    page of the file that they share would be prepared twice.
    """
    number = _number(target)
    if number is not None and hasattr(os, "writev"):
        target.flush()
        first, second = next(pieces, b""), next(pieces, b"")
        done = os.writev(number, (first, second))
        if done < len(first) + len(second):
            target.write(b"".join((first, second))[done:])
    target.writelines(pieces)


def _number(file: BinaryIO) -> int | None:
    """Return the descriptor of a real file, None for anything else that reads or writes.

    One that is compressed has a descriptor, too, but other bytes behind it.
    """
    raw = file.raw if isinstance(file, _BUFFERED) else file
    if not isinstance(raw, io.FileIO):
        return None
    try:
        return raw.fileno()
    except OSError:
        return None
