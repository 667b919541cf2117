"""The DICOM files that six packages ship, found among their installed distributions' files."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

PACKAGES = ("pydicom", "pydicom-data", "deid-data", "pynetdicom", "heudiconv", "nibabel")
MARK_OFFSET, MARK = 128, b"DICM"
# the first element of a file without a mark: group 0002 or 0008, in either byte order
BEGINNINGS = (b"\x02\x00", b"\x08\x00", b"\x00\x08")
PROGRAMS = frozenset({".py", ".pyc", ".pyi"})


@dataclass(frozen=True, slots=True)
class SampleFile:
    """A DICOM file; `member` names it within its container, and is '' for one that lies open."""

    package: str
    path: str
    place: Path
    member: str = ""

    @property
    def name(self) -> str:
        """The path below the package's place of installation, and the member behind a `!`."""
        return f"{self.path}!{self.member}" if self.member else self.path

    def read(self) -> bytes:
        """Return the bytes of the file, unpacked."""
        packed = self.place.read_bytes()
        if self.place.suffix == ".gz":
            return gzip.decompress(packed)
        if self.place.suffix == ".zip":
            return zipfile.ZipFile(io.BytesIO(packed)).read(self.member)
        return packed


def sample_files() -> list[SampleFile]:
    """Return every DICOM file of the packages, in the order of packages and paths.

    A file is one that has the mark of PS3.10 7.1, that begins like a data set, or that is
    called `.dcm`; one in a gzip or zip file counts as well, and is read unpacked.
    """
    return [
        file for package in PACKAGES for file in sorted(_of(package), key=lambda file: file.name)
    ]


def _of(package: str) -> Iterator[SampleFile]:
    for entry in distribution(package).files or ():
        place = Path(str(entry.locate()))
        if place.suffix in PROGRAMS or not place.is_file():
            continue
        if place.suffix == ".zip":
            for member in zipfile.ZipFile(place).namelist():
                if member.endswith(".dcm"):
                    yield SampleFile(package, str(entry), place, member)
        elif place.suffix == ".gz":
            with gzip.open(place) as file:
                if _is_marked(file.read(MARK_OFFSET + len(MARK))):
                    yield SampleFile(package, str(entry), place, place.stem)
        elif _may_be_dicom(place):
            yield SampleFile(package, str(entry), place)


def _may_be_dicom(place: Path) -> bool:
    with place.open("rb") as file:
        start = file.read(MARK_OFFSET + len(MARK))
    return _is_marked(start) or start.startswith(BEGINNINGS) or place.suffix == ".dcm"


def _is_marked(start: bytes) -> bool:
    return start[MARK_OFFSET:] == MARK
