"""Two nights see one instance while another content of it is on its way."""

import pytest
from sqlalchemy import Engine, select

from include.imaging.catalog import settle
from include.imaging.catalog.decisions import Rules
from include.imaging.catalog.engine import writing
from include.imaging.catalog.tables import cases
from include.imaging.feed import ChangeRule, ConflictRule
from include.imaging.model import IndexEntry
from tests.imaging.catalog.test_contents import (
    CONFLICT,
    IMPORTING,
    SUPERSEDED,
    UNCHANGED,
    A,
    B,
    night,
    pass_night,
    stored,
)
from tests.support.catalog import ends, finish, pack_run, rules


def both_seen_while_one_is_on_its_way(
    engine: Engine, moving: IndexEntry, by: Rules
) -> tuple[dict[str, tuple[str | None, str | None]], dict[str, tuple[str | None, str | None]]]:
    """Verdicts of a night whose census holds A and B, and of the next one with the same."""
    (batch,) = pack_run(engine, night(1), [moving], by)
    assert pack_run(engine, night(2), [A, B], by) == [batch]
    seen = ends(engine, night(2))
    assert finish(engine, night(1), batch, ["1.1"]) == {"imported": 1}
    with writing(engine, "test") as connection:
        assert settle.settle_run(connection, night(2), batch)["unchanged"] == 1
    return seen, pass_night(engine, 3, [A, B], by)


def test_a_content_on_its_way_is_no_rival_and_opens_no_case(engine: Engine) -> None:
    seen, after = both_seen_while_one_is_on_its_way(engine, A, rules())
    assert seen == {"a": (None, None), "b": CONFLICT}
    assert after == {"a": UNCHANGED, "b": CONFLICT}
    with engine.connect() as connection:
        assert list(connection.execute(select(cases.c.item_id)).scalars()) == ["b"]


def test_a_newer_content_waits_for_the_one_on_its_way(engine: Engine) -> None:
    seen, after = both_seen_while_one_is_on_its_way(engine, A, IMPORTING)
    assert seen == {"a": (None, None), "b": ("quarantined", "INSTANCE_CHANGED")}
    assert after == {"a": UNCHANGED, "b": ("imported", None)}


@pytest.mark.parametrize("on_change", list(ChangeRule))
@pytest.mark.parametrize(("moving", "other"), [(A, B), (B, A)])
def test_a_content_on_its_way_comes_before_the_first(
    engine: Engine, on_change: ChangeRule, moving: IndexEntry, other: IndexEntry
) -> None:
    first = rules(on_conflict=ConflictRule.FIRST, on_change=on_change)
    seen, after = both_seen_while_one_is_on_its_way(engine, moving, first)
    assert seen == {moving.item_id: (None, None), other.item_id: SUPERSEDED}
    assert after == {moving.item_id: UNCHANGED, other.item_id: SUPERSEDED}


@pytest.mark.parametrize("on_conflict", list(ConflictRule))
def test_a_stored_content_is_superseded_once_a_newer_one_is_on_its_way(
    engine: Engine, on_conflict: ConflictRule
) -> None:
    by = rules(on_conflict=on_conflict, on_change=ChangeRule.IMPORT)
    pass_night(engine, 1, [A], by)
    (batch,) = pack_run(engine, night(2), [B], by)
    assert pack_run(engine, night(3), [A, B], by) == [batch]
    assert ends(engine, night(3)) == {"a": SUPERSEDED, "b": (None, None)}
    assert finish(engine, night(2), batch, ["1.1"]) == {"imported": 1}
    assert pass_night(engine, 4, [A, B], by) == {"a": SUPERSEDED, "b": UNCHANGED}


def test_a_stored_content_that_is_about_to_be_replaced_is_not_unchanged(engine: Engine) -> None:
    pass_night(engine, 1, [A])
    (batch,) = pack_run(engine, night(2), [B], IMPORTING)
    assert pack_run(engine, night(3), [A], IMPORTING) == []
    assert ends(engine, night(3)) == {"a": ("quarantined", "INSTANCE_CHANGED")}
    assert finish(engine, night(2), batch, ["1.1"]) == {"imported": 1}
    assert pass_night(engine, 4, [A]) == {"a": ("imported", None)}
    assert stored(engine) == {"1.1": A.content_hash}
