"""Reads the body of a request whole, and refuses one whose end is not where it says."""

import io
import re
from collections.abc import Iterator
from typing import Protocol
from wsgiref.types import WSGIEnvironment

LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)
CHUNK_HEAD = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(;[^\r\n]*)?\r?\n")
LONGEST_LINE = 8192
MOST_TRAILERS = 100
PIECE_BYTES = 16 << 20


class BodyError(Exception):
    """The body is not as its headers say; nothing that follows on the connection can be read."""


class Stream(Protocol):
    """Where a body comes from."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, fewer at the end."""
        ...

    def readline(self, size: int, /) -> bytes:
        """The next line, or as much of it."""
        ...


def read_body(environ: WSGIEnvironment) -> None:
    """Put the whole body in the place of the stream that it comes from.

    So a slow sender holds no lock, no connection is left dirty, and what a sender that died
    did not send to its end is not served.

    Raises:
        BodyError: Its length or its chunks are malformed, or it ends too soon (RFC 9112 6 and 7).
    """
    stream, coding = environ["wsgi.input"], environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    if coding not in ("", "chunked"):
        raise BodyError("the Transfer-Encoding is not known")
    length = environ.get("CONTENT_LENGTH") or "0"
    if not LENGTH.fullmatch(length):
        raise BodyError("the Content-Length is not one number")
    pieces = _chunks(stream) if coding else _pieces(stream, int(length))
    data = _joined(pieces)
    environ["wsgi.input"] = io.BytesIO(data)
    environ["CONTENT_LENGTH"] = str(len(data))
    environ["wsgi.input_terminated"] = True


def _joined(pieces: Iterator[bytes]) -> bytes:
    """All pieces as one, which never takes more than one of them beside it."""
    buffer = io.BytesIO()
    for piece in pieces:
        buffer.write(piece)
    return buffer.getvalue()


def _pieces(stream: Stream, length: int) -> Iterator[bytes]:
    """So many bytes; memory is taken for what arrives, not for what was announced."""
    while length:
        piece = stream.read(min(length, PIECE_BYTES))
        if not piece:
            raise BodyError("the body ends too soon")
        length -= len(piece)
        yield piece


def _chunks(stream: Stream) -> Iterator[bytes]:
    while length := _chunk_length(stream):
        yield from _pieces(stream, length)
        if stream.readline(3) not in (b"\r\n", b"\n"):
            raise BodyError("a chunk is longer than it says")
    for _ in range(MOST_TRAILERS):
        line = stream.readline(LONGEST_LINE)
        if line in (b"\r\n", b"\n"):
            return
        if not line.endswith(b"\n"):
            break
    raise BodyError("the trailers do not end")


def _chunk_length(stream: Stream) -> int:
    head = CHUNK_HEAD.fullmatch(stream.readline(LONGEST_LINE))
    if head is None:
        raise BodyError("the length of a chunk is not a number")
    return int(head[1], 16)
