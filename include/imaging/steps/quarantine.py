"""Keeps the bytes of items that are held back after staging, apart from what expires."""

from __future__ import annotations

from collections.abc import Iterable

from include.imaging import keys
from include.imaging.landing.ranges import fetch
from include.imaging.model import ManifestEntry
from include.imaging.store import ObjectStore


def keep_bytes(landing: ObjectStore, feed: str, entries: Iterable[ManifestEntry]) -> int:
    """Copy items from their bundles to the feed's quarantine; returns how many.

    Raises CustomerError LANDING_OBJECT_GONE when a bundle has expired. Entries are in the
    order their bytes lie; doing it again writes the same bytes.
    """
    count = 0
    for fetched in fetch(landing, entries):
        for entry, content in fetched:
            landing.put(keys.quarantined(feed, entry.item_id, entry.content_hash), content)
            count += 1
    return count
