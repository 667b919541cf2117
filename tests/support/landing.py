"""Buckets, a secret and one staged run, for tests of the first two steps."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydicom.data import get_testdata_file
from sqlalchemy import Engine

from include.imaging.archives.folder import Folder
from include.imaging.catalog.run_items import RunRef, register
from include.imaging.deid.engine import Deidentifier
from include.imaging.keyring import Keyring
from include.imaging.keys import RunKeys
from include.imaging.landing.census import Census
from include.imaging.landing.index import StagedShard, stored_index
from include.imaging.manifest import load
from include.imaging.model import CensusItem, IndexEntry
from include.imaging.packing import Quota
from include.imaging.steps import pack_batches, stage, take_census
from include.imaging.steps.pack_batches import Plan
from include.imaging.steps.zones import Zones
from include.imaging.store import ObjectStore, S3Store
from tests.support.catalog import DATASTORE, FINGERPRINT, rules
from tests.support.cloud import Clients

FEED, RUN_ID = "night", "manual__2026-03-02T06:00:00+00:00"
KEYRING = Keyring(bytes(range(32)))
KEYS = RunKeys(FEED, RUN_ID)
RUN = RunRef(FEED, RUN_ID)


def new_store(clients: Clients) -> S3Store:
    name = f"landing-{uuid.uuid4().hex[:16]}"
    clients.s3.create_bucket(Bucket=name)
    return S3Store(clients.s3, name)


def folder(root: Path, **options: Any) -> Folder:
    return Folder(
        root.as_uri() if not options.pop("literal", False) else f"file://{root}", **options
    )


def sample() -> bytes:
    """The bytes of a sound CT image (39 kB)."""
    return Path(str(get_testdata_file("CT_small.dcm"))).read_bytes()


def counted(store: ObjectStore, archive: Any, **options: Any) -> Census:
    wanted = {"window": None, "limit": None} | options
    return take_census.run(
        feed=FEED, run_id=RUN_ID, archive=archive, landing=store, keyring=KEYRING, **wanted
    )


def staged(store: ObjectStore, archive: Any, shard: int = 0, **options: Any) -> StagedShard:
    return stage.run(
        feed=FEED,
        run_id=RUN_ID,
        shard=shard,
        archive=archive,
        landing=store,
        keyring=KEYRING,
        **options,
    )


def packed(
    zones: Zones,
    engine: Engine,
    root: Path,
    rewriter: Deidentifier | None = None,
    **options: Any,
) -> Plan:
    """Take a folder's census, stage it and pack it, for a rewriter if there is one."""
    fingerprint = rewriter.fingerprint if rewriter else FINGERPRINT
    census = counted(zones.landing, folder(root), engine=engine)
    for shard in census.shards:
        staged(zones.landing, folder(root), shard.number)
    register(
        engine,
        RUN,
        datastore_id=DATASTORE,
        fingerprint=fingerprint,
        items=census.items,
        size=census.bytes,
    )
    return pack_batches.run(
        run=RUN,
        rules=rules(fingerprint=fingerprint),
        quota=Quota(),
        shards=[shard.number for shard in census.shards],
        zones=zones,
        engine=engine,
        keyed_uid=rewriter.uid if rewriter else str,
        **options,
    )


def listed(store: ObjectStore, census: Census) -> list[CensusItem]:
    bodies = (store.get(KEYS.shard_items(each.number, each.digest)) for each in census.shards)
    return [item for body in bodies for item in load(CensusItem, body or b"")]


def index(store: ObjectStore, shard: int = 0) -> list[IndexEntry]:
    return list(stored_index(store, KEYS, shard) or ())


def codes(entry: IndexEntry) -> list[str]:
    return [found.code for found in entry.findings]


def by_path(store: ObjectStore, census: Census) -> dict[tuple[str, str | None, int], IndexEntry]:
    """Return the entries of all shards by path, member and ordinal."""
    entries = {e.item_id: e for shard in census.shards for e in index(store, shard.number)}
    items: Iterable[CensusItem] = listed(store, census)
    return {(item.path, item.member, item.ordinal): entries[item.item_id] for item in items}


def bodies(store: ObjectStore, entries: list[IndexEntry]) -> Iterator[bytes]:
    """Yield the bytes of entries out of their bundles."""
    for entry in entries:
        if entry.bundle:
            yield store.get_range(entry.bundle, entry.offset, entry.length, entry.etag)
