"""Step take_census: counted once, committed once."""

import tracemalloc
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from include.imaging.archives.protocol import Sighting
from include.imaging.errors import CustomerError
from include.imaging.landing import census as landing_census
from include.imaging.landing.census import Sharder
from include.imaging.steps import take_census
from include.imaging.store import S3Store
from tests.support.cloud import Clients
from tests.support.containers import tar_of
from tests.support.landing import KEYS, codes, counted, folder, index, listed, new_store, staged


@pytest.fixture
def store(clients: Clients) -> S3Store:
    return new_store(clients)


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    def sharder(items: int = 3, size: int = 10**6) -> Sharder:
        return Sharder(items, size)

    monkeypatch.setattr(take_census, "Sharder", sharder)


def fill(root: Path, count: int) -> Path:
    for number in range(count):
        (root / f"{number:03}").write_bytes(b"body")
    return root


def test_everything_is_counted_and_listed(store: S3Store, tmp_path: Path) -> None:
    (tmp_path / "box.tar").write_bytes(tar_of([("a", b"one"), ("b", b"two")]))
    census = counted(store, folder(fill(tmp_path, 3)))
    assert (census.items, census.bytes, census.limited) == (5, 18, 0)
    assert [(item.path, item.member) for item in listed(store, census)] == [
        *((f"{number:03}", None) for number in range(3)),
        ("box.tar", "a"),
        ("box.tar", "b"),
    ]


def test_an_empty_archive_is_a_census_of_none(store: S3Store, tmp_path: Path) -> None:
    census = counted(store, folder(tmp_path))
    assert (census.items, census.shards) == (0, ())
    fill(tmp_path, 1)
    assert counted(store, folder(tmp_path)) == census


def test_a_census_is_taken_once_whatever_the_archive_holds_now(
    store: S3Store, tmp_path: Path
) -> None:
    first = counted(store, folder(fill(tmp_path, 2)))
    fill(tmp_path, 9)
    assert counted(store, folder(tmp_path)) == first
    assert counted(store, folder(tmp_path / "gone")) == first


def test_of_two_censuses_at_once_the_first_to_commit_stays(store: S3Store, tmp_path: Path) -> None:
    fill(tmp_path, 2)

    class Racing:
        def sightings(self, window: object) -> object:
            yield Sighting("late", 1, "")
            self.other = counted(store, folder(tmp_path))

        def read(self, items: object) -> object:
            raise NotImplementedError

    racing = Racing()
    assert counted(store, racing) == racing.other
    assert racing.other.items == 2


def test_an_archive_that_is_absent_says_what_to_do(store: S3Store, tmp_path: Path) -> None:
    with pytest.raises(CustomerError, match="ARCHIVE_NOT_FOUND"):
        counted(store, folder(tmp_path / "gone"))
    assert store.get(KEYS.census) is None


@pytest.mark.usefixtures("small_shards")
def test_too_many_shards_say_what_to_do_and_commit_nothing(store: S3Store, tmp_path: Path) -> None:
    archive = folder(fill(tmp_path, 7))
    with pytest.raises(CustomerError, match=r"TOO_MANY_SHARDS.*MAX_MAP_LENGTH"):
        counted(store, archive, max_shards=2)
    assert store.get(KEYS.census) is None
    assert [shard.items for shard in counted(store, archive, max_shards=3).shards] == [3, 3, 1]


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize(
    ("limit", "shards"),
    [
        (0, [(7, True)]),
        (2, [(2, False), (5, True)]),
        (3, [(3, False), (4, True)]),
        (7, [(3, False), (3, False), (1, False)]),
        (99, [(3, False), (3, False), (1, False)]),
    ],
)
def test_items_beyond_the_limit_are_counted_apart(
    store: S3Store, tmp_path: Path, limit: int, shards: list[tuple[int, bool]]
) -> None:
    census = counted(store, folder(fill(tmp_path, 7)), limit=limit)
    assert [(shard.items, shard.beyond_limit) for shard in census.shards] == shards
    assert census.items == 7
    assert census.limited == max(0, 7 - limit)
    assert len(listed(store, census)) == 7


def test_items_beyond_the_limit_are_indexed_and_never_read(store: S3Store, tmp_path: Path) -> None:
    archive = folder(fill(tmp_path, 4))
    census = counted(store, archive, limit=1)
    for path in tmp_path.iterdir():
        path.unlink()
    beyond = census.shards[1]
    summary = staged(store, archive, beyond.number)
    assert (summary.items, summary.bytes, summary.findings) == (3, 0, {"BEYOND_LIMIT": 3})
    entries = index(store, beyond.number)
    assert [codes(entry) for entry in entries] == [["BEYOND_LIMIT"]] * 3
    assert {entry.bundle for entry in entries} == {None}


def test_the_shards_of_the_design_are_the_default() -> None:
    assert (landing_census.SHARD_ITEMS, landing_census.SHARD_BYTES) == (5_000, 10 * 10**9)


class Endless:
    """An archive of so many loose files, made up one by one."""

    def __init__(self, count: int) -> None:
        self._count = count

    def sightings(self, window: object) -> Iterator[Sighting]:
        for number in range(self._count):
            yield Sighting(f"folder/{number:09}.dcm", 1, "stamp")

    def read(self, items: object) -> object:
        raise NotImplementedError


def peak_of_census(clients: Clients, count: int) -> int:
    store = new_store(clients)
    tracemalloc.start()
    try:
        assert counted(store, Endless(count)).items == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_files(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take_census, "Sharder", partial(Sharder, 500))
    peak_of_census(clients, 500)  # what is imported and cached once is not counted
    growth = peak_of_census(clients, 5_000) - peak_of_census(clients, 1_000)
    # an item that is kept takes over 400 bytes; what the S3 client keeps of ten requests is less
    assert growth < 4_000 * 150
