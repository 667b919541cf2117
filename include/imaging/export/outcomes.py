"""What became of each instance in each format; the lines of an export's report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self

from include.imaging.errors import CustomerError


class Format(StrEnum):
    """What an instance is exported as.

    `png` holds the stored values without loss, `png8` what a viewer shows, `dicom` is a file
    rebuilt from metadata and frames, `dicomweb` the file as the service gives it.
    """

    PNG = "png"
    PNG8 = "png8"
    DICOM = "dicom"
    DICOMWEB = "dicomweb"


def formats_of(names: Sequence[str]) -> tuple[Format, ...]:
    """Return the formats of these names, each once; CustomerError for another name."""
    known = [kind.value for kind in Format]
    wrong = [name for name in names if name.strip() not in known]
    if wrong or not names:
        raise CustomerError("EXPORT_FORMAT", f"formats are {', '.join(known)}")
    return tuple(sorted({Format(name.strip()) for name in names}))


class Outcome(StrEnum):
    """The one end of an instance in a format."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    NOT_POSSIBLE = "not_possible"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileMade:
    """One file: its path below the destination, bytes and SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FormatOutcome:
    """What became of an instance in one format.

    `code` says why there is no file, or not every file: FRAME_GONE, VIDEO, ….  `lost` names
    elements that the files lack, `notes` how values were changed.
    """

    format: Format
    outcome: Outcome
    code: str = ""
    files: tuple[FileMade, ...] = ()
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceOutcome:
    """What became of an instance; `digest` tells what its files were made of."""

    image_set_id: str
    version: int
    series_uid: str
    sop_uid: str
    digest: str
    frames: int
    frames_verified: int
    formats: tuple[FormatOutcome, ...]

    def as_line(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"kind": "instance", **asdict(self)}

    def unchanged(self) -> Self:
        """Return it as what a later run finds: what was written lies there already."""
        formats = (
            replace(entry, outcome=Outcome.UNCHANGED) if entry.outcome is Outcome.WRITTEN else entry
            for entry in self.formats
        )
        return replace(self, formats=tuple(formats))

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> Self:
        """Return what `as_line` made `line` of."""
        told = {name: line[name] for name in cls.__slots__}
        told["formats"] = tuple(_format(entry) for entry in line["formats"])
        return cls(**told)


@dataclass(frozen=True, slots=True)
class ImageSetOutcome:
    """What became of an image set; `code` says why nothing of it could be exported."""

    image_set_id: str
    version: int
    instances: int
    code: str = ""

    def as_line(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"kind": "image_set", **asdict(self)}

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> Self:
        """Return what `as_line` made `line` of."""
        return cls(**{name: line[name] for name in cls.__slots__})


def _format(entry: Mapping[str, Any]) -> FormatOutcome:
    return FormatOutcome(
        format=Format(entry["format"]),
        outcome=Outcome(entry["outcome"]),
        code=entry["code"],
        files=tuple(FileMade(**made) for made in entry["files"]),
        lost=tuple(entry["lost"]),
        notes=tuple(entry["notes"]),
    )
