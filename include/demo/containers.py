"""Zip and tar files with the same bytes each time they are made."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping

# 2026-03-02 06:00 UTC: every file and member of the demo's archive was last changed then
MODIFIED = 1_772_431_200
_ZIP_DATE = (2026, 3, 2, 6, 0, 0)
_LOCAL, _CENTRAL = b"PK\x03\x04", b"PK\x01\x02"
_FLAGS_OFFSET = {_LOCAL: 6, _CENTRAL: 8}


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """Return a deflated zip; names are written as they stand, climbing ones too."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, _ZIP_DATE)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return raw.getvalue()


def tar_of(members: Mapping[str, bytes]) -> bytes:
    """Return an uncompressed tar."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(content), MODIFIED, 0o644
            archive.addfile(info, io.BytesIO(content))
    return raw.getvalue()


def tar_gz_of(members: Mapping[str, bytes]) -> bytes:
    """Return a gzipped tar."""
    return gzip.compress(tar_of(members), compresslevel=6, mtime=MODIFIED)


def locked(archive: bytes) -> bytes:
    """Return a zip of one member with the member marked as encrypted (APPNOTE 4.4.4, bit 0)."""
    patched = bytearray(archive)
    for mark, offset in _FLAGS_OFFSET.items():
        patched[archive.index(mark) + offset] |= 0x01
    return bytes(patched)
