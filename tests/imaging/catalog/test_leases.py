"""One attempt at a time rewrites a batch."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from include.imaging.catalog.engine import writing
from include.imaging.catalog.leases import WorkLease
from include.imaging.catalog.run_items import RunRef
from include.imaging.catalog.tables import batches
from include.imaging.errors import TransientError
from tests.support.catalog import entry, pack_run, rules


@pytest.fixture
def batch(engine: Engine) -> str:
    (made,) = pack_run(engine, RunRef("feed", "run 1"), [entry("a")], rules())
    return made


def test_another_run_does_not_get_a_batch_that_is_being_rewritten(
    engine: Engine, batch: str
) -> None:
    assert WorkLease(engine, batch, "run 1").take()
    assert not WorkLease(engine, batch, "run 2").take()


def test_a_new_attempt_of_the_same_run_takes_over_and_stops_the_old_one(
    engine: Engine, batch: str
) -> None:
    dead = WorkLease(engine, batch, "run 1")
    assert dead.take()
    assert WorkLease(engine, batch, "run 1").take()
    with pytest.raises(TransientError, match="BATCH_TAKEN_OVER"):
        dead.renew()


def test_a_batch_that_was_given_back_is_free(engine: Engine, batch: str) -> None:
    first = WorkLease(engine, batch, "run 1")
    assert first.take()
    first.renew()
    first.give_back()
    assert WorkLease(engine, batch, "run 2").take()


def test_a_lease_that_ran_out_is_free_and_its_holder_finds_out(engine: Engine, batch: str) -> None:
    slow = WorkLease(engine, batch, "run 1")
    assert slow.take()
    past = datetime.now(UTC) - timedelta(seconds=1)
    with writing(engine, "test") as connection:
        connection.execute(update(batches).values(worker_until=past))
    assert WorkLease(engine, batch, "run 2").take()
    with pytest.raises(TransientError, match="BATCH_TAKEN_OVER"):
        slow.give_back()
