import json
from pathlib import Path

import pytest

from include.imaging import evidence
from include.imaging.__main__ import main

RECORDS = [
    {"stage": "take_census", "items": 3},
    {"stage": "balance", "outcomes": {"imported": 2, "quarantined": 1}, "findings": {"NO": 1}},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    records = list(evidence.chain(RECORDS))
    (tmp_path / "chain.ndjson").write_bytes(evidence.to_ndjson(records))
    sheet = {**RECORDS[1], "census": 3, "chain_head": records[-1]["hash"]}
    (tmp_path / "balance.json").write_text(json.dumps(sheet))
    return tmp_path


def test_an_untouched_chain_is_verified(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evidence", str(folder)]) == 0
    assert "2 records, 3 items" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new"),
    [('"items":3', '"items":4'), ('"imported":2', '"imported":3'), ('"number":2', '"number":3')],
)
def test_a_changed_record_is_found(folder: Path, old: str, new: str) -> None:
    path = folder / "chain.ndjson"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert main(["evidence", str(folder)]) == 1


def test_a_record_taken_away_is_found(folder: Path) -> None:
    path = folder / "chain.ndjson"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    assert main(["evidence", str(folder)]) == 1


def test_a_balance_that_says_something_else_is_found(folder: Path) -> None:
    path = folder / "balance.json"
    sheet = json.loads(path.read_text())
    path.write_text(json.dumps(sheet | {"outcomes": {"imported": 3}}))
    assert main(["evidence", str(folder)]) == 1


def test_a_folder_without_evidence_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evidence", str(tmp_path)]) == 2
    assert "chain.ndjson" in capsys.readouterr().err
