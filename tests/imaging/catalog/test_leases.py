"""One attempt at a time rewrites a batch."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import OperationalError

from include.imaging.catalog import leases
from include.imaging.catalog.claims import in_utc
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


class Spied(WorkLease):
    """A lease that tells when its thread has renewed it, or found it lost."""

    def __init__(
        self,
        engine: Engine,
        batch: str,
        owner: str,
        *,
        breaks: int = 0,
        error: Exception | None = None,
    ) -> None:
        super().__init__(engine, batch, owner)
        self.broken = threading.Event()
        self._error = error or OperationalError("", {}, Exception())
        self.renewed = threading.Event()
        self.refused = threading.Event()
        self._breaks = breaks

    def renew(self) -> None:
        if self._breaks:
            self._breaks -= 1
            if not self._breaks:
                self.broken.set()
            raise self._error
        try:
            super().renew()
        except TransientError:
            self.refused.set()
            raise
        self.renewed.set()


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEWED_EVERY", timedelta(milliseconds=1))


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("breaks", [0, 3])
@pytest.mark.parametrize("error", [None, RuntimeError("out of threads"), OSError("disk full")])
def test_a_lease_is_renewed_while_the_work_stands_still(
    engine: Engine, batch: str, breaks: int, error: Exception | None
) -> None:
    slow = Spied(engine, batch, "run 1", breaks=breaks, error=error)
    assert slow.take()
    past = datetime.now(UTC) - timedelta(seconds=1)
    with writing(engine, "test") as connection:
        connection.execute(update(batches).values(worker_until=past))
    with slow.kept():
        assert slow.renewed.wait(60)
        slow.require()
        assert not WorkLease(engine, batch, "run 2").take()
    with engine.connect() as connection:
        until = connection.execute(select(batches.c.worker_until)).scalar_one()
    assert in_utc(until) > datetime.now(UTC)


@pytest.mark.usefixtures("often")
def test_whoever_lost_the_batch_finds_out_before_it_writes(engine: Engine, batch: str) -> None:
    slow = Spied(engine, batch, "run 1")
    assert slow.take()
    assert WorkLease(engine, batch, "run 1").take()
    with slow.kept():
        assert slow.refused.wait(60)
        with pytest.raises(TransientError, match="BATCH_TAKEN_OVER"):
            slow.require()


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(leases, "time", made)
    return made


@pytest.mark.usefixtures("often")
def test_whoever_could_not_renew_stops_once_the_lease_has_run_out(
    engine: Engine, batch: str, clock: Clock
) -> None:
    cut_off = Spied(engine, batch, "run 1", breaks=3, error=RuntimeError("no way to the catalog"))
    assert cut_off.take()
    for after, is_held in ((leases.WORK_LEASE.total_seconds() - 1, True), (1, False)):
        clock.now += after
        if is_held:
            cut_off.require()
            continue
        with pytest.raises(TransientError, match="LEASE_EXPIRED"):
            cut_off.require()
    with cut_off.kept():
        assert cut_off.broken.wait(60)
        assert cut_off.renewed.wait(60)
    # the catalog answers again, and nobody took the batch meanwhile
    cut_off.require()


def test_a_lease_that_was_never_taken_is_none(engine: Engine, batch: str) -> None:
    with pytest.raises(TransientError, match="LEASE_EXPIRED"):
        WorkLease(engine, batch, "run 1").require()


@pytest.mark.usefixtures("often")
def test_nothing_is_renewed_after_the_work_has_ended(engine: Engine, batch: str) -> None:
    done = Spied(engine, batch, "run 1")
    assert done.take()
    with pytest.raises(KeyError), done.kept():
        raise KeyError
    assert not [thread for thread in threading.enumerate() if thread.name == "lease"]
