"""The bytes of what is held back before a batch: kept by a real run, and once it is packed."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from include.imaging.catalog.engine import writing
from include.imaging.catalog.tables import cases, findings, items
from include.imaging.errors import IntegrityError
from include.imaging.keys import quarantined
from include.imaging.model import IndexEntry
from include.imaging.steps import pack_batches, quarantine
from include.imaging.steps.zones import Zones
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
