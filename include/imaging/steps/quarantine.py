"""Keeps the bytes of items that are held back after staging, apart from what expires."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import groupby

from include.imaging import keys
from include.imaging.catalog.upsert import chunks
from include.imaging.landing.ranges import MOST_BYTES, Fetched, fetch
from include.imaging.model import ManifestEntry
from include.imaging.store import ObjectStore

WORKERS = 8
LOOKED_AT_ONCE = 500
# the bucket counts the days of what lies there from its writing (a year, unless set otherwise):
# what is still held back after half of them is written anew
KEPT = timedelta(days=180)


def keep_bytes(landing: ObjectStore, feed: str, entries: Iterable[ManifestEntry]) -> int:
    """Copy items from their bundles to the feed's quarantine; returns how many were written.

    What lies there has the same bytes, for its key names the content, and is written anew only
    when it is old enough to expire. Raises CustomerError LANDING_OBJECT_GONE when a bundle that
    is needed has expired. Entries are in the order their bytes lie; they are read as a stream.
    """
    count = 0
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="quarantine") as pool:

        def put(fetched: Fetched) -> int:
            def one(pair: tuple[ManifestEntry, bytes]) -> str:
                return landing.put(_key(feed, pair[0]), pair[1])

            return sum(1 for _etag in pool.map(one, fetched))

        absent = _absent(landing, feed, entries, pool)
        for large, group in groupby(absent, key=lambda entry: entry.length > MOST_BYTES):
            if large:
                count += sum(_copy(landing, feed, entry) for entry in group)
            else:
                count += sum(put(fetched) for fetched in fetch(landing, group))
    return count


def _absent(
    landing: ObjectStore, feed: str, entries: Iterable[ManifestEntry], pool: ThreadPoolExecutor
) -> Iterator[ManifestEntry]:
    """Yield the entries whose bytes do not lie in quarantine, or not for long enough any more."""
    since = datetime.now(UTC) - KEPT

    def lies_there(entry: ManifestEntry) -> bool:
        written = landing.written(_key(feed, entry))
        return written is not None and written > since

    for chunk in chunks(entries, LOOKED_AT_ONCE):
        known = pool.map(lies_there, chunk)
        yield from (entry for entry, there in zip(chunk, known, strict=True) if not there)


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
