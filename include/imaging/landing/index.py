"""The index of a shard: what staging made of every item, and the parts it is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from include.imaging.errors import IntegrityError, TransientError
from include.imaging.keys import RunKeys
from include.imaging.manifest import dump, load
from include.imaging.model import CensusItem, IndexEntry
from include.imaging.store import ObjectStore


@dataclass(frozen=True, slots=True)
class StagedShard:
    """Sums of one staged shard: items, bytes in the landing zone, findings by code."""

    items: int
    bytes: int
    bundles: int
    findings: dict[str, int] = field(default_factory=dict)


def stored_index(store: ObjectStore, keys: RunKeys, shard: int) -> Iterator[IndexEntry] | None:
    """Return the entries of a shard's committed index, or None when it is not committed."""
    body = store.get(keys.shard_index(shard))
    return None if body is None else load(IndexEntry, body)


def summary(entries: Iterable[IndexEntry]) -> StagedShard:
    """Return the sums over a shard's entries."""
    items = size = 0
    bundles: set[str] = set()
    findings: Counter[str] = Counter()
    for entry in entries:
        items += 1
        size += entry.length
        bundles |= {entry.bundle} if entry.bundle else set()
        findings.update(found.code for found in entry.findings)
    return StagedShard(items, size, len(bundles), dict(sorted(findings.items())))


class Parts:
    """The committed parts of a shard that is being staged, in order.

    Two attempts may stage one shard at once, and cut it differently. So a part is written
    once, and together the parts are always a beginning of the shard's list.
    """

    def __init__(self, store: ObjectStore, keys: RunKeys, shard: int) -> None:
        self._store = store
        self._keys = keys
        self._shard = shard
        self._count = 0
        self._listed: list[str] = []
        self.entries: list[IndexEntry] = []
        while (body := store.get(keys.shard_part(shard, self._count))) is not None:
            self._keep(list(load(IndexEntry, body)))

    def left(self, items: Iterable[CensusItem]) -> Iterator[CensusItem]:
        """Yield those of the shard's items that no part holds; IntegrityError on a foreign part."""
        known = [entry.item_id for entry in self.entries]
        for number, item in enumerate(items):
            self._listed.append(item.item_id)
            if number >= len(known):
                yield item
            elif known[number] != item.item_id:
                raise self._out_of_order()

    def commit(self, entries: list[IndexEntry]) -> None:
        """Write the entries of one bundle; what is committed is not read again.

        Raises TransientError when another attempt has gone on with other entries.
        """
        start = len(self.entries)
        if _ids(entries) != self._listed[start : start + len(entries)]:
            raise self._out_of_order()
        key = self._keys.shard_part(self._shard, self._count)
        if not self._store.put_once(key, dump(entries)):
            body = self._store.get(key)
            stored = list(load(IndexEntry, body)) if body is not None else []
            if _ids(stored) != _ids(entries):
                raise TransientError(
                    "SHARD_STAGED_TWICE",
                    f"another attempt is staging shard {self._shard}: this one stops, and the "
                    "next try goes on after what that one has committed",
                )
            entries = stored
        self._keep(entries)

    def finish(self) -> None:
        """Write the whole index, unless another attempt has, and drop the parts."""
        self._store.put_once(self._keys.shard_index(self._shard), dump(self.entries))
        self._store.delete(self._keys.shard_part(self._shard, n) for n in range(self._count))

    def _keep(self, entries: list[IndexEntry]) -> None:
        self.entries += entries
        self._count += 1

    def _out_of_order(self) -> IntegrityError:
        return IntegrityError(
            "PARTS_OUT_OF_ORDER",
            f"the parts of shard {self._shard} are not a beginning of its list: delete them below "
            f"{self._keys.shard_part(self._shard, 0).rpartition('/')[0]}/ and clear this task",
        )


def _ids(entries: Iterable[IndexEntry]) -> list[str]:
    return [entry.item_id for entry in entries]
