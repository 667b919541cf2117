"""Tells whether an image set still is at the version that an export has planned."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from include.imaging.errors import TransientError
from include.imaging.export.selection import ImageSet

if TYPE_CHECKING:
    from mypy_boto3_medical_imaging import HealthImagingClient

GONE, CHANGED = "IMAGE_SET_GONE", "VERSION_CHANGED"
# while one of these goes on, nobody says which version DICOMweb gives
CHANGING = frozenset({"COPYING", "IMPORTING", "UPDATING", "UPDATING_FOR_STUDY_CONSISTENCY"})


@dataclass(slots=True)
class VersionWatch:
    """Asks which version an image set is at, for what takes the latest and tells none.

    Versions only grow. So what was retrieved between two looks that both found the planned
    version is of that version. Threads that ask at a time share one request.
    """

    client: HealthImagingClient
    datastore_id: str
    image_set: ImageSet
    _lock: Lock = field(default_factory=Lock)
    _asked_at: float | None = None
    _fault: str = ""

    def known_fault(self) -> str:
        """Return what the last look found, a first one if there was none."""
        return self.fault() if self._asked_at is None else self._fault

    def fault(self) -> str:
        """Return '' while it is at that version, VERSION_CHANGED or IMAGE_SET_GONE otherwise.

        Raises TransientError while a change of it is under way.
        """
        arrived = time.monotonic()
        with self._lock:
            if self._asked_at is None or self._asked_at <= arrived:
                now = time.monotonic()
                self._fault = self._ask()
                self._asked_at = now
            return self._fault

    def _ask(self) -> str:
        image_set_id = self.image_set.image_set_id
        try:
            found = self.client.get_image_set(
                datastoreId=self.datastore_id, imageSetId=image_set_id
            )
        except self.client.exceptions.ResourceNotFoundException:
            return GONE
        if found["versionId"] != str(self.image_set.version):
            return CHANGED
        if found.get("imageSetWorkflowStatus") in CHANGING:
            raise TransientError(
                "IMAGE_SET_CHANGING", f"a change of image set {image_set_id} is under way"
            )
        return ""
