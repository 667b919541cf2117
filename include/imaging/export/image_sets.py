"""Exports one image set: its instances side by side, recorded so that a retry goes on."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.imaging.errors import CustomerError
from include.imaging.export import metadata
from include.imaging.export.destination import Destination
from include.imaging.export.dicomweb import DicomWeb
from include.imaging.export.frames import Frames
from include.imaging.export.instances import EDITION, Task, export_instance
from include.imaging.export.outcomes import Format, ImageSetOutcome, InstanceOutcome, Outcome
from include.imaging.export.records import Record
from include.imaging.export.selection import ImageSet
from include.imaging.export.versions import VersionWatch

if TYPE_CHECKING:
    from mypy_boto3_medical_imaging import HealthImagingClient

FETCHING_THREADS = 8
WRITING_THREADS = 4
RECORD_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Exporter:
    """One data store, one destination, the formats: exports image set after image set.

    Args:
        client: boto3 client of medical-imaging.
        datastore_id: the data store.
        place: where the files go.
        formats: what each instance becomes.
        dicomweb: needed for the format `dicomweb` alone.
    """

    client: HealthImagingClient
    datastore_id: str
    place: Destination
    formats: tuple[Format, ...]
    dicomweb: DicomWeb | None = None

    def run(self, image_set: ImageSet) -> Record:
        """Export an image set, or what of it is not there yet; returns its record, as stored.

        An image set that is gone, or whose metadata cannot be used, has a record that says so.
        """
        try:
            told = metadata.fetch(self.client, self.datastore_id, image_set)
            wanted = list(metadata.instances(told))
        except self.client.exceptions.ResourceNotFoundException:
            return self._refused(image_set, "IMAGE_SET_GONE")
        except CustomerError as error:
            return self._refused(image_set, error.code)
        return self._export(image_set, wanted)

    def _refused(self, image_set: ImageSet, code: str) -> Record:
        gone = ImageSetOutcome(image_set.image_set_id, image_set.version, 0, code)
        record = Record(gone, self.formats)
        record.store(self.place)
        return record

    def _export(self, image_set: ImageSet, wanted: list[metadata.Instance]) -> Record:
        outcome = ImageSetOutcome(image_set.image_set_id, image_set.version, len(wanted))
        record = Record(outcome, self.formats)
        earlier = Record.load(outcome, self.formats, self.place)
        stored_at = time.monotonic()
        try:
            for made in self._outcomes(image_set, wanted, earlier):
                record.add(made)
                if time.monotonic() - stored_at > RECORD_SECONDS:
                    self._store_part(record)
                    stored_at = time.monotonic()
        except BaseException:
            self._store_part(record)
            raise
        record.store(self.place)
        return record

    def _store_part(self, record: Record) -> None:
        """Store what is done by now; what another run has recorded meanwhile stays."""
        there = Record.load(record.image_set, self.formats, self.place)
        record.store(self.place, rest=there)

    def _outcomes(
        self, image_set: ImageSet, wanted: list[metadata.Instance], earlier: Record
    ) -> Iterator[InstanceOutcome]:
        with (
            ThreadPoolExecutor(FETCHING_THREADS) as fetching,
            ThreadPoolExecutor(WRITING_THREADS) as writing,
        ):
            frames = Frames(self.client, self.datastore_id, image_set.image_set_id, fetching)
            watch = VersionWatch(self.client, self.datastore_id, image_set)
            task = Task(image_set, watch, frames, self.formats, self.place, self.dicomweb)

            def one(instance: metadata.Instance) -> InstanceOutcome:
                return self._unchanged(instance, earlier) or export_instance(task, instance)

            yield from _in_order(writing, wanted, one)

    def _unchanged(self, instance: metadata.Instance, earlier: Record) -> InstanceOutcome | None:
        """Return the earlier outcome when its files are still there with their hashes."""
        known = earlier.instances.get((instance.series_uid, instance.sop_uid))
        if known is None or known.digest != f"{EDITION}-{instance.digest}":
            return None
        if any(entry.outcome is Outcome.FAILED for entry in known.formats):
            return None
        files = [made for entry in known.formats for made in entry.files]
        if not all(self.place.holds(made.path, made.size, made.sha256) for made in files):
            return None
        return known.unchanged()


def _in_order(
    pool: ThreadPoolExecutor,
    wanted: Iterable[metadata.Instance],
    one: Callable[[metadata.Instance], InstanceOutcome],
) -> Iterator[InstanceOutcome]:
    """Yield the outcomes in order, with no more instances under way than there are threads."""
    waiting: deque[Future[InstanceOutcome]] = deque()
    try:
        for instance in wanted:
            if len(waiting) == 2 * WRITING_THREADS:
                yield waiting.popleft().result()
            waiting.append(pool.submit(one, instance))
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
