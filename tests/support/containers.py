"""Zip and tar files, sound and hostile, made byte by byte where no library would."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from include.imaging.archives.folder import Folder
from include.imaging.archives.limits import Limits
from include.imaging.archives.protocol import ByteStream, ItemReadError, Sighting
from include.imaging.landing.census import item_of
from tests.support.landing import FEED, KEYRING

END_OF_TAR = bytes(1024)


def zip_of(members: Iterable[tuple[str | zipfile.ZipInfo, bytes]], method: int = 8) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content, compress_type=method)
    return raw.getvalue()


def tar_of(members: Iterable[tuple[str, bytes]], style: int = tarfile.PAX_FORMAT) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=style) as archive:
        for name, content in members:
            archive.addfile(info(name, len(content)), io.BytesIO(content))
    return raw.getvalue()


def info(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size, made.type = size, kind
    return made


def block(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    """Return one header block of a tar."""
    made = info(name, size, kind)
    made.linkname = link
    return made.tobuf(tarfile.GNU_FORMAT)


def with_size(header: bytes, field: bytes) -> bytes:
    """Return a header block with its 12-byte size field replaced and its checksum put right."""
    changed = bytearray(header)
    changed[124:136] = field
    changed[148:156] = b" " * 8
    changed[148:156] = f"{sum(changed):06o}\0 ".encode()
    return bytes(changed)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def sightings(root: Path, limits: Limits | None = None) -> list[Sighting]:
    return list(Folder(f"file://{root}", limits=limits).sightings(None))


def seen(root: Path, limits: Limits | None = None) -> list[tuple[str | None, str]]:
    """Return member and finding code of everything below a folder."""
    return [
        (each.member, each.finding.code if each.finding else "") for each in sightings(root, limits)
    ]


def contents(root: Path, limits: Limits | None = None) -> list[tuple[str | None, bytes | str]]:
    """Return member, and bytes or finding code, of everything as staging would read it."""
    return list(_contents(root, limits))


def _contents(root: Path, limits: Limits | None) -> Iterator[tuple[str | None, bytes | str]]:
    archive = Folder(f"file://{root}", limits=limits)
    items = [item_of(FEED, each, KEYRING) for each in archive.sightings(None)]
    with archive.read(items) as opened:
        for each in opened:
            if each.stream is None:
                yield each.item.member, each.finding.code if each.finding else "nothing"
                continue
            try:
                yield each.item.member, _all(each.stream)
            except ItemReadError as error:
                yield each.item.member, error.finding.code


def _all(stream: ByteStream) -> bytes:
    return b"".join(iter(lambda: stream.read(10_000), b""))
