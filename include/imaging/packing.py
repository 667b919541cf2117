"""Which series travel together: batches of whole series within the quotas of an import job."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as checked

SERVICE_FILES = 5_000
SERVICE_BYTES = 10 * 1000**3


@checked(frozen=True, config=ConfigDict(extra="forbid"))
class Quota:
    """Most that one batch takes; the feed may lower it, or raise `files` with its own quota.

    Source: AWS HealthImaging endpoints and quotas (files L-685AAB3A is adjustable, 10 GB is not;
    taken as the smaller, decimal gigabytes). Packing counts the bytes of the originals and
    leaves 5 % for objects that grow when they are rewritten.
    """

    files: int = Field(
        default=SERVICE_FILES, ge=1, le=100_000, description="most files of one import job"
    )
    bytes: int = Field(
        default=SERVICE_BYTES * 95 // 100,
        ge=1,
        le=SERVICE_BYTES,
        description="most bytes of one import job",
    )


@dataclass(frozen=True, slots=True)
class SeriesSize:
    """What travels of one series: number of items and their bytes."""

    study_instance_uid: str
    series_instance_uid: str
    items: int
    bytes: int


def pack(series: Iterable[SeriesSize], quota: Quota) -> Iterator[list[SeriesSize]]:
    """Yield groups of series, each within the quota, in the order given (next fit).

    Series keep their order, so studies stay together and equal input gives equal batches.
    A series that exceeds the quota by itself is a group of its own, to be split by `slices`.
    """
    group: list[SeriesSize] = []
    items = size = 0
    for entry in series:
        if group and (items + entry.items > quota.files or size + entry.bytes > quota.bytes):
            yield group
            group, items, size = [], 0, 0
        group.append(entry)
        items += entry.items
        size += entry.bytes
    if group:
        yield group


def slices(sizes: Iterable[int], quota: Quota) -> Iterator[int]:
    """Yield how many items of a series each of its batches takes, within the quota.

    The later batches join the image set of the first. One item above the byte quota still
    gets a batch: the service, not the packer, has the last word on it.
    """
    items = total = 0
    for size in sizes:
        if items and (items + 1 > quota.files or total + size > quota.bytes):
            yield items
            items = total = 0
        items += 1
        total += size
    if items:
        yield items


def batch_id(contents: Iterable[tuple[str, str]], fingerprint: str, datastore_id: str) -> str:
    """Return 32 hex digits of a hash over content, policy fingerprint and data store.

    `contents` are (SOPInstanceUID, content hash) in ascending order: the same content under
    the same policy for the same data store is the same batch, whoever packs it and when.
    """
    digest = hashlib.sha256(f"{datastore_id}\n{fingerprint}\n".encode())
    for instance, content in contents:
        digest.update(f"{instance} {content}\n".encode())
    return digest.hexdigest()[:32]
