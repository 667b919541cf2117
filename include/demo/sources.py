"""Every DICOM file that the installed packages pydicom and pydicom-data ship."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

# PS3.10 7.1, and the first groups of a data set without file meta (LE, BE)
_MAGIC = b"DICM"
_FIRST_GROUPS = (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08")
_KNOWN_BROKEN = (b"\x20\x08\x00\x05",)  # pydicom's no_meta.dcm: its first element is damaged


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a package: `name` is its place there, with `/`."""

    name: str
    content: bytes

    @property
    def folder(self) -> str:
        """The first part of the name."""
        return self.name.partition("/")[0]


def package_files() -> list[SourceFile]:
    """Return the packages' DICOM files, sorted by name; broken ones too, others not.

    What is DICOM is decided by content: the DICM mark, or a data set that starts at once.
    """
    found = []
    for label, root in _roots():
        for path in sorted(root.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                if looks_like_dicom(content):
                    found.append(SourceFile(f"{label}{path.relative_to(root).as_posix()}", content))
    return sorted(found, key=lambda file: file.name)


def looks_like_dicom(content: bytes) -> bool:
    """Say whether `content` carries the DICM mark or starts with an element of a first group."""
    if content[128:132] == _MAGIC:
        return True
    return content[:2] in _FIRST_GROUPS or content[:4] in _KNOWN_BROKEN


def _roots() -> list[tuple[str, Path]]:
    return [("", _package("pydicom") / "data"), ("pydicom_data/", _package("data_store") / "data")]


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"the package {name} is not installed: run `make demo`, which installs it")
    return Path(next(iter(spec.submodule_search_locations)))
