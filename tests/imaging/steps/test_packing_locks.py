"""No bucket is asked while packing holds the data store's lock."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, update

from include.imaging.catalog.engine import writing
from include.imaging.catalog.run_items import RunRef
from include.imaging.catalog.tables import batches, items, run_batches, runs
from include.imaging.keys import RunKeys
from include.imaging.steps.zones import Zones
from include.imaging.store import ObjectStore
from tests.support.landing import FEED, KEYS, packed, sample


class Watching:
    """A store that notes whether a transaction that writes was open when it was asked."""

    def __init__(self, store: ObjectStore, engine: Engine) -> None:
        self._store = store
        self.name = store.name
        self.writers = 0
        self.asked: list[tuple[str, bool]] = []
        event.listen(engine, "begin", self._begin)
        for ending in ("commit", "rollback"):
            event.listen(engine, ending, self._end)

    def _begin(self, connection: Any) -> None:
        self.writers += bool(connection.get_execution_options().get("writes"))

    def _end(self, connection: Any) -> None:
        self.writers -= bool(connection.get_execution_options().get("writes"))

    def __getattr__(self, name: str) -> Any:
        def ask(*arguments: Any, **options: Any) -> Any:
            self.asked.append((name, self.writers > 0))
            return getattr(self._store, name)(*arguments, **options)

        return ask


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    (tmp_path / "image").write_bytes(sample())
    return tmp_path


@pytest.mark.parametrize("expired", [False, True])
def test_what_a_live_batch_needs_is_asked_before_the_lock(
    zones: Zones, engine: Engine, archive: Path, expired: bool
) -> None:
    (batch,) = packed(zones, engine, archive).batches
    other = RunRef(FEED, "another night")
    if not expired:
        zones.landing.put(RunKeys(other.feed, other.run_id).census, b"")
    with writing(engine, "test") as connection:
        # as if the other night had packed it, and this one had still to
        connection.execute(update(batches).values(run_id=other.run_id))
        connection.execute(update(items).values(batch_id=None))
        for table in (run_batches, runs):
            connection.execute(delete(table))
    zones.landing.delete([KEYS.plan])
    landing = Watching(zones.landing, engine)
    (again,) = packed(replace(zones, landing=landing), engine, archive).batches  # type: ignore[arg-type]
    assert (again.batch_id, again.own) == (batch.batch_id, expired)
    assert ("listing", False) in landing.asked
    assert landing.writers == 0
    assert not [name for name, locked in landing.asked if locked]
