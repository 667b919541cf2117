"""What is read ahead of a batch is bounded by its bytes, not by its items."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.imaging.landing import ranges
from include.imaging.landing.ranges import fetch
from include.imaging.model import ManifestEntry

BUDGET = 100


class Bundles:
    """A store whose objects are as long as they are asked for; it notes what was asked."""

    name = "bundles"

    def __init__(self) -> None:
        self.asked: list[int] = []

    def get_range(self, _key: str, _offset: int, length: int, _etag: str = "") -> bytes:
        self.asked.append(length)
        return bytes(length)


def entries(sizes: Sequence[int]) -> list[ManifestEntry]:
    """Items of these sizes, each in a bundle of its own."""
    return [
        ManifestEntry(f"{n}", "1", "1", "1", "", f"bundle {n}", "", 0, size)
        for n, size in enumerate(sizes)
    ]


@pytest.fixture(autouse=True)
def small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "BYTES_IN_FLIGHT", BUDGET)


@given(st.lists(st.integers(1, 2 * BUDGET), max_size=20))
def test_nothing_is_read_ahead_beyond_the_budget(sizes: list[int]) -> None:
    store, done = Bundles(), 0
    for fetched in fetch(store, entries(sizes)):  # type: ignore[arg-type]
        ahead = sum(store.asked) - done - len(fetched[0][1])
        assert ahead <= BUDGET or len(store.asked) == len(sizes)
        done += len(fetched[0][1])
    assert (store.asked.copy() and done == sum(sizes)) or not sizes


def test_a_large_item_is_read_alone_and_let_go_before_the_next_one() -> None:
    store = Bundles()
    lists = fetch(store, entries([500, 400, 300]))  # type: ignore[arg-type]
    first = next(lists)
    assert [len(body) for _entry, body in first] == [500]
    assert store.asked == [500]
    second = next(lists)
    assert first == []
    assert [len(body) for _entry, body in second] == [400]
    assert store.asked == [500, 400]


def test_every_item_comes_in_its_order() -> None:
    sizes = [10, 20, 500, 30, 30, 30, 30, 30, 200]
    store = Bundles()
    found = [
        (entry.item_id, len(body)) for got in fetch(store, entries(sizes)) for entry, body in got
    ]  # type: ignore[arg-type]
    assert found == [(f"{n}", size) for n, size in enumerate(sizes)]
