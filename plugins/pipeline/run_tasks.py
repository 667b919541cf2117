"""The tasks of a whole run: census, staging, packing and the balance."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import conf
from airflow.sdk import Asset, TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.imaging.errors import IntegrityError
from include.imaging.model import Stage
from include.imaging.steps.boundary import guarded
from pipeline.adapters import Adapters
from pipeline.import_params import require_known
from pipeline.interval import window_of
from pipeline.labels import MAP_LABEL, show_label

if TYPE_CHECKING:
    from include.imaging.catalog.plans import PlannedBatch
    from include.imaging.feed import Feed
    from include.imaging.steps.pack_batches import Plan

log = logging.getLogger(__name__)

Mapped = dict[str, Any]
PLAN = "plan"


def take_census(feed: Feed) -> Any:
    """Return the task that counts the archive and hands on its shards."""

    @task(
        task_id="take_census",
        task_display_name="Take the census",
        execution_timeout=timedelta(hours=6),
    )
    def run() -> list[Mapped]:
        from include.imaging.steps import take_census as step

        context = get_current_context()
        require_known(context["dag_run"].conf)
        adapters = Adapters(feed)
        adapters.require_target()
        census = step.run(
            feed=feed.feed,
            run_id=context["dag_run"].run_id,
            archive=adapters.archive,
            window=window_of(feed, context["params"], context["dag_run"]),
            limit=context["params"]["limit"],
            landing=adapters.zones.landing,
            keyring=adapters.keyring,
            engine=adapters.engine,
            max_shards=conf.getint("core", "max_map_length"),
        )
        log.info("Census: %d items, %d bytes", census.items, census.bytes)
        return [
            {"shard": shard.number, "label": f"shard {shard.number} · {shard.items} items"}
            for shard in census.shards
        ]

    return run()


def stage(feed: Feed, shards: Any) -> Any:
    """Return the mapped task that brings a shard's bytes into the landing zone."""

    @task(
        task_id="stage",
        task_display_name="Stage",
        map_index_template=MAP_LABEL,
        pool=feed.pool,
        execution_timeout=timedelta(hours=12),
    )
    def run(shard: Mapped) -> dict[str, int]:
        from include.imaging.steps import stage as step

        context = get_current_context()
        show_label(context, shard)
        adapters = Adapters(feed)
        staged = step.run(
            feed=feed.feed,
            run_id=context["dag_run"].run_id,
            shard=shard["shard"],
            archive=adapters.archive,
            landing=adapters.zones.landing,
            keyring=adapters.keyring,
            progress=_progress("staged"),
        )
        log.info("Staged %d items, %d bytes", staged.items, staged.bytes)
        return {"items": staged.items, "bytes": staged.bytes, "bundles": staged.bundles}

    return run.expand(shard=shards)


def pack_batches(feed: Feed, shards: Any) -> Any:
    """Return the task that decides what travels, and in which batches."""

    @task(
        task_id="pack_batches",
        task_display_name="Pack batches",
        trigger_rule=TriggerRule.NONE_FAILED,
        execution_timeout=timedelta(hours=2),
    )
    def run(shards: list[Mapped]) -> list[Mapped]:
        context = get_current_context()
        plan = _pack(feed, [shard["shard"] for shard in shards], context)
        log.info("Plan: %d batches; decided already: %s", len(plan.batches), plan.outcomes)
        # beside the return value, which a dry run leaves empty so that nothing is mapped
        planned = {"batches": [asdict(entry) for entry in plan.batches], "outcomes": plan.outcomes}
        context["ti"].xcom_push(PLAN, planned)
        if context["params"]["dry_run"]:
            return []
        return [_label(entry, number, plan) for number, entry in enumerate(plan.batches, start=1)]

    return run(shards)


def balance(feed: Feed) -> Any:
    """Return the task that raises unless every item of the census has one outcome."""

    @task(
        task_id="balance",
        task_display_name="Balance",
        trigger_rule=TriggerRule.ALL_DONE,
        outlets=[Asset(name=f"image_sets_{feed.feed}", uri=f"x-healthimaging://{feed.feed}")],
        execution_timeout=timedelta(hours=1),
    )
    def run() -> dict[str, Any]:
        from include.imaging.catalog.run_items import RunRef
        from include.imaging.steps import balance as step

        context = get_current_context()
        if context["params"]["dry_run"]:
            _require_green(context)
            # skipped, not succeeded: nothing reached the asset, so nobody is told of it
            raise AirflowSkipException(f"dry run: the plan is the XCom {PLAN!r} of pack_batches")
        adapters = Adapters(feed)
        sheet = step.run(
            run=RunRef(feed.feed, context["dag_run"].run_id),
            zones=adapters.zones,
            engine=adapters.engine,
            fingerprint=adapters.rewriter.fingerprint,
            failed_allowed=feed.failed_items_allowed,
        )
        _require_green(context)
        log.info("Balanced: %d items, %s", sheet.census, sheet.outcomes)
        log.info("The chain of records ends in %s", sheet.chain_head)
        told = sheet.to_dict()
        return {name: told[name] for name in ("census", "outcomes", "balanced", "chain_head")}

    return run()


@guarded(Stage.PACK_BATCHES)
def _pack(feed: Feed, shards: list[int], context: Any) -> Plan:
    from include.imaging.catalog.run_items import RunRef, register
    from include.imaging.keys import RunKeys
    from include.imaging.landing.census import stored_census
    from include.imaging.steps import pack_batches as step

    adapters = Adapters(feed)
    this = RunRef(feed.feed, context["dag_run"].run_id)
    census = stored_census(adapters.zones.landing, RunKeys(this.feed, this.run_id))
    register(
        adapters.engine,
        this,
        datastore_id=adapters.rules.datastore_id,
        fingerprint=adapters.rules.fingerprint,
        items=census.items if census else 0,
        size=census.bytes if census else 0,
    )
    return step.run(
        run=this,
        rules=adapters.rules,
        quota=feed.quota,
        shards=shards,
        zones=adapters.zones,
        engine=adapters.engine,
        keyed_uid=adapters.rewriter.uid,
        dry_run=context["params"]["dry_run"],
        most_batches=conf.getint("core", "max_map_length"),
    )


def _label(batch: PlannedBatch, number: int, plan: Plan) -> Mapped:
    of = f"batch {number} of {len(plan.batches)}"
    label = f"{of} · {batch.series} series · {batch.items} items"
    return {"batch_id": batch.batch_id, "label": label}


def _require_green(context: Any) -> None:
    """Raise when a task of the run failed: the run's state is that of its leaf alone."""
    run = context["dag_run"]
    states = context["ti"].get_task_states(dag_id=run.dag_id, run_ids=[run.run_id])
    red = sorted(
        name
        for name, state in states.get(run.run_id, {}).items()
        if str(state) in ("failed", "upstream_failed")
    )
    if red:
        raise IntegrityError(
            "TASKS_FAILED",
            f"{len(red)} tasks of this run failed ({', '.join(red[:10])}): see their logs, then "
            "clear them with their downstream tasks",
        )


def _progress(what: str) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        if done % 500 == 0 or done == total:
            log.info("%s %d of %d items", what.capitalize(), done, total)

    return tell
