"""The census: sightings become items with ids, and items become shards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from include.imaging.archives.protocol import Sighting
from include.imaging.keyring import Keyring, Purpose
from include.imaging.keys import RunKeys
from include.imaging.manifest import Writer, load
from include.imaging.model import CensusItem
from include.imaging.store import ObjectStore

SHARD_ITEMS = 5_000
SHARD_BYTES = 10 * 10**9
BEYOND_SHARD_ITEMS = 50_000  # nothing of them is read, so that they need few tasks


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard of a census: its number, items and bytes, and the SHA-256 of its list.

    The items of a shard `beyond_limit` are counted and listed, and never read.
    """

    number: int
    items: int
    bytes: int
    digest: str
    beyond_limit: bool = False


@dataclass(frozen=True, slots=True)
class Census:
    """What the archive held for a run. `limited` counts the items beyond the run's limit."""

    items: int
    bytes: int
    shards: tuple[Shard, ...]
    limited: int = 0


def item_id(feed: str, path: str, member: str | None, ordinal: int, keyring: Keyring) -> str:
    """Return the keyed hash (32 hex digits) of where an item lies, stable over runs."""
    return keyring.digest(Purpose.ITEM, feed, path, member or "", str(ordinal)).hex()[:32]


def item_of(feed: str, sighting: Sighting, keyring: Keyring) -> CensusItem:
    """Return the census item of a sighting, under its id."""
    return CensusItem(
        item_id=item_id(feed, sighting.path, sighting.member, sighting.ordinal, keyring),
        path=sighting.path,
        size=sighting.size,
        stamp=sighting.stamp,
        member=sighting.member,
        ordinal=sighting.ordinal,
        container=sighting.container,
        finding=sighting.finding,
    )


class Sharder:
    """Cuts a stream of items into shards of bounded items and bytes.

    A container that cannot be sought stays in one shard: it shares the shard of the items
    before it if it fits, and has one of its own if not, whatever its size.
    """

    def __init__(self, items: int = SHARD_ITEMS, size: int = SHARD_BYTES) -> None:
        self._most_items = items
        self._most_bytes = size
        self._items: list[CensusItem] = []
        self._bytes = 0
        self._unit: str | None = None
        self._unit_start = 0

    def add(self, item: CensusItem, *, seekable: bool) -> Iterator[list[CensusItem]]:
        """Take one item; yields a shard when the item no longer fits into it."""
        unit = None if seekable else item.path
        if unit is None or unit != self._unit:
            self._unit, self._unit_start = unit, len(self._items)
        size = weight(item)
        full = len(self._items) >= self._most_items or self._bytes + size > self._most_bytes
        if full and self._unit_start:
            yield self._items[: self._unit_start]
            self._items = self._items[self._unit_start :]
            self._bytes = sum(weight(kept) for kept in self._items)
            self._unit_start = 0
        self._items.append(item)
        self._bytes += size

    def rest(self) -> Iterator[list[CensusItem]]:
        """Yield the last shard, if anything is left."""
        if self._items:
            yield self._items
        self._items, self._bytes, self._unit, self._unit_start = [], 0, None, 0


def weight(item: CensusItem) -> int:
    """Return the bytes that staging an item reads; a declared size in a finding is no bytes."""
    return 0 if item.finding else item.size


def put_items(store: ObjectStore, keys: RunKeys, number: int, items: Iterable[CensusItem]) -> Shard:
    """Write the list of one shard under its own digest; returns the shard."""
    writer = Writer()
    size = 0
    for item in items:
        writer.add(item)
        size += weight(item)
    digest = writer.digest
    store.put(keys.shard_items(number, digest), writer.close())
    return Shard(number, writer.count, size, digest)


def stored_census(store: ObjectStore, keys: RunKeys) -> Census | None:
    """Return the census of a run as it was committed, or None when none was."""
    body = store.get(keys.census)
    if body is None:
        return None
    return census_of(tuple(load(Shard, body)))


def census_of(shards: tuple[Shard, ...]) -> Census:
    """Return the sums over shards."""
    return Census(
        items=sum(shard.items for shard in shards),
        bytes=sum(shard.bytes for shard in shards),
        shards=shards,
        limited=sum(shard.items for shard in shards if shard.beyond_limit),
    )
