"""What packing costs grows with the number of items, not with its square."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from include.imaging.catalog import run_items
from include.imaging.catalog.engine import open_catalog
from include.imaging.catalog.run_items import RunRef
from include.imaging.feed import ConflictRule
from tests.support.catalog import entry, pack_run, rules
from tests.support.postgres import Postgres

INSTRUCTIONS = 100


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


def test_postgresql_knows_how_many_items_were_loaded(postgres: Postgres) -> None:
    # without it every rule of packing goes through all items for each item
    postgres.run("CREATE DATABASE growth")
    engine = open_catalog(postgres.url("growth"))
    run_items.load(engine, RunRef("feed", "run"), 0, (entry(f"{n}") for n in range(700)), str)
    with engine.connect() as connection:
        known = text("SELECT reltuples FROM pg_class WHERE relname = 'items'")
        assert connection.execute(known).scalar_one() == 700
