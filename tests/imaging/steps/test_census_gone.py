"""A run whose census has expired in the landing zone keeps its end and its evidence."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from include.imaging.catalog.engine import writing
from include.imaging.catalog.tables import findings, items
from include.imaging.errors import CustomerError, IntegrityError
from include.imaging.steps import balance
from include.imaging.steps.zones import Zones
from tests.support.catalog import FINGERPRINT
from tests.support.landing import KEYS, RUN, counted, folder, packed

EVIDENCE = ("chain.ndjson", "balance.json", "report.md")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    root = tmp_path / "archive"
    root.mkdir()
    for number in range(3):
        (root / f"{number}.txt").write_text(f"letter {number}")
    return root


def carry_out(zones: Zones, engine: Engine, archive: Path) -> balance.Balance:
    """Census to balance of a run whose items are all held back."""
    packed(zones, engine, archive)
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
