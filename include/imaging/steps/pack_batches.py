"""Decides what becomes of every staged item, and which of them travel together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from include.imaging import manifest
from include.imaging.catalog import claims, forming, run_items
from include.imaging.catalog.cases import open_cases
from include.imaging.catalog.decisions import Rules, decide
from include.imaging.catalog.engine import writing
from include.imaging.catalog.plans import (
    PlannedBatch,
    held_entries,
    manifest_entries,
    planned,
    store_lock,
)
from include.imaging.catalog.run_items import RunRef
from include.imaging.errors import CustomerError, IntegrityError
from include.imaging.keys import BatchKeys, RunKeys
from include.imaging.model import IndexEntry, Stage
from include.imaging.packing import Quota
from include.imaging.steps.boundary import guarded
from include.imaging.steps.quarantine import keep_bytes
from include.imaging.steps.zones import Zones


@dataclass(frozen=True, slots=True)
class Plan:
    """The run's batches by map index, and the outcomes that packing already decided."""

    batches: tuple[PlannedBatch, ...]
    outcomes: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Packing:
    run: RunRef
    rules: Rules
    quota: Quota
    most_batches: int
    zones: Zones

    def expired(self, engine: Engine) -> set[RunRef]:
        """Runs with live batches whose staged bytes are gone; the census is the oldest of them.

        Asked before the data store is locked: what appears until then counts as staged.
        """
        with engine.connect() as connection:
            owners = claims.owners_to_join(connection, self.run, self.rules)
        return {owner for owner in owners if not self._is_staged(owner)}

    def _is_staged(self, owner: RunRef) -> bool:
        census = _keys(owner).census
        return any(entry.key == census for entry in self.zones.landing.listing(census))

    def require_mappable(self, plan: Plan) -> None:
        if len(plan.batches) > self.most_batches:
            raise CustomerError(
                "TOO_MANY_BATCHES",
                f"the run needs {len(plan.batches)} batches, the scheduler maps "
                f"{self.most_batches} at most: raise AIRFLOW__CORE__MAX_MAP_LENGTH or the feed's "
                "`quota`, or take fewer days at once",
            )


class _TakenBackError(Exception):
    """Carries a dry run's plan out of the transaction that it undoes."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan


@guarded(Stage.PACK_BATCHES)
def run(
    *,
    run: RunRef,
    rules: Rules,
    quota: Quota,
    shards: Sequence[int],
    zones: Zones,
    engine: Engine,
    keyed_uid: Callable[[str], str],
    dry_run: bool = False,
    most_batches: int = 1024,
) -> Plan:
    """Return the run's plan; a plan that is stored is returned as it is.

    A dry run decides exactly as a real one and takes everything back, when it fails too: no
    claim, no outcome and no plan is left. The bytes of what is held back are kept apart from
    what expires here, and not in staging, so that a dry run leaves none. `keyed_uid` gives the
    UID under which an original one travels.
    Raises CustomerError, and claims nothing, when there are more than `most_batches`.
    """
    stored = _stored_plan(run, zones, engine)
    if stored is not None:
        return stored
    try:
        for shard in shards:
            _load(run, shard, zones, engine, keyed_uid)
        pack = _Packing(run, rules, quota, most_batches, zones)
        plan = _pack(pack, engine, dry_run=dry_run)
    finally:
        if dry_run:
            run_items.forget(engine, run)
    if dry_run:
        return plan
    _write_manifests(plan, zones, engine)
    with engine.connect() as connection:
        keep_bytes(zones.landing, run.feed, held_entries(connection, run))
    zones.landing.put_once(_keys(run).plan, manifest.dump(plan.batches))
    return plan


def _stored_plan(run: RunRef, zones: Zones, engine: Engine) -> Plan | None:
    stored = zones.landing.get(_keys(run).plan)
    if stored is None:
        return None
    with engine.connect() as connection:
        outcomes = run_items.outcomes(connection, run)
    return Plan(tuple(manifest.load(PlannedBatch, stored)), outcomes)


def _load(
    run: RunRef, shard: int, zones: Zones, engine: Engine, keyed_uid: Callable[[str], str]
) -> None:
    index = zones.landing.open(_keys(run).shard_index(shard))
    if index is None:
        raise IntegrityError(
            "INDEX_MISSING", f"shard {shard} has no index: clear its `stage` task, then this one"
        )
    with index:
        run_items.load(engine, run, shard, manifest.load(IndexEntry, index), keyed_uid)


def _pack(pack: _Packing, engine: Engine, *, dry_run: bool) -> Plan:
    run, rules = pack.run, pack.rules
    expired = pack.expired(engine)
    try:
        with writing(engine, store_lock(rules.datastore_id)) as connection:
            decide(connection, run, rules)
            claims.join_live_batches(connection, run, rules, pack.quota, expired)
            forming.form_batches(connection, run, rules, pack.quota)
            forming.number_batches(connection, run)
            open_cases(connection, run, rules.fingerprint)
            run_items.mark_packed(connection, run)
            plan = Plan(tuple(planned(connection, run)), run_items.outcomes(connection, run))
            pack.require_mappable(plan)
            if dry_run:
                raise _TakenBackError(plan)
    except _TakenBackError as taken_back:
        return taken_back.plan
    return plan


def _write_manifests(plan: Plan, zones: Zones, engine: Engine) -> None:
    for batch in plan.batches:
        key = BatchKeys(batch.batch_id).manifest
        with engine.connect() as connection:
            content = manifest.dump(manifest_entries(connection, batch.batch_id))
        # the owner's manifest stands: another run writes it only if the owner died before
        if batch.own:
            zones.results.put(key, content)
        else:
            zones.results.put_once(key, content)


def _keys(run: RunRef) -> RunKeys:
    return RunKeys(run.feed, run.run_id)
