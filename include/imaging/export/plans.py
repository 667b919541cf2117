"""The plan of an export: its image sets in chunks, written once, and where its report lies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from include.imaging.errors import CustomerError, IntegrityError
from include.imaging.export.destination import Destination
from include.imaging.export.outcomes import Format
from include.imaging.export.records import FOLDER, put_lines, read
from include.imaging.export.selection import ImageSet
from include.imaging.keys import encode_run_id


@dataclass(frozen=True, slots=True)
class ExportKeys:
    """Paths of one export below its destination."""

    run_id: str

    @property
    def root(self) -> str:
        """The export's own folder, with a final slash."""
        return f"{FOLDER}/runs/run-{encode_run_id(self.run_id).replace('!', '.')}/"

    @property
    def plan(self) -> str:
        """The image sets, a line each, with their chunks."""
        return f"{self.root}plan.ndjson"

    def chunk(self, number: int) -> str:
        """Whether the chunk of this number was exported to its end."""
        return f"{self.root}chunks/{number}.json"

    @property
    def report(self) -> str:
        """What became of every image set and instance."""
        return f"{self.root}report.ndjson"

    @property
    def summary(self) -> str:
        """The sums."""
        return f"{self.root}summary.json"


@dataclass(frozen=True, slots=True)
class Planned:
    """An image set of a plan, and the chunk that exports it, counted from 1."""

    chunk: int
    image_set: ImageSet


def make_plan(
    found: Iterable[ImageSet],
    keys: ExportKeys,
    place: Destination,
    *,
    formats: tuple[Format, ...],
    chunk_size: int,
    most_chunks: int,
) -> list[Planned]:
    """Return the plan of a run: the one that is stored, or a new one, which is then stored.

    Raises:
        CustomerError: there are more chunks than tasks can be mapped, or another run of this
            name had other formats.
    """
    if place.get(keys.plan) is None:
        lines = [
            {"chunk": number // chunk_size + 1, **asdict(image_set)}
            for number, image_set in enumerate(found)
        ]
        head = {"formats": list(formats), "image_sets": len(lines)}
        if -(-len(lines) // chunk_size) > most_chunks:
            raise CustomerError(
                "EXPORT_TOO_LARGE",
                f"{len(lines)} image sets are more than {most_chunks} tasks of {chunk_size}: "
                "narrow the dates, set a limit, or take more image sets a task",
            )
        text = "".join(json.dumps(line) + "\n" for line in (head, *lines))
        place.put_once(keys.plan, text.encode())
    return list(stored_plan(keys, place, formats))


def mark_chunk(keys: ExportKeys, place: Destination, chunk: int, *, ended: bool) -> None:
    """Write down that the export of a chunk has begun, or ended."""
    put_lines(place, keys.chunk(chunk), [{"ended": ended}])


def has_ended(keys: ExportKeys, place: Destination, chunk: int) -> bool:
    """Return whether the run has exported a chunk to its end."""
    return [line["ended"] for line in read(place, keys.chunk(chunk))] == [True]


def stored_plan(
    keys: ExportKeys, place: Destination, formats: tuple[Format, ...]
) -> Iterator[Planned]:
    """Yield the plan as it is stored; CustomerError when there is none.

    Raises IntegrityError when it is not the whole.
    """
    lines = list(read(place, keys.plan))
    if not lines:
        raise CustomerError(
            "EXPORT_NOT_PLANNED",
            "this export has no plan, so there is nothing to report: see why "
            "`find_image_sets` failed, then clear it with its downstream tasks",
        )
    if lines[0].get("image_sets") != len(lines) - 1:
        raise IntegrityError(
            "EXPORT_PLAN_DAMAGED", "the plan of this export is not as it was written: report it"
        )
    if lines[0]["formats"] != list(formats):
        raise CustomerError(
            "EXPORT_SELECTION", "this run was planned with other formats: trigger a new run"
        )
    for line in lines[1:]:
        image_set = ImageSet(line["image_set_id"], line["version"], line["is_primary"])
        yield Planned(line["chunk"], image_set)
