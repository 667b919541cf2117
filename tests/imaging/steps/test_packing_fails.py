"""What packing leaves behind when it fails: nothing in a dry run, and a run that may go on."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, func, select

from include.imaging.catalog import jobs
from include.imaging.catalog.engine import writing
from include.imaging.catalog.run_items import RunRef, is_packed
from include.imaging.catalog.tables import batch_items, batches, claims, metadata, runs
from include.imaging.catalog.tables import jobs as job_table
from include.imaging.errors import CustomerError, TransientError
from include.imaging.steps.zones import Zones
from tests.support.catalog import ends
from tests.support.landing import KEYS, RUN, packed, sample


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    root = tmp_path / "archive"
    root.mkdir()
    (root / "image").write_bytes(sample())
    (root / "letter").write_bytes(b"Dear colleague")
    return root


def rows(engine: Engine) -> dict[str, int]:
    """The tables that are not empty, and how many rows each has."""
    with engine.connect() as connection:
        counted = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
    return {name: count for name, count in counted.items() if count}


def test_a_dry_run_that_needs_too_many_batches_leaves_nothing(
    zones: Zones, engine: Engine, archive: Path
) -> None:
    for _try in range(2):
        with pytest.raises(CustomerError, match="TOO_MANY_BATCHES"):
            packed(zones, engine, archive, dry_run=True, most_batches=0)
        assert rows(engine) == {}
    plan = packed(zones, engine, archive, dry_run=True)
    assert (len(plan.batches), plan.outcomes) == (1, {"quarantined": 1})
    assert rows(engine) == {}


def test_a_dry_run_that_meets_a_batch_packed_otherwise_leaves_nothing(
    zones: Zones, engine: Engine, archive: Path
) -> None:
    (batch,) = packed(zones, engine, archive).batches
    jobs.intend(engine, batch.batch_id, "another night")
    with writing(engine, "test") as connection:
        # as if another feed had packed it
        for table in metadata.sorted_tables:
            if table not in (batches, claims, batch_items, job_table):
                connection.execute(delete(table))
        connection.execute(batches.update().values(feed="another"))
    zones.landing.delete([KEYS.plan])
    before = rows(engine)
    with pytest.raises(TransientError, match="PACKED_ELSEWHERE"):
        packed(zones, engine, archive, dry_run=True)
    assert rows(engine) == before
    assert set(before) == {"batches", "claims", "jobs", "batch_items"}


def test_a_run_that_failed_while_it_was_packed_may_take_its_census_again(
    zones: Zones, engine: Engine, archive: Path
) -> None:
    with pytest.raises(CustomerError, match="TOO_MANY_BATCHES"):
        packed(zones, engine, archive, most_batches=0)
    assert not is_packed(engine, RUN)
    assert rows(engine)["items"] == 2
    zones.landing.delete([entry.key for entry in zones.landing.listing("runs/")])
    (archive / "letter").unlink()
    (archive / "note").write_bytes(b"Yours")
    (archive / "second note").write_bytes(b"Mine")
    plan = packed(zones, engine, archive)
    assert (len(plan.batches), plan.outcomes) == (1, {"quarantined": 2})
    # nothing of the first census is left to be accounted for
    assert len(ends(engine, RUN)) == 3
    with engine.connect() as connection:
        assert connection.execute(select(runs.c.census_items)).scalar_one() == 3
    assert is_packed(engine, RUN)
    assert not is_packed(engine, RunRef(RUN.feed, "another"))
