"""The report of an export: a line for every image set and instance, and sums that are equal."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from include.imaging.errors import IntegrityError
from include.imaging.export.destination import Destination
from include.imaging.export.outcomes import Format, ImageSetOutcome, InstanceOutcome, Outcome
from include.imaging.export.plans import ExportKeys, has_ended, stored_plan
from include.imaging.export.records import read, record_path
from include.imaging.export.sinks import SPOOL_BYTES, delivered


@dataclass(slots=True)
class Summary:
    """Sums of an export. `outcomes` is by format; `codes` counts why files are missing.

    `unaccounted` is what the run has not exported to its end, whatever an earlier run left
    there: image sets of the plan, or instances of one.
    """

    formats: tuple[Format, ...]
    image_sets: int = 0
    image_sets_refused: int = 0
    instances: int = 0
    frames: int = 0
    frames_verified: int = 0
    files: int = 0
    bytes: int = 0
    elements_lost: int = 0
    unaccounted: int = 0
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """Image sets refused, and instances that failed in a format."""
        return self.image_sets_refused + sum(
            count.get(Outcome.FAILED, 0) for count in self.outcomes.values()
        )

    @property
    def is_balanced(self) -> bool:
        """Whether every instance has one outcome in every format."""
        return not self.unaccounted and all(
            sum(self.outcomes.get(kind, {}).values()) == self.instances for kind in self.formats
        )

    def take(self, made: InstanceOutcome) -> None:
        """Count an instance."""
        self.instances += 1
        self.frames += made.frames
        self.frames_verified += made.frames_verified
        for entry in made.formats:
            _count(self.outcomes.setdefault(entry.format.value, {}), entry.outcome.value)
            self.files += len(entry.files)
            self.bytes += sum(file.size for file in entry.files)
            self.elements_lost += len(entry.lost)
            if entry.code:
                _count(self.codes, entry.code)

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return asdict(self) | {"failed": self.failed, "balanced": self.is_balanced}


def write_report(keys: ExportKeys, place: Destination, formats: tuple[Format, ...]) -> Summary:
    """Return the sums of a run, after its report was written from the records of its plan."""
    summary = Summary(formats)
    is_ended = cache(partial(has_ended, keys, place))
    with SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        report = cast("IO[bytes]", spool)
        for planned in stored_plan(keys, place, formats):
            summary.image_sets += 1
            image_set = planned.image_set
            path = record_path(image_set.image_set_id, image_set.version, formats)
            missing = _take_record(list(read(place, path)), summary, report)
            summary.unaccounted += missing or not is_ended(planned.chunk)
        delivered(report, keys.report, place)
    told = json.dumps(summary.as_json(), indent=2, sort_keys=True).encode() + b"\n"
    place.put(keys.summary, BytesIO(told), len(told), hashlib.sha256(told).hexdigest())
    return summary


def require_complete(summary: Summary) -> None:
    """Raise IntegrityError unless everything has an outcome and none of them is `failed`."""
    if not summary.is_balanced:
        raise IntegrityError(
            "EXPORT_UNACCOUNTED",
            f"{summary.unaccounted} image sets or instances have no outcome: clear the export "
            "tasks that did not succeed, with their downstream tasks",
        )
    if summary.failed:
        codes = ", ".join(f"{code} {count}" for code, count in sorted(summary.codes.items()))
        raise IntegrityError(
            "EXPORT_INCOMPLETE",
            f"{summary.failed} instances or image sets could not be exported ({codes}): "
            "report.ndjson names them; what is damaged in the data store must be imported again",
        )


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _take_record(lines: list[dict[str, Any]], summary: Summary, report: IO[bytes]) -> int:
    """Count and report what a record tells; returns how much it does not tell of."""
    if not lines:
        return 1
    image_set = ImageSetOutcome.from_line(lines[0])
    if image_set.code:
        summary.image_sets_refused += 1
        _count(summary.codes, image_set.code)
    for line in lines[1:]:
        summary.take(InstanceOutcome.from_line(line))
    for line in lines:
        report.write(json.dumps(line, sort_keys=True).encode() + b"\n")
    return image_set.instances - (len(lines) - 1)
