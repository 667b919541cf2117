"""The members of a zip file, by its central directory, with what it lies about."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from typing import IO

from include.imaging.archives.limits import Limits
from include.imaging.archives.member import ContainerError, Member, damage, is_unsafe, shown
from include.imaging.archives.protocol import ByteStream

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    struct.error,
    IndexError,
)
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2}
_ENCRYPTED = 0x1
_LOCAL_HEADER_BYTES = 30
_DIRECTORY_BYTES_PER_MEMBER = 512
_END, _END_BYTES = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_BYTES, _END64_BYTES = b"PK\x06\x07", 20, 56
_MAX_COMMENT_BYTES = 1 << 16


class ZipContainer:
    """A zip file of `size` bytes that can be sought."""

    def __init__(self, file: IO[bytes], size: int, limits: Limits) -> None:
        self._file = file
        self._size = size
        self._limits = limits

    def members(self) -> Iterator[Member]:
        """Yield the members in the order of the central directory."""
        count, directory_bytes = self._end_record()
        if count > self._limits.members:
            raise ContainerError("TOO_MANY_MEMBERS")
        if directory_bytes > self._limits.members * _DIRECTORY_BYTES_PER_MEMBER:
            raise ContainerError("CONTAINER_DAMAGED", "size of the directory")
        try:
            archive = zipfile.ZipFile(self._file)
        except _DAMAGE as error:
            raise damage(error, "directory") from None
        infos = archive.infolist()
        overlapping = _overlapping(infos, archive.start_dir)
        for ordinal, info in enumerate(infos, 1):
            if info.is_dir() and not info.file_size:
                continue
            code = self._judge(info)
            if not code and ordinal in overlapping:
                code = "CONTAINER_DAMAGED"
            name = shown(info.orig_filename, self._limits)
            yield Member(name, ordinal, info.file_size, partial(_open, archive, info), code)
        if len(infos) != count:
            raise ContainerError("CONTAINER_DAMAGED", "count of members")

    def _judge(self, info: zipfile.ZipInfo) -> str:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind == stat.S_IFLNK:
            return "LINK_NOT_FOLLOWED"
        if kind in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK):
            return "SPECIAL_FILE"
        if is_unsafe(info.orig_filename, self._limits):
            return "UNSAFE_PATH"
        if info.flag_bits & _ENCRYPTED:
            return "ENCRYPTED_MEMBER"
        if info.compress_type not in _METHODS:
            return "UNSUPPORTED_CONTAINER"
        if info.file_size > self._limits.file_bytes:
            return "MEMBER_TOO_LARGE"
        if self._limits.is_bomb(info.compress_size, info.file_size):
            return "COMPRESSION_RATIO"
        return ""

    def _end_record(self) -> tuple[int, int]:
        """Return count of members and bytes of the directory, as the end record claims them.

        It is found where `zipfile` finds it, so that both look at the same record.
        """
        start = max(0, self._size - _END_BYTES - _MAX_COMMENT_BYTES)
        self._file.seek(start)
        tail = self._file.read(self._size - start)
        at = len(tail) - _END_BYTES
        if at < 0 or not (tail[at:].startswith(_END) and tail.endswith(b"\0\0")):
            at = tail.rfind(_END)
        if at < 0 or len(tail) - at < _END_BYTES:
            raise ContainerError("CONTAINER_DAMAGED", "no end record")
        count, directory_bytes = struct.unpack_from("<HL", tail, at + 10)
        end64 = start + at - _LOCATOR_BYTES - _END64_BYTES
        if end64 >= 0:
            self._file.seek(end64)
            record = self._file.read(_END64_BYTES + _LOCATOR_BYTES)
            if record[_END64_BYTES:].startswith(_LOCATOR) and record.startswith(b"PK\x06\x06"):
                count, directory_bytes = struct.unpack_from("<QQ", record, 32)
        return count, directory_bytes


def _overlapping(infos: list[zipfile.ZipInfo], directory: int) -> set[int]:
    """Return the ordinals of members whose bytes overlap others' or the directory."""
    order = sorted(range(len(infos)), key=lambda index: infos[index].header_offset)
    found: set[int] = set()
    end, last = 0, -1
    for index in order:
        info = infos[index]
        if info.header_offset < end:
            found |= {index + 1, last + 1}
        this = info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size
        if info.header_offset < 0 or this > directory:
            found.add(index + 1)
        if this > end:
            end, last = this, index
    return found


class _Stream:
    """The bytes of one member; ContainerError at damage, its checksum included."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        try:
            return self._stream.read(size)
        except _DAMAGE as error:
            raise damage(error, "data of a member") from None


def _open(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> ByteStream:
    try:
        return _Stream(archive.open(info))
    except _DAMAGE as error:
        raise damage(error, "header of a member") from None
