"""Evidence is verified offline: whatever is changed, added or taken away is found."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from include.imaging import evidence
from include.imaging.__main__ import main
from include.imaging.balance import Balance, to_markdown

SHEET = Balance(
    feed="night",
    run_id="scheduled__1",
    census=3,
    outcomes={"imported": 2, "quarantined": 1},
    findings={"NOT_DICOM": 1},
    image_sets=1,
    import_jobs=1,
    failed_allowed=0,
    fingerprint="ab",
)
OTHER: dict[str, Any] = {
    "outcomes": {"imported": 3}, "findings": {}, "census": 4, "balanced": False, "unaccounted": 1,
    "failed": ["x"], "failed_allowed": 1, "missing": ["x"], "image_sets": 2, "import_jobs": 2,
    "run_id": "another", "feed": "another", "fingerprint": "cd", "chain_head": "0" * 64,
}  # fmt: skip


def write(folder: Path, sheet: Balance) -> str:
    """Write the evidence of a run as its balance does; returns where the chain ends."""
    stages = [{"stage": "take_census", "items": 3}, {"stage": "balance", **sheet.record()}]
    records = list(evidence.chain(stages))
    head = str(records[-1]["hash"])
    told = replace(sheet, chain_head=head)
    (folder / "chain.ndjson").write_bytes(evidence.to_ndjson(records))
    (folder / "balance.json").write_text(json.dumps(told.to_dict()))
    (folder / "report.md").write_text(to_markdown(told))
    return head


@pytest.fixture
def head(tmp_path: Path) -> str:
    return write(tmp_path, SHEET)


def verdict(folder: Path, *more: str) -> int:
    return main(["evidence", str(folder), *more])


def test_untouched_evidence_is_verified(
    head: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verdict(tmp_path) == verdict(tmp_path, "--head", head) == 0
    assert f"2 records, 3 items, chain ends in {head}" in capsys.readouterr().out


def test_every_changed_byte_of_every_file_is_found_and_told(
    head: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = 0
    for name in ("chain.ndjson", "balance.json", "report.md"):
        path = tmp_path / name
        sound = path.read_bytes()
        for at in range(0, len(sound), 3):
            for byte in {0x00, 0x22, 0x39, 0xFF} - {sound[at]}:
                path.write_bytes(sound[:at] + bytes([byte]) + sound[at + 1 :])
                assert verdict(tmp_path) == 1, (name, at, byte)
                count += 1
        path.write_bytes(sound)
    assert count > 1_000
    assert verdict(tmp_path) == 0


def test_a_record_taken_away_is_found(head: str, tmp_path: Path) -> None:
    path = tmp_path / "chain.ndjson"
    for kept in (slice(1), slice(1, None), slice(0)):
        path.write_text("".join(path.read_text().splitlines(keepends=True)[kept]))
        assert verdict(tmp_path) == 1
        write(tmp_path, SHEET)


@pytest.mark.parametrize("name", OTHER)
def test_a_balance_that_says_something_else_is_found(head: str, tmp_path: Path, name: str) -> None:
    assert SHEET.to_dict().keys() == OTHER.keys()
    path = tmp_path / "balance.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: OTHER[name]}))
    assert verdict(tmp_path) == 1


def test_a_chain_that_was_written_anew_is_found_by_the_head_that_was_noted(
    head: str, tmp_path: Path
) -> None:
    assert write(tmp_path, replace(SHEET, outcomes={"imported": 3})) != head
    assert verdict(tmp_path) == 0
    assert verdict(tmp_path, "--head", head) == 1


def test_a_run_that_does_not_balance_is_not_called_sound(tmp_path: Path) -> None:
    write(tmp_path, replace(SHEET, census=4))
    assert verdict(tmp_path) == 1


def test_a_folder_without_evidence_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verdict(tmp_path) == 2
    assert "chain.ndjson" in capsys.readouterr().err
