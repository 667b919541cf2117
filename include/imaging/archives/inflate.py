"""A compressed stream as plain bytes, read forward, that notices bombs and damage."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import IO, Any

from include.imaging.archives.limits import MIB, Limits
from include.imaging.archives.member import ContainerError, damage

CHUNK_BYTES = 64 * 1024
_OUTPUT_BYTES = 256 * 1024
_XZ_MEMORY_BYTES = 256 * MIB
_DAMAGE = (zlib.error, lzma.LZMAError, EOFError, ValueError, OSError)


class Inflated:
    """The plain bytes of a gzip, bzip2 or xz file, several streams in a row included.

    `read` gives the bytes asked for unless the stream ends; ContainerError at damage, at
    bytes after the last stream, and where the ratio since the last `mark` is a bomb's.
    """

    def __init__(self, file: IO[bytes], kind: str, limits: Limits) -> None:
        self._file = file
        self._kind = kind
        self._limits = limits
        self._inflater: Any = None
        self._input = b""
        self._ready = bytearray()
        self._ended = False
        self.mark()

    def mark(self) -> None:
        """Begin to count the compression ratio anew, at a member."""
        self._packed = CHUNK_BYTES
        self._unpacked = len(self._ready)

    def read(self, size: int, /) -> bytes:
        """Return `size` bytes, fewer at the end only."""
        while len(self._ready) < size and not self._ended:
            self._fill()
        data = bytes(self._ready[:size])
        del self._ready[:size]
        return data

    def skip(self, size: int) -> int:
        """Read over `size` bytes; returns how many there were."""
        done = 0
        while done < size and (data := self.read(min(MIB, size - done))):
            done += len(data)
        return done

    def _fill(self) -> None:
        try:
            if self._inflater is None and not self._begin():
                return
            if not self._input and self._needs_input():
                self._input = self._take()
            data = self._inflate()
        except _DAMAGE as error:
            raise damage(error, "compressed data") from None
        self._ready += data
        self._unpacked += len(data)
        if self._limits.is_bomb(self._packed, self._unpacked):
            raise ContainerError("COMPRESSION_RATIO")

    def _begin(self) -> bool:
        """Start the next stream of the file; False at its end."""
        self._input = self._input or self._take(at_end=True)
        while self._input and not self._input.strip(b"\0"):
            self._input = self._take(at_end=True)
        self._ended = not self._input
        if not self._ended:
            self._inflater = _inflater(self._kind)
        return not self._ended

    def _inflate(self) -> bytes:
        inflater = self._inflater
        data: bytes = inflater.decompress(self._input, _OUTPUT_BYTES)
        if inflater.eof:
            self._input = inflater.unused_data
            self._inflater = None
        else:
            self._input = getattr(inflater, "unconsumed_tail", b"")
        return data

    def _needs_input(self) -> bool:
        return bool(getattr(self._inflater, "needs_input", True))

    def _take(self, *, at_end: bool = False) -> bytes:
        data = self._file.read(CHUNK_BYTES)
        self._packed += len(data)
        if not data and not at_end:
            raise EOFError
        return data


def _inflater(kind: str) -> Any:
    if kind == "tar.gz":
        return zlib.decompressobj(wbits=31)
    if kind == "tar.bz2":
        return bz2.BZ2Decompressor()
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)
