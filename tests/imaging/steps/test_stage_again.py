"""Step stage, cleared and retried: what was committed stays."""

import os
from pathlib import Path
from typing import Any

import pytest

from include.imaging.archives.folder import Folder
from include.imaging.errors import CustomerError, IntegrityError
from include.imaging.keyring import Keyring
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
