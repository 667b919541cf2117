"""What the steps need of AWS HealthImaging's import jobs, behind one protocol."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

ENDED = frozenset({"COMPLETED", "FAILED"})


@dataclass(frozen=True, slots=True)
class JobState:
    """One look at an import job; `output_uri` is the job's own folder, `message` its failure."""

    job_id: str
    status: str
    output_uri: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class HeldImageSet:
    """What the latest version of an image set in the data store holds."""

    image_set_id: str
    version: int
    is_primary: bool
    sop_instance_uids: frozenset[str]


class ImportService(Protocol):
    """Starting, finding and looking at import jobs of one data store, and what came of them."""

    def start(self, *, client_token: str, job_name: str, input_uri: str, output_uri: str) -> str:
        """Start a job and return its id; the same token gives the same job."""

    def find(self, job_name: str) -> str | None:
        """Return the id of the job with this name, or None when there is none."""

    def look(self, job_id: str) -> JobState:
        """Return the job's state."""

    def holds(self, series_instance_uid: str) -> Iterator[HeldImageSet]:
        """Yield the image sets of a series that the data store holds."""
