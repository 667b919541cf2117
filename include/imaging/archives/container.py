"""Container files (zip, tar, compressed tar): what is one, and its members as items."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from include.imaging.archives.inflate import Inflated
from include.imaging.archives.limits import Limits
from include.imaging.archives.member import Container, ContainerError, Member
from include.imaging.archives.protocol import ByteStream, ItemReadError, Opened, Sighting
from include.imaging.archives.tar import TarContainer
from include.imaging.archives.tree import Entry
from include.imaging.archives.zip import ZipContainer
from include.imaging.findings import finding
from include.imaging.model import CensusItem, Finding, Stage

HEAD_BYTES = 512
SEEKABLE = {"zip", "tar"}
_PACKED = {b"\x1f\x8b": "tar.gz", b"BZh": "tar.bz2", b"\xfd7zXZ\x00": "tar.xz"}
_FOREIGN = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x28\xb5\x2f\xfd", b"\x1f\x9d")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_NAMES = {
    ".zip": "zip",
    ".tar": "tar",
    ".tar.gz": "tar.gz",
    ".tgz": "tar.gz",
    ".tar.bz2": "tar.bz2",
    ".tbz2": "tar.bz2",
    ".tar.xz": "tar.xz",
    ".txz": "tar.xz",
}


def detect(file: IO[bytes], path: str) -> tuple[str | None, Finding | None]:
    """Return the kind of container a file is by its first bytes (its name only in doubt).

    A DICOM file is never a container, whatever its preamble pretends. What is packed in a
    way that is not opened (7z, rar, a single file in gzip) has a finding instead of a kind.
    """
    head = file.read(HEAD_BYTES)
    named = next((kind for end, kind in _NAMES.items() if path.lower().endswith(end)), None)
    if head[128:132] == b"DICM":
        return None, None
    if head.startswith(_ZIP):
        return "zip", None
    if _is_tar(head):
        return "tar", None
    kind = next((kind for magic, kind in _PACKED.items() if head.startswith(magic)), None)
    if kind and (named == kind or _is_tar(_unpacked_head(file, kind))):
        return kind, None
    if kind or head.startswith(_FOREIGN):
        return None, finding("UNSUPPORTED_CONTAINER", Stage.TAKE_CENSUS)
    return named, None


def is_packed(head: bytes) -> bool:
    """Whether bytes begin like a container of any kind, and not like a DICOM file."""
    magic = (*_ZIP, *_PACKED, *_FOREIGN)
    return head[128:132] != b"DICM" and (head.startswith(magic) or _is_tar(head[:HEAD_BYTES]))


def container_sightings(
    entry: Entry, kind: str, file: IO[bytes], limits: Limits
) -> Iterator[Sighting]:
    """Yield the members of a container, and the container itself if it cannot be read on."""
    base = Sighting(entry.path, entry.size, entry.stamp, container=kind, seekable=kind in SEEKABLE)
    last: Sighting | None = None
    try:
        for member in open_container(file, kind, entry.size, limits).members():
            if last:
                yield last
            found = finding(member.code, Stage.TAKE_CENSUS) if member.code else None
            last = replace(
                base, size=member.size, member=member.name, ordinal=member.ordinal, finding=found
            )
    except ContainerError as error:
        found = _found(error, Stage.TAKE_CENSUS)
        if last:
            cut = error.in_member and last.finding is None
            yield replace(last, finding=found) if cut else last
        yield replace(base, finding=found)
        return
    if last:
        yield last


def read_members(
    file: IO[bytes], kind: str, items: list[CensusItem], limits: Limits
) -> Iterator[Opened]:
    """Yield the items of one container, in order, with their bytes; one pass over it."""
    members = open_container(file, kind, file.seek(0, 2), limits).members()
    broken: Finding | None = None
    for item in items:
        member = None
        if item.finding is None and broken is None:
            try:
                member = next(member for member in members if member.ordinal >= item.ordinal)
            except StopIteration:
                broken = finding("SOURCE_CHANGED", Stage.STAGE)
            except ContainerError as error:
                broken = _found(error, Stage.STAGE)
        if member is None:
            yield Opened(item, None, item.finding or broken)
        else:
            yield _open_member(item, member)


def open_container(file: IO[bytes], kind: str, size: int, limits: Limits) -> Container:
    """Return a container of a known kind over a file of `size` bytes."""
    file.seek(0)
    if kind == "zip":
        return ZipContainer(file, size, limits)
    return TarContainer(file, kind, limits)


def _open_member(item: CensusItem, member: Member) -> Opened:
    same = member.ordinal == item.ordinal and member.size == item.size
    if not same or member.name != item.member or member.code:
        return Opened(item, None, finding("SOURCE_CHANGED", Stage.STAGE))
    try:
        stream = member.open()
        head = stream.read(HEAD_BYTES)
    except ContainerError as error:
        return Opened(item, None, _found(error, Stage.STAGE))
    if is_packed(head):
        return Opened(item, None, finding("NESTED_CONTAINER", Stage.STAGE))
    return Opened(item, _Member(head, stream, item.size))


class _Member:
    """The bytes of a member, its first ones read before, held to its declared size."""

    def __init__(self, head: bytes, stream: ByteStream, size: int) -> None:
        self._head = head
        self._stream = stream
        self._left = size

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; ItemReadError at damage or when the size is a lie."""
        data, self._head = self._head[:size], self._head[size:]
        try:
            data = data or self._stream.read(size)
        except ContainerError as error:
            raise ItemReadError(_found(error, Stage.STAGE)) from None
        self._left -= len(data)
        if self._left < 0 or (size > 0 and not data and self._left):
            raise ItemReadError(finding("CONTAINER_DAMAGED", Stage.STAGE, "size of a member"))
        return data


def _unpacked_head(file: IO[bytes], kind: str) -> bytes:
    file.seek(0)
    try:
        return Inflated(file, kind, Limits()).read(HEAD_BYTES)
    except ContainerError:
        return b""


def _is_tar(block: bytes) -> bool:
    if len(block) < tarfile.BLOCKSIZE or not block[0]:
        return False
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return block[257:262] == b"ustar"
    return True


def _found(error: ContainerError, stage: Stage) -> Finding:
    return finding(error.code, stage, error.detail)
