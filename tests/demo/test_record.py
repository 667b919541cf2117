"""A run's record is copied whole, and its sheet adds up before the reader's eyes."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from include.demo.record import catalog_rows, fetch_evidence, read_balance, sheet, summary
from include.imaging.keys import RunKeys
from tests.support.cloud import Clients

BALANCE = {
    "feed": "demo",
    "run_id": "manual",
    "census": 12,
    "outcomes": {"imported": 9, "quarantined": 2},
    "findings": {"NOT_DICOM": 1, "TRUNCATED": 1, "NO_PREAMBLE": 2},
    "image_sets": 4,
    "import_jobs": 1,
    "balanced": False,
    "chain_head": "00",
}


def test_the_sheet_shows_every_outcome_and_what_is_missing() -> None:
    lines = sheet(BALANCE)
    assert "imported                       9" in lines
    assert "duplicate                      0" in lines
    assert "unaccounted                    1" in lines
    assert "NOT BALANCED" in lines


def test_findings_come_most_frequent_first_with_their_meaning() -> None:
    lines = [line for line in sheet(BALANCE) if line.startswith("  ")]
    assert [line.split()[0] for line in lines] == ["NO_PREAMBLE", "NOT_DICOM", "TRUNCATED"]
    assert "preamble" in lines[0]


def test_the_summary_holds_the_promised_figures() -> None:
    assert summary(BALANCE, 12.34) == {
        key: value for key, value in BALANCE.items() if key != "chain_head"
    } | {"seconds": 12.3}


def test_the_rows_of_a_catalog_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    assert catalog_rows(path) == {}
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE items (id)")
        connection.execute("CREATE TABLE alembic_version (id)")
        connection.execute("INSERT INTO items VALUES (1), (2)")
    assert catalog_rows(path) == {"items": 2}


def test_the_evidence_of_one_run_is_copied_whole(clients: Clients, tmp_path: Path) -> None:
    bucket = "demo-record"
    clients.s3.create_bucket(Bucket=bucket)
    keys = RunKeys("demo", "manual__2026-01-01T00:00:00+00:00")
    for name in ("balance.json", "report.md"):
        clients.s3.put_object(Bucket=bucket, Key=keys.evidence(name), Body=b"{}")
    other = RunKeys("demo", "another run").evidence("report.md")
    clients.s3.put_object(Bucket=bucket, Key=other, Body=b"")
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "stale.json").write_text("left by an earlier run")
    names = fetch_evidence(clients.s3, bucket, keys, folder)
    assert sorted(names) == ["balance.json", "report.md"]
    assert sorted(path.name for path in folder.iterdir()) == ["balance.json", "report.md"]
    assert read_balance(folder) == {}


def test_a_run_without_a_balance_is_told_apart(tmp_path: Path) -> None:
    assert read_balance(tmp_path) is None


@pytest.mark.parametrize("key", ["feed", "run_id", "census", "outcomes", "findings"])
def test_a_balance_that_lacks_a_figure_is_an_error(key: str) -> None:
    with pytest.raises(KeyError):
        summary({name: value for name, value in BALANCE.items() if name != key}, 1)
