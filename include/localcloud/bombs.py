"""Refuses files that would take memory or time out of all proportion to their size."""

import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pydicom.filereader import _read_file_meta_info, read_preamble
from pydicom.uid import DeflatedExplicitVRLittleEndian

MOST_INFLATED_BYTES = 512 << 20
MOST_ITEMS = 250_000
ITEM_BYTES = 8  # the least that an item takes: its tag and its length
BYTES_AN_ITEM = 1024
BLOCK_BYTES = 1 << 20
ITEMS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")  # little and big endian (PS3.5 7.5)


class BombError(ValueError):
    """The file holds far more than its size lets expect."""


def require_proportion(source: bytes | Path) -> None:
    """Pass unless parsing the file would take gigabytes or minutes.

    A deflated data set may inflate to 512 MB. Items of sequences (fragments count as such) may
    be 250,000, or one for each 1,024 bytes in a larger file: each becomes an object of its own.

    Raises:
        BombError: It would.
        InvalidDicomError: It is no DICOM P10 file.
    """
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        read_preamble(file, force=False)
        syntax = _read_file_meta_info(file).get("TransferSyntaxUID")
        blocks = iter(lambda: file.read(BLOCK_BYTES), b"")
        if syntax == DeflatedExplicitVRLittleEndian:
            blocks, size = _inflated(file), MOST_INFLATED_BYTES
        elif size <= MOST_ITEMS * ITEM_BYTES:
            return  # it has no room for more
        most, items = max(MOST_ITEMS, size // BYTES_AN_ITEM), 0
        for block in blocks:
            items += sum(block.count(item) for item in ITEMS)
            if items > most:
                raise BombError("too many items")


def _inflated(file: BinaryIO) -> Iterator[bytes]:
    engine, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while data := engine.unconsumed_tail or file.read(BLOCK_BYTES):
        block = engine.decompress(data, BLOCK_BYTES)
        total += len(block)
        if total > MOST_INFLATED_BYTES:
            raise BombError("inflates to too much")
        yield block
        if engine.eof:
            return
