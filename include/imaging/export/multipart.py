"""A multipart/related answer reduced, in place, to the one object it holds (RFC 2387)."""

from __future__ import annotations

from email.message import Message
from typing import IO

COPY_BYTES = 1 << 20
_MOST_OF_A_HEAD = 16 << 10


def only_part(file: IO[bytes], content_type: str) -> None:
    """Leave nothing but the first part's body in a file; one of another type stays as it is."""
    told = Message()
    told["Content-Type"] = content_type
    boundary = told.get_param("boundary")
    if told.get_content_maintype() != "multipart" or not isinstance(boundary, str):
        return
    mark = f"--{boundary}".encode()
    file.seek(0)
    head = file.read(_MOST_OF_A_HEAD)
    start = head.find(b"\r\n\r\n", head.find(mark)) + 4
    end = _last(file, b"\r\n" + mark)
    if start < 4 or end < start:
        return
    _move(file, start, end - start)


def _last(file: IO[bytes], mark: bytes) -> int:
    """Return where the closing boundary begins: it stands in the last bytes."""
    size = file.seek(0, 2)
    at = max(0, size - _MOST_OF_A_HEAD)
    file.seek(at)
    found = file.read().rfind(mark)
    return at + found if found >= 0 else -1


def _move(file: IO[bytes], start: int, length: int) -> None:
    moved = 0
    while moved < length:
        file.seek(start + moved)
        chunk = file.read(min(COPY_BYTES, length - moved))
        file.seek(moved)
        file.write(chunk)
        moved += len(chunk)
    file.seek(length)
    file.truncate()
