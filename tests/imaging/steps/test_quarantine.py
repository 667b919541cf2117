"""The bytes of what is held back before a batch: kept by a real run, and once it is packed."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, update

from include.imaging.catalog.engine import writing
from include.imaging.catalog.tables import cases, findings, items
from include.imaging.errors import CustomerError, IntegrityError
from include.imaging.keys import quarantined
from include.imaging.model import IndexEntry, ManifestEntry
from include.imaging.steps import pack_batches, quarantine
from include.imaging.steps.zones import Zones
from include.imaging.store import ObjectStore
from tests.support.landing import FEED, KEYS, index, packed

LETTERS = {"a": b"Dear colleague", "b": b"Yours", "c": b"Enclosed" * 9_000}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    for name, text in LETTERS.items():
        (tmp_path / name).write_bytes(text)
    return tmp_path


def kept(zones: Zones) -> dict[str, bytes]:
    found = [entry.key for entry in zones.landing.listing("quarantine/")]
    return {key: zones.landing.get(key) or b"" for key in found}


def wanted(zones: Zones) -> dict[str, bytes]:
    entries: list[IndexEntry] = index(zones.landing)
    bodies = [
        zones.landing.get_range(entry.bundle or "", entry.offset, entry.length, entry.etag)
        for entry in entries
    ]
    assert sorted(bodies) == sorted(LETTERS.values())
    names = [quarantined(FEED, entry.item_id, entry.content_hash) for entry in entries]
    return dict(zip(names, bodies, strict=True))


def test_a_real_run_keeps_what_staging_held(zones: Zones, engine: Engine, archive: Path) -> None:
    assert packed(zones, engine, archive).outcomes == {"quarantined": 3}
    assert kept(zones) == wanted(zones)


def test_a_large_item_is_kept_piece_by_piece(
    zones: Zones, engine: Engine, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MOST_BYTES", 1_000)
    packed(zones, engine, archive)
    assert kept(zones) == wanted(zones)


class Counting:
    """A store that counts what is written to it, and may make what lies there older."""

    def __init__(self, store: ObjectStore, older: timedelta = timedelta()) -> None:
        self._store = store
        self._older = older
        self.name = store.name
        self.put_keys: list[str] = []

    def put(self, key: str, body: Any) -> str:
        self.put_keys.append(key)
        return self._store.put(key, body)

    def written(self, key: str) -> datetime | None:
        written = self._store.written(key)
        return written and written - self._older

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def entries(zones: Zones) -> list[ManifestEntry]:
    return [
        ManifestEntry(
            item_id=each.item_id,
            sop_instance_uid="",
            series_instance_uid="",
            study_instance_uid="",
            content_hash=each.content_hash,
            bundle=each.bundle or "",
            etag=each.etag,
            offset=each.offset,
            length=each.length,
        )
        for each in sorted(index(zones.landing), key=lambda each: (each.bundle, each.offset))
    ]


@pytest.mark.parametrize(("days", "anew"), [(0, False), (170, False), (190, True)])
def test_what_lies_there_is_written_again_only_when_it_is_old(
    zones: Zones, engine: Engine, archive: Path, days: int, anew: bool
) -> None:
    packed(zones, engine, archive)
    store = Counting(zones.landing, timedelta(days=days))
    assert quarantine.keep_bytes(store, FEED, entries(zones)) == (3 if anew else 0)
    assert sorted(store.put_keys) == (sorted(wanted(zones)) if anew else [])
    assert kept(zones) == wanted(zones)


def test_what_is_missing_alone_is_written(zones: Zones, engine: Engine, archive: Path) -> None:
    packed(zones, engine, archive)
    lost = sorted(wanted(zones))[1]
    zones.landing.delete([lost])
    store = Counting(zones.landing)
    assert quarantine.keep_bytes(store, FEED, entries(zones)) == 1
    assert store.put_keys == [lost]
    assert kept(zones) == wanted(zones)


def test_several_are_written_at_once(zones: Zones, engine: Engine, archive: Path) -> None:
    packed(zones, engine, archive)
    zones.landing.delete(wanted(zones))
    together = threading.Barrier(len(LETTERS))

    class Meeting(Counting):
        def put(self, key: str, body: Any) -> str:
            # nobody goes on before all of them are here
            together.wait(60)
            return super().put(key, body)

    assert quarantine.keep_bytes(Meeting(zones.landing), FEED, entries(zones)) == len(LETTERS)
    assert kept(zones) == wanted(zones)


def test_a_bundle_that_expired_is_no_trouble_once_its_items_are_kept(
    zones: Zones, engine: Engine, archive: Path
) -> None:
    packed(zones, engine, archive)
    found, body = entries(zones), wanted(zones)
    zones.landing.delete({entry.bundle for entry in found})
    assert quarantine.keep_bytes(zones.landing, FEED, found) == 0
    zones.landing.delete([next(iter(body))])
    with pytest.raises(CustomerError, match="LANDING_OBJECT_GONE"):
        quarantine.keep_bytes(zones.landing, FEED, found)


class Endless:
    """Entries of bytes that all lie there; tells how many were taken before they were asked for."""

    def __init__(self, count: int) -> None:
        self.taken = 0
        self._count = count

    def __iter__(self) -> Iterator[ManifestEntry]:
        for number in range(self._count):
            self.taken += 1
            yield ManifestEntry(f"{number}", "", "", "", "hash", "bundle", "etag", number, 1)


def test_a_million_held_items_are_never_a_list() -> None:
    stream, ahead = Endless(4 * quarantine.LOOKED_AT_ONCE), [0]

    class Full:
        def __init__(self) -> None:
            self.asked = 0
            self.lock = threading.Lock()

        def written(self, _key: str) -> datetime:
            with self.lock:
                ahead.append(stream.taken - self.asked)
                self.asked += 1
            return datetime.now(UTC)

    assert quarantine.keep_bytes(cast("ObjectStore", Full()), FEED, stream) == 0
    assert len(ahead) == stream.taken + 1
    assert max(ahead) <= quarantine.LOOKED_AT_ONCE


def test_a_dry_run_keeps_nothing_apart(zones: Zones, engine: Engine, archive: Path) -> None:
    assert packed(zones, engine, archive, dry_run=True).outcomes == {"quarantined": 3}
    assert wanted(zones)
    assert kept(zones) == {}
    packed(zones, engine, archive)
    assert kept(zones) == wanted(zones)


def test_a_run_that_died_while_it_kept_them_ends_the_same_when_it_is_retried(
    zones: Zones, engine: Engine, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_arguments: object) -> int:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(pack_batches, "keep_bytes", die)
        with pytest.raises(IntegrityError, match="UNEXPECTED_RUNTIMEERROR"):
            packed(zones, engine, archive)
    assert kept(zones) == {}
    assert packed(zones, engine, archive).outcomes == {"quarantined": 3}
    assert kept(zones) == wanted(zones)


def test_what_a_person_rejected_is_not_kept_again(
    zones: Zones, engine: Engine, archive: Path
) -> None:
    packed(zones, engine, archive)
    with writing(engine, "test") as connection:
        connection.execute(update(cases).values(state="rejected"))
    zones.landing.delete([*kept(zones), KEYS.plan])
    # the next night, in a catalog that knows the cases alone
    with writing(engine, "test") as connection:
        for table in (findings, items):
            connection.execute(table.delete())
    assert packed(zones, engine, archive).outcomes == {"excluded": 3}
    assert kept(zones) == {}
