"""Rules on a batch as a set: what single objects cannot show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from include.imaging.findings import finding
from include.imaging.model import OutputEntry, Stage

SERIES_INCONSISTENT = "SERIES_INCONSISTENT"


def check_series(outputs: Iterable[OutputEntry]) -> list[OutputEntry]:
    """Return the outputs, those of an inconsistent series held back with a finding.

    HealthImaging groups instances of one series by study, patient and SeriesNumber as well
    (DG/understanding-image-sets); a series that names two of any would be torn into a
    primary and a non-primary image set.
    """
    entries = list(outputs)
    parents: dict[str, set[tuple[str, str, str]]] = {}
    for entry in entries:
        if entry.key:
            found = parents.setdefault(entry.series_instance_uid, set())
            found.add((entry.study_instance_uid, entry.patient_id, entry.series_number))
    torn = {uid for uid, found in parents.items() if len(found) > 1}
    return [_withhold(entry) if entry.series_instance_uid in torn else entry for entry in entries]


def _withhold(entry: OutputEntry) -> OutputEntry:
    if not entry.key:
        return entry
    found = finding(SERIES_INCONSISTENT, Stage.VALIDATE)
    return replace(entry, key="", findings=(*entry.findings, found))
