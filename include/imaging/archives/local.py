"""A local directory of any size, by name: sorted on disk once it holds many names."""

from __future__ import annotations

import heapq
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from typing import IO, Any

from include.imaging.errors import CustomerError

NAMES_IN_MEMORY = 20_000
BLOCK_BYTES = 16 * 1024
_END = b"\0"  # the one character besides the slash that no name holds


def infos(folder: str) -> Iterator[dict[str, Any]]:
    """Yield what fsspec would list of a local directory, by name; memory holds 20,000 names.

    What vanishes after it was named is left out. Raises OSError for the directory itself.
    """
    for name in sorted_names(folder):
        path = f"{folder.rstrip('/')}/{name}"
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            continue
        yield {
            "name": path,
            "type": _type(found.st_mode),
            "islink": stat.S_ISLNK(found.st_mode),
            "size": found.st_size,
            "mtime": found.st_mtime,
        }


def sorted_names(folder: str) -> Iterator[str]:
    """Yield the names in a directory in their order, merged from runs in a private file."""
    runs: list[Iterator[str]] = []
    last: list[str] = []
    with ExitStack() as stack:
        spool: IO[bytes] | None = None
        with os.scandir(folder) as entries:
            names = (entry.name for entry in entries)
            while run := sorted(islice(names, NAMES_IN_MEMORY)):
                if last:
                    spool = spool or stack.enter_context(_private_file())
                    runs.append(_written(last, spool))
                last = run
        yield from heapq.merge(*runs, last)


def _private_file() -> IO[bytes]:
    try:
        return tempfile.TemporaryFile()
    except OSError:
        # never to be taken for a folder of the archive that is absent or closed
        raise CustomerError(
            "NO_TEMPORARY_FOLDER",
            "this worker has no temporary folder that it may write to: set TMPDIR, then clear "
            "the task",
        ) from None


def _written(names: list[str], spool: IO[bytes]) -> Iterator[str]:
    """Append names to the file; returns what reads them back, block by block."""
    start = spool.seek(0, os.SEEK_END)
    for name in names:
        # names may hold bytes that are no text, which Python shows as lone surrogates
        spool.write(name.encode("utf-8", "surrogatepass") + _END)
    return _read(spool, start, spool.tell())


def _read(spool: IO[bytes], start: int, end: int) -> Iterator[str]:
    rest = b""
    while start < end:
        spool.seek(start)  # the runs share one file
        block = spool.read(min(BLOCK_BYTES, end - start))
        start += len(block)
        *whole, rest = (rest + block).split(_END)
        for name in whole:
            yield name.decode("utf-8", "surrogatepass")


def _type(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "directory"
    return "file" if stat.S_ISREG(mode) else "other"
