"""The main job up to the import zone: census, staging, packing, de-identification and upload."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from include.imaging.archives.folder import Folder
from include.imaging.catalog.engine import open_catalog
from include.imaging.catalog.run_items import RunRef, register
from include.imaging.keyring import Keyring
from include.imaging.landing.census import Census
from include.imaging.packing import Quota
from include.imaging.steps import deidentify, pack_batches, stage, take_census
from include.imaging.steps.zones import Zones
from include.imaging.validation.verify import Verifier
from tests.bench.buckets import new_store
from tests.support.catalog import rules
from tests.support.deidentification import KEY, deidentifier

RUN = RunRef("bench", "manual__2026-03-02T06:00:00+00:00")


@contextmanager
def pipeline(source: str, url: str, count: int) -> Iterator[Callable[[], None]]:
    """Run the steps one after the other, as tasks would; raises unless all items arrive."""
    with ExitStack() as stack:
        stores = [stack.enter_context(new_store(url)) for _zone in range(3)]
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        engine = open_catalog(f"sqlite:///{folder}/catalog.db")
        job = _Job(source, Zones(*stores), engine)

        def work() -> None:
            if (arrived := job.run()) != count:
                raise RuntimeError(f"{arrived} of {count} items arrived in the import zone")

        yield work


class _Job:
    def __init__(self, source: str, zones: Zones, engine: Engine) -> None:
        self._archive = Folder(Path(source).as_uri())
        self._zones = zones
        self._engine = engine
        self._keyring = Keyring(KEY)
        self._rewriter = deidentifier()

    def run(self) -> int:
        """Return how many items were verified and lie in the import zone."""
        census = self._staged()
        plan = self._packed(census)
        return sum(self._rewritten(batch.batch_id) for batch in plan.batches)

    def _staged(self) -> Census:
        census = take_census.run(
            feed=RUN.feed,
            run_id=RUN.run_id,
            archive=self._archive,
            window=None,
            limit=None,
            landing=self._zones.landing,
            keyring=self._keyring,
        )
        for shard in census.shards:
            stage.run(
                feed=RUN.feed,
                run_id=RUN.run_id,
                shard=shard.number,
                archive=self._archive,
                landing=self._zones.landing,
                keyring=self._keyring,
            )
        return census

    def _packed(self, census: Census) -> pack_batches.Plan:
        packed_for = rules(fingerprint=self._rewriter.fingerprint)
        register(
            self._engine,
            RUN,
            datastore_id=packed_for.datastore_id,
            fingerprint=packed_for.fingerprint,
            items=census.items,
            size=census.bytes,
        )
        return pack_batches.run(
            run=RUN,
            rules=packed_for,
            quota=Quota(),
            shards=[shard.number for shard in census.shards],
            zones=self._zones,
            engine=self._engine,
            keyed_uid=self._rewriter.uid,
        )

    def _rewritten(self, batch_id: str) -> int:
        worked = deidentify.run(
            batch_id=batch_id,
            owner=RUN.run_id,
            zones=self._zones,
            engine=self._engine,
            rewriter=self._rewriter,
            verify=Verifier().verify,
        )
        return worked.verified
