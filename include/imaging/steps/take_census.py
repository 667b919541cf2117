"""Step `take_census`: count everything the archive holds, before anything moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from sqlalchemy import Engine

from include.imaging.archives.protocol import Archive, Window
from include.imaging.catalog.run_items import RunRef, forget, is_packed
from include.imaging.errors import CustomerError, IntegrityError
from include.imaging.keyring import Keyring
from include.imaging.keys import RunKeys
from include.imaging.landing.census import (
    BEYOND_SHARD_ITEMS,
    SHARD_BYTES,
    Census,
    Shard,
    Sharder,
    census_of,
    item_of,
    put_items,
    stored_census,
)
from include.imaging.manifest import dump
from include.imaging.model import CensusItem, Stage
from include.imaging.steps.boundary import guarded
from include.imaging.store import ObjectStore

MAX_SHARDS = 1024  # Airflow's own default of max_map_length


@guarded(Stage.TAKE_CENSUS)
def run(
    *,
    feed: str,
    run_id: str,
    archive: Archive,
    window: Window | None,
    limit: int | None,
    landing: ObjectStore,
    keyring: Keyring,
    engine: Engine | None = None,
    max_shards: int = MAX_SHARDS,
) -> Census:
    """Return the run's census, taking it once: a stored one is returned as it is.

    Every shard's list is written before the census commits them all. Items beyond `limit`
    are counted in shards of their own, which staging never reads. Memory holds one shard.
    `engine` is the catalog, which knows the runs whose census has expired.

    Raises:
        CustomerError: the archive's root is absent or may not be read, the census has more
            shards than `max_shards`, or the run was packed by a census that is gone.
    """
    keys = RunKeys(feed, run_id)
    stored = stored_census(landing, keys)
    if stored is not None:
        return stored
    if engine is not None:
        _require_unpacked(engine, RunRef(feed, run_id))
    shards: list[Shard] = []
    for items, beyond in _shards(feed, archive, window, limit, keyring):
        if len(shards) == max_shards:
            raise _too_many(max_shards)
        shard = put_items(landing, keys, len(shards), items)
        shards.append(replace(shard, beyond_limit=beyond))
    if landing.put_once(keys.census, dump(shards)):
        return census_of(tuple(shards))
    stored = stored_census(landing, keys)
    if stored is None:
        raise IntegrityError("CENSUS_GONE", "the census of the run was deleted while it was taken")
    return stored


def _shards(
    feed: str, archive: Archive, window: Window | None, limit: int | None, keyring: Keyring
) -> Iterator[tuple[list[CensusItem], bool]]:
    """Yield shards of the items within the limit, then those beyond it."""
    sharder, beyond = Sharder(), limit == 0
    if beyond:
        sharder = _beyond()
    for number, sighting in zip(count(1), archive.sightings(window), strict=False):
        if limit is not None and not beyond and number > limit:
            yield from ((items, False) for items in sharder.rest())
            sharder, beyond = _beyond(), True
        item = item_of(feed, sighting, keyring)
        for items in sharder.add(item, seekable=sighting.seekable or beyond):
            yield items, beyond
    for items in sharder.rest():
        yield items, beyond


def _beyond() -> Sharder:
    return Sharder(BEYOND_SHARD_ITEMS, SHARD_BYTES * 10**6)


def _require_unpacked(engine: Engine, run: RunRef) -> None:
    """Raise CustomerError for a run that was packed; what another left of its census goes."""
    if is_packed(engine, run):
        raise _expired()
    forget(engine, run)


def _expired() -> CustomerError:
    return CustomerError(
        "CENSUS_EXPIRED",
        "this run was packed by a census that the landing zone no longer holds, and the archive "
        "may hold something else by now: leave this run as it is, its evidence stands; to import "
        "the interval once more, trigger it in a new run",
    )


def _too_many(max_shards: int) -> CustomerError:
    return CustomerError(
        "TOO_MANY_SHARDS",
        f"the census needs more than {max_shards} staging tasks: raise "
        "AIRFLOW__CORE__MAX_MAP_LENGTH, or run shorter intervals",
    )
