"""Step `stage`: bring one shard's items into the landing zone, each hashed and looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from include.imaging.archives.protocol import Archive
from include.imaging.errors import CustomerError, IntegrityError
from include.imaging.findings import finding
from include.imaging.keyring import Keyring
from include.imaging.keys import RunKeys
from include.imaging.landing.bundles import BLOCK, BUNDLE_BYTES, Bundle, Uploads
from include.imaging.landing.census import Shard, item_id, stored_census
from include.imaging.landing.index import Parts, StagedShard, stored_index, summary
from include.imaging.landing.intake import refused, spool, take
from include.imaging.manifest import load
from include.imaging.model import CensusItem, Stage
from include.imaging.steps.boundary import guarded
from include.imaging.store import ObjectStore

PART_ITEMS = 5_000

Progress = Callable[[int, int], None]


@guarded(Stage.STAGE)
def run(
    *,
    feed: str,
    run_id: str,
    shard: int,
    archive: Archive,
    landing: ObjectStore,
    keyring: Keyring,
    progress: Progress | None = None,
) -> StagedShard:
    """Return the sums of a staged shard; a committed index is summed up and not made again.

    Every item of the census has one entry in the index, with its bytes or a finding. A
    retry goes on after the last bundle that was committed. Memory holds at most three
    bundles. `progress` is called with items done and items of the shard, after each item.

    Raises:
        CustomerError: the run has no census, or the archive's root is away.
    """
    keys = RunKeys(feed, run_id)
    stored = stored_index(landing, keys, shard)
    if stored is None:
        _stage(keys, _listed(landing, keys, shard), archive, landing, keyring, progress)
        stored = stored_index(landing, keys, shard)
    if stored is None:
        raise IntegrityError("INDEX_GONE", "the index was deleted while its shard was staged")
    return summary(stored)


def _stage(
    keys: RunKeys,
    shard: Shard,
    archive: Archive,
    landing: ObjectStore,
    keyring: Keyring,
    progress: Progress | None,
) -> None:
    parts = Parts(landing, keys, shard.number)
    left = parts.left(_items(landing, keys, shard, keyring))
    if progress:
        left = _told(left, len(parts.entries), shard.items, progress)
    with Uploads(landing, keys, parts) as uploads:
        for bundle in _bundles(left, archive, beyond_limit=shard.beyond_limit):
            uploads.send(bundle)
        uploads.finish()
    if len(parts.entries) != shard.items:
        raise IntegrityError(
            "SHARD_INCOMPLETE",
            f"{shard.items} items were counted and {len(parts.entries)} staged",
        )
    parts.finish()


def _bundles(
    items: Iterator[CensusItem], archive: Archive, *, beyond_limit: bool
) -> Iterator[Bundle]:
    """Yield bundles as they fill, with every item of the shard in its order."""
    bundle = Bundle()
    if beyond_limit:
        found = finding("BEYOND_LIMIT", Stage.STAGE)
        bundle.entries.extend(refused(item, item.finding or found) for item in items)
        yield bundle
        return
    with archive.read(items) as opened:
        for each in opened:
            room = BUNDLE_BYTES - bundle.bytes - 2 * BLOCK
            full = len(bundle.entries) >= PART_ITEMS or (each.stream and each.item.size > room)
            if full and bundle.entries:
                yield bundle
                bundle = Bundle()
            if each.stream is None:
                found = each.finding or finding("UNREADABLE", Stage.STAGE)
                bundle.add(refused(each.item, found), b"")
            elif each.item.size > BUNDLE_BYTES - 2 * BLOCK:
                yield spool(each.item, each.stream)
            else:
                take(each.item, each.stream, bundle)
    if bundle.entries:
        yield bundle


def _listed(landing: ObjectStore, keys: RunKeys, number: int) -> Shard:
    census = stored_census(landing, keys)
    for shard in census.shards if census else ():
        if shard.number == number:
            return shard
    raise CustomerError(
        "NO_CENSUS", "the run has no census that lists this shard: clear `take_census` first"
    )


def _items(
    landing: ObjectStore, keys: RunKeys, shard: Shard, keyring: Keyring
) -> Iterator[CensusItem]:
    """Yield the items of a shard; an id that is not the keyed hash of its place is refused."""
    body = landing.get(keys.shard_items(shard.number, shard.digest))
    if body is None:
        raise CustomerError(
            "SHARD_LIST_GONE",
            "the list of the shard expired or was deleted: trigger the interval in a new run",
        )
    for item in load(CensusItem, body):
        if item.item_id != item_id(keys.feed, item.path, item.member, item.ordinal, keyring):
            raise IntegrityError(
                "SHARD_LIST_FOREIGN",
                "the shard's list was not written under this secret: somebody changed the list "
                "or the secret since the census; find out who, then trigger a new run",
            )
        yield item


def _told(
    items: Iterable[CensusItem], done: int, total: int, progress: Progress
) -> Iterator[CensusItem]:
    for number, item in enumerate(items, done + 1):
        yield item
        progress(number, total)
