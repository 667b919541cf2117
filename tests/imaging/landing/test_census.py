"""Sightings become items, and items become shards."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from include.imaging.archives.protocol import Sighting
from include.imaging.findings import finding
from include.imaging.landing.census import Sharder, item_of
from include.imaging.model import CensusItem, Stage
from tests.support.landing import KEYRING

MOST_ITEMS, MOST_BYTES = 5, 100


def cut(sightings: Iterable[Sighting]) -> list[list[CensusItem]]:
    sharder = Sharder(MOST_ITEMS, MOST_BYTES)
    shards = []
    for each in sightings:
        shards += sharder.add(item_of("feed", each, KEYRING), seekable=each.seekable)
    return [*shards, *sharder.rest()]


def loose(count: int, size: int = 1) -> list[Sighting]:
    return [Sighting(f"loose-{size}-{number}", size, "") for number in range(count)]


def stream(name: str, count: int, size: int = 1) -> list[Sighting]:
    return [
        Sighting(name, size, "", f"m{number}", number + 1, "tar.gz", seekable=False)
        for number in range(count)
    ]


def shape(shards: list[list[CensusItem]]) -> list[int]:
    return [len(shard) for shard in shards]


def test_an_id_tells_place_member_ordinal_and_feed_apart() -> None:
    places = [
        Sighting("a", 1, ""),
        Sighting("a", 1, "", "m", 1),
        Sighting("a", 1, "", "m", 2),
        Sighting("a", 1, "", "n", 2),
        Sighting("am", 1, "", "", 1),
        Sighting("\udce9", 1, ""),
    ]
    ids = {item_of(feed, each, KEYRING).item_id for each in places for feed in ("f", "g")}
    assert len(ids) == 2 * len(places)
    assert all(len(each) == 32 and int(each, 16) for each in ids)


def test_an_id_does_not_change_with_size_or_stamp() -> None:
    first, second = Sighting("a", 1, "old"), Sighting("a", 9, "new")
    assert item_of("f", first, KEYRING).item_id == item_of("f", second, KEYRING).item_id


def test_shards_are_full_before_the_next_begins() -> None:
    assert shape(cut(loose(12))) == [5, 5, 2]


def test_bytes_close_a_shard_too() -> None:
    assert shape(cut(loose(5, 40))) == [2, 2, 1]
    assert shape(cut(loose(2, 1000))) == [1, 1]


def test_a_small_stream_shares_a_shard() -> None:
    assert shape(cut([*loose(2), *stream("s", 3), *loose(2)])) == [5, 2]


def test_a_stream_that_does_not_fit_gets_a_shard_of_its_own() -> None:
    shards = cut([*loose(3), *stream("s", 9), *loose(2), *stream("t", 4)])
    assert shape(shards) == [3, 9, 2, 4]


def test_small_streams_are_packed_together() -> None:
    assert shape(cut([*stream("a", 2), *stream("b", 2), *stream("c", 2)])) == [4, 2]


def test_a_declared_size_behind_a_finding_fills_no_shard() -> None:
    forged = finding("MEMBER_TOO_LARGE", Stage.TAKE_CENSUS)
    items = [Sighting(f"{n}", 2**60, "", finding=forged) for n in range(5)]
    assert shape(cut(items)) == [5]


def test_no_items_make_no_shard() -> None:
    assert cut([]) == []


units = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 60), st.booleans()), max_size=20)


@given(units)
def test_every_cut_keeps_all_items_in_order_and_every_stream_whole(
    plan: list[tuple[int, int, bool]],
) -> None:
    sightings: list[Sighting] = []
    for number, (count, size, seekable) in enumerate(plan):
        made = stream(f"u{number}", count, size)
        sightings += [
            Sighting(e.path, e.size, "", e.member, e.ordinal, e.container, seekable) for e in made
        ]
    shards = cut(sightings)
    together = [(item.path, item.ordinal) for shard in shards for item in shard]
    assert together == [(each.path, each.ordinal) for each in sightings]
    for shard in shards:
        paths = {item.path for item in shard}
        within = len(shard) <= MOST_ITEMS and sum(i.size for i in shard) <= MOST_BYTES
        assert within or len(paths) == 1
    for number, (_, _, seekable) in enumerate(plan):
        homes = [shard for shard in shards if any(i.path == f"u{number}" for i in shard)]
        assert seekable or len(homes) == 1
