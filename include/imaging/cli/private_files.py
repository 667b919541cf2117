"""Files for their owner alone: written once, never replaced, and checked for who may read them."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from include.imaging.errors import CustomerError

OWNER_ONLY = 0o600
EVERYBODY_READS = 0o644


def create(path: Path, mode: int = OWNER_ONLY) -> BinaryIO:
    """Return a new file open for writing, with exactly `mode`; CustomerError where one lies."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        raise CustomerError(
            "FILE_EXISTS", "a file lies there already, and none is replaced: name another"
        ) from None
    except OSError as error:
        raise CustomerError(
            "FILE_UNWRITABLE", f"the file cannot be made: {error.strerror or 'no reason given'}"
        ) from None
    os.fchmod(number, mode)
    return os.fdopen(number, "wb")


def write(path: Path, content: bytes, mode: int = OWNER_ONLY) -> None:
    """Write a new file to the disk; CustomerError where one lies already."""
    with create(path, mode) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def is_private(path: Path) -> bool:
    """Return whether nobody but its owner may read, write or run a file."""
    return not stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
