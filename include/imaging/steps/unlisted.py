"""Asks the data store for the instances that an import job's output does not name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from include.imaging.catalog.results import InstanceResult, PendingInstance
from include.imaging.findings import finding
from include.imaging.model import Stage
from include.imaging.steps.service import HeldImageSet, ImportService


def look_for(
    pending: Iterable[PendingInstance], service: ImportService
) -> Iterator[InstanceResult]:
    """Yield a result for each pending instance that an image set of its series holds.

    What the data store held before the batch proves nothing, and is left out. One search a
    series (SearchImageSets takes no SOPInstanceUID), one metadata document an image set.

    Args:
        pending: series by series.
        service: the data store that the job imported into.
    """
    for series, members in groupby(pending, key=lambda entry: entry.series_instance_uid):
        wanted = {entry.sop_instance_uid for entry in members if not entry.was_held}
        if not wanted:
            continue
        # a primary image set comes last, and so has the last word
        for image_set in sorted(service.holds(series), key=lambda found: found.is_primary):
            for uid in sorted(wanted & image_set.sop_instance_uids):
                yield _result(uid, image_set)


def _result(uid: str, image_set: HeldImageSet) -> InstanceResult:
    return InstanceResult(
        uid,
        image_set_id=image_set.image_set_id,
        image_set_version=image_set.version,
        is_primary=image_set.is_primary,
        finding=finding("FOUND_IN_DATA_STORE", Stage.RECONCILE),
    )
