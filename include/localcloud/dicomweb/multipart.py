"""Answers of one part or of many (PS3.18 8.6.1, RFC 2387)."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

from werkzeug.wrappers import Response


@dataclass(frozen=True)
class Part:
    """One representation.

    Attributes:
        media_type: Its type.
        length: Its bytes.
        chunks: The bytes, made while they are sent.
        syntax: The transfer syntax that it is in; empty when it has none.
    """

    media_type: str
    length: int
    chunks: Iterable[bytes]
    syntax: str = ""

    @property
    def content_type(self) -> str:
        """Type and transfer syntax as a header has them."""
        suffix = f"; transfer-syntax={self.syntax}" if self.syntax else ""
        return self.media_type + suffix


def single(part: Part) -> Response:
    """The part as the whole answer."""
    return _streamed(part.chunks, part.length, part.content_type)


def multipart(parts: list[Part]) -> Response:
    """All parts in one answer, their bytes made while they are sent."""
    boundary = uuid.uuid4().hex
    heads = [
        f"\r\n--{boundary}\r\nContent-Type: {part.content_type}\r\n"
        f"Content-Length: {part.length}\r\n\r\n".encode()
        for part in parts
    ]
    end = f"\r\n--{boundary}--\r\n".encode()
    length = sum(map(len, heads)) + sum(part.length for part in parts) + len(end)
    kind = f'multipart/related; type="{parts[0].media_type}"; boundary={boundary}'
    return _streamed(_message(heads, parts, end), length, kind)


def _message(heads: list[bytes], parts: list[Part], end: bytes) -> Iterator[bytes]:
    for head, part in zip(heads, parts, strict=True):
        yield head
        yield from part.chunks
    yield end


def _streamed(chunks: Iterable[bytes], length: int, content_type: str) -> Response:
    response = Response(chunks, HTTPStatus.OK, content_type=content_type, direct_passthrough=True)
    response.headers["Content-Length"] = str(length)
    return response
