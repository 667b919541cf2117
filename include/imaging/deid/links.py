"""The rows of a re-identification map: which original became which stand-in, each once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from include.imaging.deid.originals import Identifiers
from include.imaging.deid.results import Deidentified

# An identifier has 64 characters; one without end must not keep a map from being sealed.
LONGEST = 10_000
IDENTIFIERS = {
    "PatientID": "patient_id",
    "StudyInstanceUID": "study_instance_uid",
    "SeriesInstanceUID": "series_instance_uid",
    "SOPInstanceUID": "sop_instance_uid",
}


class Links:
    """Collects rows; safe among threads. It holds identity: it is sealed, and never shown.

    A million instances of one patient take about 400 MB.
    """

    def __init__(self) -> None:
        self._stand_ins: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def add(self, original: Identifiers, made: Deidentified) -> None:
        """Take the identifiers of an object and those of its output; absent ones give no row."""
        with self._lock:
            for keyword, name in IDENTIFIERS.items():
                if value := getattr(original, name).strip(" \0")[:LONGEST]:
                    self._stand_ins[keyword, value] = getattr(made, name)

    def rows(self) -> Iterator[dict[str, str]]:
        """Yield the rows in the order of attribute and original."""
        for keyword, value in sorted(self._stand_ins):
            stand_in = self._stand_ins[keyword, value]
            yield {"attribute": keyword, "original": value, "stand_in": stand_in}

    def __len__(self) -> int:
        return len(self._stand_ins)
