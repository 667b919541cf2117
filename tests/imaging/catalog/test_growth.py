"""What packing costs grows with the number of items, not with its square."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from include.imaging.catalog import run_items
from include.imaging.catalog.decisions import Rules
from include.imaging.catalog.engine import open_catalog
from include.imaging.catalog.run_items import RunRef
from include.imaging.feed import ConflictRule
from tests.support.catalog import ends, entry, finish, pack_run, rules
from tests.support.postgres import Postgres

INSTRUCTIONS = 100
OTHERWISE = rules(fingerprint="e" * 64)


class Counter:
    """Counts what SQLite's machine executes, which no busy computer changes."""

    def __init__(self, engine: Engine) -> None:
        self.steps = 0
        event.listen(engine, "connect", self._watch)

    def _watch(self, connection: Any, _record: Any) -> None:
        connection.set_progress_handler(self._step, INSTRUCTIONS)

    def _step(self) -> None:
        self.steps += 1


def _packed(folder: Path, count: int, of_series: int, on_conflict: ConflictRule) -> int:
    engine = open_catalog(f"sqlite:///{folder}/{count}.db")
    counter = Counter(engine)
    entries = [
        entry(f"{number:06d}", series=f"1.9.{number // of_series}") for number in range(count)
    ]
    assert pack_run(engine, RunRef("feed", "run"), entries, rules(on_conflict=on_conflict))
    return counter.steps


@pytest.mark.parametrize("of_series", [1, 50, 2_000])
@pytest.mark.parametrize("on_conflict", ConflictRule)
def test_four_times_the_items_take_four_times_the_steps_to_pack(
    tmp_path: Path, of_series: int, on_conflict: ConflictRule
) -> None:
    few, many = (_packed(tmp_path, count, of_series, on_conflict) for count in (500, 2_000))
    assert few > 100
    assert many < 5 * few


def _added(folder: Path, count: int, later: Rules) -> int:
    """What a night costs that adds slices to a series with as many stored, and as many moving."""
    engine = open_catalog(f"sqlite:///{folder}/{count}.db")
    old, moving, new = (
        [entry(f"{part}{number:06d}", series="1.9") for number in range(count)] for part in "abc"
    )
    (batch,) = pack_run(engine, RunRef("feed", "1"), old, rules())
    uids = [each.facts.sop_instance_uid for each in old if each.facts]
    assert finish(engine, RunRef("feed", "1"), batch, uids) == {"imported": count}
    assert pack_run(engine, RunRef("feed", "2"), moving, rules())
    counter = Counter(engine)
    pack_run(engine, RunRef("feed", "3"), new if later is OTHERWISE else old + moving + new, later)
    assert len(ends(engine, RunRef("feed", "3"))) >= count
    return counter.steps


@pytest.mark.parametrize("later", [rules(), OTHERWISE])
def test_a_long_series_takes_no_more_steps_for_each_slice_than_a_short_one(
    tmp_path: Path, later: Rules
) -> None:
    few, many = (_added(tmp_path, count, later) for count in (500, 2_000))
    assert few > 100
    assert many < 5 * few


def test_postgresql_knows_how_many_items_were_loaded(postgres: Postgres) -> None:
    # without it every rule of packing goes through all items for each item
    postgres.run("CREATE DATABASE growth")
    engine = open_catalog(postgres.url("growth"))
    run_items.load(engine, RunRef("feed", "run"), 0, (entry(f"{n}") for n in range(700)), str)
    with engine.connect() as connection:
        known = text("SELECT reltuples FROM pg_class WHERE relname = 'items'")
        assert connection.execute(known).scalar_one() == 700
