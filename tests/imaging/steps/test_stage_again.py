"""Step stage, cleared and retried: what was committed stays."""

import os
from pathlib import Path
from typing import Any

import pytest

from include.imaging.archives.folder import Folder
from include.imaging.errors import CustomerError, IntegrityError, TransientError
from include.imaging.keyring import Keyring
from include.imaging.landing.index import Parts
from include.imaging.manifest import dump
from include.imaging.model import IndexEntry
from include.imaging.steps import stage
from include.imaging.store import S3Store
from tests.support.cloud import Clients
from tests.support.landing import (
    FEED,
    KEYS,
    RUN_ID,
    bodies,
    codes,
    counted,
    folder,
    index,
    listed,
    new_store,
    sample,
    staged,
)


@pytest.fixture
def store(clients: Clients) -> S3Store:
    return new_store(clients)


def test_a_staged_shard_is_not_staged_again(store: S3Store, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(sample())
    counted(store, folder(tmp_path))
    first = staged(store, folder(tmp_path))
    (tmp_path / "a").unlink()
    assert staged(store, folder(tmp_path / "gone")) == first


def test_no_part_outlives_its_index(store: S3Store, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(sample())
    counted(store, folder(tmp_path))
    staged(store, folder(tmp_path))
    assert not [each for each in store.listing(KEYS.root) if "/parts/" in each.key]


@pytest.mark.parametrize("fails_at", [0, 3, 7])
def test_a_retry_goes_on_after_the_last_part(
    store: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    monkeypatch.setattr(stage, "BUNDLE_BYTES", 50_000)
    for number in range(9):
        (tmp_path / f"{number}").write_bytes(sample() + bytes(8 * number))
    counted(store, folder(tmp_path))
    read: list[str] = []

    class Breaking(Folder):
        def _open(self, path: str, item: Any) -> Any:
            read.append(path)
            if len(read) == fails_at + 1:
                raise RuntimeError("power cut")
            return super()._open(path, item)

    with pytest.raises(IntegrityError, match="UNEXPECTED_RUNTIMEERROR"):
        staged(store, Breaking(f"file://{tmp_path}"))
    again = read.copy()
    read.clear()
    read.extend(["x"] * 100)
    assert staged(store, Breaking(f"file://{tmp_path}")).items == 9
    assert len(again) + len(read) - 100 <= 9 + 1 + 3  # three bundles were not committed
    assert list(bodies(store, index(store))) == [sample() + bytes(8 * n) for n in range(9)]


def test_what_changed_since_the_census_is_a_finding(store: S3Store, tmp_path: Path) -> None:
    for name in ("changed", "gone", "same"):
        (tmp_path / name).write_bytes(sample())
    counted(store, folder(tmp_path))
    os.utime(tmp_path / "changed", (1, 1))
    (tmp_path / "gone").unlink()
    staged(store, folder(tmp_path))
    assert [codes(entry) for entry in index(store)] == [
        ["SOURCE_CHANGED"],
        ["SOURCE_VANISHED"],
        [],
    ]


def test_a_shard_without_a_census_says_what_to_clear(store: S3Store, tmp_path: Path) -> None:
    with pytest.raises(CustomerError, match=r"NO_CENSUS.*take_census"):
        staged(store, folder(tmp_path))


def test_a_list_under_another_secret_is_refused(store: S3Store, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(sample())
    census = counted(store, folder(tmp_path))
    assert listed(store, census)
    with pytest.raises(IntegrityError, match="SHARD_LIST_FOREIGN"):
        stage.run(
            feed=FEED,
            run_id=RUN_ID,
            shard=0,
            archive=folder(tmp_path),
            landing=store,
            keyring=Keyring(b"another secret of 32 bytes or so"),
        )


class Shard:
    """A counted shard of six images, and attempts at staging it."""

    def __init__(self, store: S3Store, root: Path) -> None:
        for number in range(6):
            (root / f"{number}").write_bytes(sample() + bytes(8 * number))
        self.items = listed(store, counted(store, folder(root)))
        self.store = store
        self.wanted = [sample() + bytes(8 * number) for number in range(6)]

    def parts(self) -> Parts:
        """Parts as an attempt finds them that begins now, with all of its items read."""
        made = Parts(self.store, KEYS, 0)
        assert len(list(made.left(self.items))) == 6 - len(made.entries)
        return made

    def entries(self, first: int, last: int) -> list[IndexEntry]:
        return [IndexEntry(item.item_id, item.size) for item in self.items[first:last]]


def test_of_two_attempts_that_cut_a_shard_alike_both_go_on(store: S3Store, tmp_path: Path) -> None:
    shard = Shard(store, tmp_path)
    zombie, retry = shard.parts(), shard.parts()
    for attempt in (retry, zombie):
        attempt.commit(shard.entries(0, 2))
    for attempt in (zombie, retry):
        attempt.commit(shard.entries(2, 6))
        assert attempt.entries == shard.entries(0, 6)


def test_an_attempt_that_cuts_a_shard_otherwise_stops_and_overwrites_nothing(
    store: S3Store, tmp_path: Path
) -> None:
    shard = Shard(store, tmp_path)
    zombie, retry = shard.parts(), shard.parts()
    retry.commit(shard.entries(0, 4))
    with pytest.raises(TransientError, match="SHARD_STAGED_TWICE"):
        zombie.commit(shard.entries(0, 2))
    retry.commit(shard.entries(4, 5))
    next_try = shard.parts()
    assert next_try.entries == shard.entries(0, 5)
    next_try.commit(shard.entries(5, 6))
    assert next_try.entries == shard.entries(0, 6)


def test_a_part_that_another_attempt_has_dropped_already_is_no_conflict(
    store: S3Store, tmp_path: Path
) -> None:
    shard = Shard(store, tmp_path)
    zombie, retry = shard.parts(), shard.parts()
    for attempt in (retry, zombie):
        attempt.commit(shard.entries(0, 6))
        attempt.finish()
    assert index(store) == shard.entries(0, 6)
    assert not [each for each in store.listing(KEYS.root) if "/parts/" in each.key]


def test_parts_that_are_no_beginning_of_the_list_are_refused(
    store: S3Store, tmp_path: Path
) -> None:
    shard = Shard(store, tmp_path)
    with pytest.raises(IntegrityError, match="PARTS_OUT_OF_ORDER"):
        shard.parts().commit(shard.entries(1, 3))
    store.put(KEYS.shard_part(0, 0), dump(shard.entries(3, 6)))
    with pytest.raises(IntegrityError, match="PARTS_OUT_OF_ORDER"):
        staged(store, folder(tmp_path))
    store.delete([KEYS.shard_part(0, 0)])
    staged(store, folder(tmp_path))
    assert list(bodies(store, index(store))) == shard.wanted
