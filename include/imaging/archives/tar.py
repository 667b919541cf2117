"""The members of a tar file, plain or compressed, read forward once.

The standard library's reader takes extended headers of any size into memory and, before
3.11.14, loops for ever on negative sizes, so that only its header blocks are used here.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import IO

from include.imaging.archives.inflate import Inflated
from include.imaging.archives.limits import MIB, Limits
from include.imaging.archives.member import ContainerError, Member, damage, is_unsafe, shown

BLOCK = tarfile.BLOCKSIZE
_FILES = {tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE}
_LINKS = {tarfile.LNKTYPE, tarfile.SYMTYPE}
_SPECIAL = {tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE}
_PAX = {tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE}
_EXTENDED = _PAX | {tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK}


class TarContainer:
    """A tar file: ustar, GNU long names and pax; sparse members are refused."""

    def __init__(self, file: IO[bytes], kind: str, limits: Limits) -> None:
        self._source = _Seekable(file) if kind == "tar" else Inflated(file, kind, limits)
        self._limits = limits
        self._left = 0

    def members(self) -> Iterator[Member]:
        """Yield the members in order; ContainerError where the file is damaged or ends early."""
        ordinal = 0
        while (header := self._header()) is not None:
            name, size, code = header
            self._left = size
            if code != "directory":
                ordinal += 1
                if ordinal > self._limits.members:
                    raise ContainerError("TOO_MANY_MEMBERS")
                yield Member(shown(name, self._limits), ordinal, size, lambda: self, code)
            self._skip_rest(-size % BLOCK)
        self._check_rest()

    def read(self, size: int, /) -> bytes:
        """Return the next bytes of the current member."""
        data = self._source.read(min(size, self._left))
        self._left -= len(data)
        return data

    def _skip_rest(self, padding: int) -> None:
        wanted = self._left + padding
        try:
            done = self._source.skip(wanted)
        except ContainerError as error:
            raise ContainerError(error.code, error.detail, in_member=True) from None
        if done < self._left:
            raise ContainerError("CONTAINER_DAMAGED", "end of file", in_member=True)

    def _header(self) -> tuple[str, int, str] | None:
        """Return name, size and finding of the next member; None at the end-of-archive mark."""
        pax: dict[str, bytes] = {}
        self._source.mark()
        while (info := self._block()) is not None:
            if info.type not in _EXTENDED:
                return self._judge(info, pax)
            if not 0 <= info.size <= self._limits.tar_header_bytes:
                raise ContainerError("CONTAINER_DAMAGED", "size of an extended header")
            data = self._source.read(info.size)
            if self._source.skip(-info.size % BLOCK) < -info.size % BLOCK:
                raise ContainerError("CONTAINER_DAMAGED", "end of file")
            if info.type in _PAX:
                pax |= _records(data)
            elif info.type == tarfile.GNUTYPE_LONGNAME:
                pax["path"] = data.rstrip(b"\0")
        return None

    def _block(self) -> tarfile.TarInfo | None:
        block = self._source.read(BLOCK)
        try:
            return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError:
            if len(block) == BLOCK and not block.strip(b"\0"):
                return None
            detail = "header block" if block else "no end-of-archive mark"
            raise ContainerError("CONTAINER_DAMAGED", detail) from None

    def _judge(self, info: tarfile.TarInfo, pax: dict[str, bytes]) -> tuple[str, int, str]:
        name = pax["path"].decode("utf-8", "surrogateescape") if "path" in pax else info.name
        size = _number(pax["size"]) if "size" in pax else info.size
        if size < 0:
            raise ContainerError("CONTAINER_DAMAGED", "negative size")
        if info.type in _LINKS | _SPECIAL:
            return name, 0, "LINK_NOT_FOLLOWED" if info.type in _LINKS else "SPECIAL_FILE"
        if info.type == tarfile.DIRTYPE:
            return name, 0, "directory"
        sparse = any(key.startswith("GNU.sparse") for key in pax)
        if info.type not in _FILES or sparse:
            return name, size, "UNSUPPORTED_CONTAINER"
        if is_unsafe(name, self._limits):
            return name, size, "UNSAFE_PATH"
        return name, size, "MEMBER_TOO_LARGE" if size > self._limits.file_bytes else ""

    def _check_rest(self) -> None:
        """Read to the end: padding is zeros, anything else may be members nobody has seen."""
        self._source.mark()
        while data := self._source.read(MIB):
            if data.strip(b"\0"):
                raise ContainerError("CONTAINER_DAMAGED", "bytes after the end-of-archive mark")


class _Seekable:
    """A plain tar file, of which members that are not read are skipped by seeking."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        file.seek(0)

    def mark(self) -> None:
        """Plain bytes have no ratio to count."""

    def read(self, size: int, /) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            raise damage(error, "data") from None

    def skip(self, size: int) -> int:
        here = self._file.tell()
        skipped = max(0, min(size, self._size - here))
        self._file.seek(here + skipped)
        return skipped


def _records(data: bytes) -> dict[str, bytes]:
    """Return the records of a pax header (POSIX.1-2008 pax, `length key=value newline`)."""
    records: dict[str, bytes] = {}
    while data.strip(b"\0"):
        digits, _, _ = data.partition(b" ")
        length = _number(digits)
        key, mark, value = data[len(digits) + 1 : length].partition(b"=")
        if length <= len(digits) + 1 or length > len(data) or not mark:
            raise ContainerError("CONTAINER_DAMAGED", "extended header")
        records[key.decode("utf-8", "replace")] = value[:-1]
        data = data[length:]
    return records


def _number(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 20:
        raise ContainerError("CONTAINER_DAMAGED", "number in an extended header")
    return int(digits)
