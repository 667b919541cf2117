"""Keeps the bytes of items that are held back after staging, apart from what expires."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from itertools import groupby

from include.imaging import keys
from include.imaging.landing.ranges import MOST_BYTES, fetch
from include.imaging.model import ManifestEntry
from include.imaging.store import ObjectStore


def keep_bytes(landing: ObjectStore, feed: str, entries: Iterable[ManifestEntry]) -> int:
    """Copy items from their bundles to the feed's quarantine; returns how many.

    Raises CustomerError LANDING_OBJECT_GONE when a bundle has expired. Entries are in the
    order their bytes lie; doing it again writes the same bytes.
    """
    count = 0
    for large, group in groupby(entries, key=lambda entry: entry.length > MOST_BYTES):
        if large:
            count += sum(_copy(landing, feed, entry) for entry in group)
            continue
        for fetched in fetch(landing, group):
            for entry, content in fetched:
                landing.put(_key(feed, entry), content)
            count += len(fetched)
    return count


def _copy(landing: ObjectStore, feed: str, entry: ManifestEntry) -> int:
    """Copy one item piece by piece, through a private file and not through memory."""
    with tempfile.TemporaryFile() as spool:
        for start in range(0, entry.length, MOST_BYTES):
            length = min(MOST_BYTES, entry.length - start)
            spool.write(landing.get_range(entry.bundle, entry.offset + start, length, entry.etag))
        spool.seek(0)
        landing.put(_key(feed, entry), spool)
    return 1


def _key(feed: str, entry: ManifestEntry) -> str:
    return keys.quarantined(feed, entry.item_id, entry.content_hash)
