"""The demo's source archive: the packages' DICOM files and hostile neighbours, in dated folders."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from include.demo.containers import MODIFIED, locked, tar_gz_of, tar_of, zip_of
from include.demo.encodings import encodings
from include.demo.hostile import NEIGHBOURS
from include.demo.sources import SourceFile, package_files
from include.demo.variants import give_own_uids

LOOSE_DAY = date(2026, 3, 2)
ZIP_DAY = date(2026, 3, 3)
TAR_DAY = date(2026, 3, 4)
HOSTILE_DAY = date(2026, 3, 5)
FIRST_DAY, LAST_DAY = LOOSE_DAY, HOSTILE_DAY

HOSTILE_FOLDER = "hostile"
_IMAGE = "test_files/CT_small.dcm"
_DIRECTORY = "test_files/dicomdirtests/DICOMDIR"
_BOMB_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Built:
    """What lies in the archive: files and links on disk, the packages' DICOM files, bytes."""

    files: int
    dicom_files: int
    size: int


def build(root: Path) -> Built:
    """Write the archive to `root` and say what it holds; the same bytes and times each time.

    A `root` that holds the finished archive is kept; anything else below it is replaced. The
    record of completion lies beside `root`, so that the archive holds nothing but its files.
    """
    marker = root.with_name(f"{root.name}.json")
    content, sources = _content()
    wanted = {"digest": _digest(content), "files": len(content) + 1, "dicom_files": sources}
    if not (marker.exists() and root.is_dir() and json.loads(marker.read_text()) == wanted):
        marker.unlink(missing_ok=True)
        shutil.rmtree(root, ignore_errors=True)
        _write(root, content)
        marker.write_text(json.dumps(wanted))
    return Built(len(content) + 1, sources, sum(len(body) for body in content.values()))


def _write(root: Path, content: Mapping[str, bytes]) -> None:
    for name, body in content.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        os.utime(path, (MODIFIED, MODIFIED))
    link = root / _folder(HOSTILE_DAY) / HOSTILE_FOLDER / "link.dcm"
    link.symlink_to("twice-a.dcm")
    os.utime(link, (MODIFIED, MODIFIED), follow_symlinks=False)


def _content() -> tuple[dict[str, bytes], int]:
    sources = give_own_uids(package_files())
    sources += encodings({file.name: file.content for file in sources})
    placed = {**_loose(sources), **_containers(sources), **_hostile(sources)}
    return dict(sorted(placed.items())), len(sources)


def _loose(sources: list[SourceFile]) -> dict[str, bytes]:
    first = {
        f"{_folder(LOOSE_DAY)}/{file.name}": file.content for file in _select(sources, _is_loose)
    }
    second = _select(sources, lambda file: _from_data_package(file) and not _is_odd(file))
    return first | {f"{_folder(TAR_DAY)}/{file.name}": file.content for file in second}


def _containers(sources: list[SourceFile]) -> dict[str, bytes]:
    zipped = _members(sources, _from_media)
    gzipped = _members(sources, lambda file: _from_data_package(file) and _is_odd(file))
    plain = _members(sources, lambda file: file.folder in {"charset_files", "palettes"})
    return {
        f"{_folder(ZIP_DAY)}/media.zip": zip_of(zipped),
        f"{_folder(TAR_DAY)}/pydicom-data.tar.gz": tar_gz_of(gzipped),
        f"{_folder(TAR_DAY)}/charsets.tar": tar_of(plain),
    }


def _hostile(sources: list[SourceFile]) -> dict[str, bytes]:
    by_name = {file.name: file.content for file in sources}
    image = by_name[_IMAGE]
    inner = zip_of({"inner.dcm": image})
    planted = {neighbour.name: neighbour.build(image) for neighbour in NEIGHBOURS}
    planted |= {
        "DICOMDIR": by_name[_DIRECTORY],
        "climbing.zip": zip_of({"../../escape.dcm": image}),
        "damaged.zip": zip_of({"a.dcm": image, "b.dcm": image})[: len(inner)],
        "locked.zip": locked(zip_of({"locked.dcm": image})),
        "bomb.zip": zip_of({"bomb.dcm": bytes(_BOMB_BYTES)}),
        "nested.zip": zip_of({"inner.zip": inner}),
    }
    return {
        f"{_folder(HOSTILE_DAY)}/{HOSTILE_FOLDER}/{name}": body for name, body in planted.items()
    }


def _select(sources: list[SourceFile], rule: Callable[[SourceFile], bool]) -> list[SourceFile]:
    return [file for file in sources if rule(file)]


def _members(sources: list[SourceFile], rule: Callable[[SourceFile], bool]) -> dict[str, bytes]:
    return {file.name: file.content for file in _select(sources, rule)}


def _from_media(file: SourceFile) -> bool:
    return file.name.startswith("test_files/dicomdirtests/")


def _from_data_package(file: SourceFile) -> bool:
    return file.folder == "pydicom_data"


def _is_loose(file: SourceFile) -> bool:
    return file.folder in {"test_files", "encodings"} and not _from_media(file)


def _is_odd(file: SourceFile) -> bool:
    return hashlib.sha256(file.name.encode()).digest()[0] % 2 == 1


def _folder(day: date) -> str:
    return f"{day:%Y/%m/%d}"


def _digest(content: Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for name, body in content.items():
        total.update(f"{name}\0{len(body)}\0".encode() + hashlib.sha256(body).digest())
    return total.hexdigest()
