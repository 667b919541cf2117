"""A task reads the feed's subject list from a file or a database, when it runs and once."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from include.imaging.deid.reidentification import new_pair
from include.imaging.errors import CustomerError, TransientError
from include.imaging.feed import Feed
from include.imaging.keyring import new_secret
from pipeline.adapters import Adapters
from tests.support.dag_runs import feed_of

LIST = "patient_id,pseudonym\n12345,STUDY-001\n"


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "imaging_deid", conn_type="generic", password=new_secret())


def connect(monkeypatch: pytest.MonkeyPatch, conn_id: str, **fields: Any) -> None:
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(fields))


def adapters(**subjects: str) -> Adapters:
    return Adapters(Feed.model_validate(feed_of(subjects=subjects or None)))


def database(tmp_path: Path, *statements: str) -> Path:
    path = tmp_path / "study.db"
    with closing(sqlite3.connect(path)) as made, made:
        for statement in statements:
            made.execute(statement)
    return path


def test_a_feed_without_a_list_reads_none() -> None:
    assert adapters().subjects is None


def test_a_file_and_a_table_of_the_same_rows_are_the_same_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "list.csv").write_text(LIST)
    path = database(
        tmp_path,
        "CREATE TABLE subjects (pseudonym TEXT, patient_id TEXT)",
        "INSERT INTO subjects VALUES ('STUDY-001', '12345')",
    )
    connect(monkeypatch, "study", conn_type="sqlite", host=str(path))
    of_file = adapters(csv=str(tmp_path / "list.csv"))
    of_table = adapters(connection="study", table="subjects")
    for made in (of_file, of_table):
        assert made.subjects is not None
        assert made.subjects.pseudonym("12345") == "STUDY-001"
        assert made.subjects is made.subjects
    assert of_file.rewriter.fingerprint == of_table.rewriter.fingerprint
    assert of_file.rewriter.fingerprint != adapters().rewriter.fingerprint


def test_a_changed_list_is_another_fingerprint(tmp_path: Path) -> None:
    place = tmp_path / "list.csv"
    seen = set()
    for more in ("", "67890,STUDY-002\n"):
        place.write_text(LIST + more)
        seen.add(adapters(csv=str(place)).rewriter.fingerprint)
    assert len(seen) == 2


def test_a_table_that_cannot_be_read_is_told_without_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = database(
        tmp_path,
        "CREATE TABLE wrong (patient_id TEXT)",
        "CREATE TABLE twice (patient_id TEXT, pseudonym TEXT)",
        "INSERT INTO twice VALUES ('SECRET^NAME', 'S-1'), ('SECRET^NAME', 'S-2')",
    )
    connect(monkeypatch, "study", conn_type="sqlite", host=str(path))
    for table, code in (
        ("absent", "SUBJECTS_UNREADABLE"),
        ("wrong", "SUBJECTS_UNREADABLE"),
        ("twice", "SUBJECTS_INVALID"),
    ):
        with pytest.raises(CustomerError, match=code) as caught:
            _ = adapters(connection="study", table=table).subjects
        assert caught.value.__context__ is None
        assert "SECRET" not in f"{caught.value!r}"
        frames = caught.traceback
        assert not [frame for frame in frames if "SECRET" in repr(frame.frame.f_locals)]


def test_a_database_that_does_not_answer_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "study", conn_type="sqlite", host="/nowhere/at/all.db")
    with pytest.raises(TransientError, match=r"SUBJECTS_UNREACHABLE.*'study'"):
        _ = adapters(connection="study", table="subjects").subjects


def test_a_list_without_its_connection_is_told() -> None:
    with pytest.raises(CustomerError, match=r"CONNECTION_MISSING.*'nowhere'"):
        _ = adapters(connection="nowhere", table="subjects").subjects
    with pytest.raises(CustomerError, match="SUBJECTS_UNREADABLE"):
        _ = adapters(csv="/nowhere/list.csv").subjects


def test_a_policy_that_asks_for_a_map_is_given_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = adapters()
    assert made.reidentification is None
    asking = adapters()
    rule = {"public_key_file": str(tmp_path / "key.pem")}
    asking.policy = type(asking.policy).model_validate(
        asking.policy.model_dump() | {"reidentification": rule}
    )
    with pytest.raises(CustomerError, match="PUBLIC_KEY_UNREADABLE"):
        _ = asking.reidentification
    (tmp_path / "key.pem").write_bytes(new_pair()[1])
    assert asking.reidentification is not None
