"""A deflated data set as plain bytes, in a private file, within limits (PS3.5 A.5)."""

from __future__ import annotations

import mmap
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from include.imaging.dicom.envelope import Buffer
from include.imaging.dicom.limits import INFLATED_BYTES, INFLATION_RATIO, RATIO_FROM_BYTES

CHUNK_BYTES = 1024 * 1024


class InflationError(Exception):
    """The bytes do not inflate; `code` is the finding's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@contextmanager
def inflated(data: Buffer, offset: int) -> Iterator[tuple[memoryview, bool]]:
    """Give the inflated bytes from `offset` on, and whether their stream was complete.

    Raises InflationError for bytes that are not deflated, or that only a bomb inflates to.
    """
    with tempfile.TemporaryFile() as file:
        complete = _inflate(data, offset, file)
        file.flush()
        if not file.tell():
            yield memoryview(b""), complete
            return
        with (
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
            memoryview(mapped) as plain,
        ):
            yield plain, complete


def _inflate(data: Buffer, offset: int, file: IO[bytes]) -> bool:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    most = min(INFLATED_BYTES, max(RATIO_FROM_BYTES, INFLATION_RATIO * (len(data) - offset)))
    for at in range(offset, len(data), CHUNK_BYTES):
        packed = bytes(data[at : at + CHUNK_BYTES])
        while packed and not inflater.eof:
            try:
                file.write(inflater.decompress(packed, CHUNK_BYTES))
            except zlib.error:
                raise InflationError("UNPARSABLE") from None
            packed = inflater.unconsumed_tail
            if file.tell() > most:
                raise InflationError("COMPRESSION_RATIO")
    return inflater.eof
