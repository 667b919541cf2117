"""A run whose census has expired in the landing zone keeps its end and its evidence."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, delete

from include.imaging.catalog.engine import open_catalog, writing
from include.imaging.catalog.run_items import RunRef, register
from include.imaging.catalog.tables import findings, items
from include.imaging.errors import CustomerError, IntegrityError
from include.imaging.packing import Quota
from include.imaging.steps import balance, pack_batches
from include.imaging.steps.zones import Zones
from include.imaging.store import S3Store
from tests.support.catalog import DATASTORE, FINGERPRINT, rules
from tests.support.cloud import Clients
from tests.support.landing import FEED, KEYS, RUN_ID, counted, folder, staged

RUN = RunRef(FEED, RUN_ID)
EVIDENCE = ("chain.ndjson", "balance.json", "report.md")


@pytest.fixture
def zones(clients: Clients) -> Zones:
    names = [f"{zone}-{uuid4().hex[:16]}" for zone in ("landing", "imports", "results")]
    for name in names:
        clients.s3.create_bucket(Bucket=name)
    return Zones(*(S3Store(clients.s3, name) for name in names))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield made
    made.dispose()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    root = tmp_path / "archive"
    root.mkdir()
    for number in range(3):
        (root / f"{number}.txt").write_text(f"letter {number}")
    return root


def carry_out(zones: Zones, engine: Engine, archive: Path) -> balance.Balance:
    """Census to balance of a run whose items are all held back."""
    census = counted(zones.landing, folder(archive), engine=engine)
    for shard in census.shards:
        staged(zones.landing, folder(archive), shard.number)
    register(
        engine,
        RUN,
        datastore_id=DATASTORE,
        fingerprint=FINGERPRINT,
        items=census.items,
        size=census.bytes,
    )
    pack_batches.run(
        run=RUN,
        rules=rules(),
        quota=Quota(),
        shards=[shard.number for shard in census.shards],
        zones=zones,
        engine=engine,
        keyed_uid=lambda uid: uid,
    )
    return drawn(zones, engine)


def drawn(zones: Zones, engine: Engine) -> balance.Balance:
    return balance.run(
        run=RUN, zones=zones, engine=engine, fingerprint=FINGERPRINT, failed_allowed=0
    )


def evidence(zones: Zones) -> list[bytes | None]:
    return [zones.results.get(KEYS.evidence(name)) for name in EVIDENCE]


def expire(zones: Zones) -> None:
    zones.landing.delete([entry.key for entry in zones.landing.listing("runs/")])


def test_a_census_that_expired_is_not_taken_anew(
    zones: Zones, engine: Engine, archive: Path
) -> None:
    assert carry_out(zones, engine, archive).outcomes == {"quarantined": 3}
    before = evidence(zones)
    assert None not in before
    expire(zones)
    (archive / "0.txt").unlink()
    (archive / "new.txt").write_text("another")
    with pytest.raises(CustomerError, match=r"CENSUS_EXPIRED.*new run"):
        carry_out(zones, engine, archive)
    assert list(zones.landing.listing("runs/")) == []
    assert drawn(zones, engine).balanced
    assert evidence(zones) == before


def test_a_run_that_was_never_packed_may_take_its_census_again(
    zones: Zones, engine: Engine, archive: Path
) -> None:
    assert counted(zones.landing, folder(archive), engine=engine).items == 3
    expire(zones)
    assert carry_out(zones, engine, archive).balanced


def test_evidence_of_a_balance_is_not_replaced_by_one_that_is_off(
    zones: Zones, engine: Engine, archive: Path
) -> None:
    carry_out(zones, engine, archive)
    before = evidence(zones)
    with writing(engine, "test") as connection:
        connection.execute(delete(findings))
        connection.execute(delete(items))
    with pytest.raises(IntegrityError, match="UNACCOUNTED"):
        drawn(zones, engine)
    assert evidence(zones) == before
