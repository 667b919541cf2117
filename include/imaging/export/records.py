"""The record of an image set's export, kept at the destination: what a retry need not do again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Self

from include.imaging.export.destination import Destination
from include.imaging.export.outcomes import Format, ImageSetOutcome, InstanceOutcome

FOLDER = "_export"


@dataclass(slots=True)
class Record:
    """What became of an image set and of its instances, by series and SOPInstanceUID."""

    image_set: ImageSetOutcome
    formats: tuple[Format, ...]
    instances: dict[tuple[str, str], InstanceOutcome] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where it lies: one for each image set, version and list of formats."""
        return record_path(self.image_set.image_set_id, self.image_set.version, self.formats)

    @classmethod
    def load(
        cls, image_set: ImageSetOutcome, formats: tuple[Format, ...], place: Destination
    ) -> Self:
        """Return the record of an earlier run, or an empty one; a damaged one counts as none."""
        made = cls(image_set, formats)
        try:
            for line in read(place, made.path):
                if line["kind"] == "instance":
                    made.add(InstanceOutcome.from_line(line))
        except (ValueError, KeyError, TypeError):
            return cls(image_set, formats)
        return made

    def add(self, made: InstanceOutcome) -> None:
        """Take what became of an instance."""
        self.instances[made.series_uid, made.sop_uid] = made

    def store(self, place: Destination, rest: Record | None = None) -> None:
        """Write it; `rest` is an earlier record, of which is kept what this one has not yet."""
        known = (rest.instances if rest else {}) | self.instances
        lines = [self.image_set.as_line(), *(made.as_line() for made in known.values())]
        put_lines(place, self.path, lines)


def record_path(image_set_id: str, version: int, formats: tuple[Format, ...]) -> str:
    """Return where the record of one image set, version and list of formats lies."""
    return f"{FOLDER}/image_sets/{image_set_id}/{version}-{'-'.join(formats)}.ndjson"


def read(place: Destination, path: str) -> Iterator[dict[str, Any]]:
    """Yield the lines of a list, none when there is no list."""
    for line in (place.get(path) or b"").splitlines():
        yield json.loads(line)


def put_lines(place: Destination, path: str, lines: list[dict[str, Any]]) -> None:
    """Write a list, replacing what lay there."""
    data = b"".join(json.dumps(line, sort_keys=True).encode() + b"\n" for line in lines)
    place.put(path, BytesIO(data), len(data), hashlib.sha256(data).hexdigest())
