"""An auditor is told all about one instance, from lists that the run's chain vouches for."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from include.imaging import evidence as chains
from include.imaging import manifest
from include.imaging.__main__ import main
from include.imaging.balance import Balance, to_markdown
from include.imaging.deid.engine import ENGINE_VERSION
from include.imaging.errors import IntegrityError
from include.imaging.keyring import Keyring
from include.imaging.keys import BatchKeys, RunKeys
from include.imaging.model import OutputEntry
from include.imaging.steps import balance, deidentify, validate
from include.imaging.steps.zones import Zones
from tests.support.deidentification import KEY, deidentifier
from tests.support.dicom import ROOT, ct, encode
from tests.support.landing import RUN, packed

REWRITER = deidentifier()
ORIGINALS = {
    "1.dcm": encode(ct(1, BodyPartExamined="Secretname")),
    "2.dcm": encode(ct(2, BurnedInAnnotation="YES")),
}


@pytest.fixture
def copy(zones: Zones, engine: Engine, tmp_path: Path) -> Path:
    """A copy of the results bucket after a run that imported nothing."""
    (tmp_path / "source").mkdir()
    for name, body in ORIGINALS.items():
        (tmp_path / "source" / name).write_bytes(body)
    (batch,) = packed(zones, engine, tmp_path / "source", REWRITER).batches
    deidentify.run(
        batch_id=batch.batch_id,
        owner=RUN.run_id,
        zones=zones,
        engine=engine,
        rewriter=REWRITER,
        verify=lambda _original, _made: (),
    )
    validate.run(batch_id=batch.batch_id, zones=zones, engine=engine, most_files=10)
    with pytest.raises(IntegrityError, match="UNACCOUNTED"):
        balance.run(
            run=RUN, zones=zones, engine=engine, fingerprint=REWRITER.fingerprint, failed_allowed=0
        )
    for entry in zones.results.listing(""):
        place = tmp_path / "copy" / entry.key
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(zones.results.get(entry.key) or b"")
    _let_it_balance(tmp_path / "copy")
    return tmp_path / "copy"


def _let_it_balance(copy: Path) -> None:
    """Only the lists are looked at here: the balance of the run is a test of its own."""
    folder = evidence(copy)
    records = [json.loads(line) for line in (folder / "chain.ndjson").read_text().splitlines()]
    stages = [
        {name: value for name, value in each.items() if name not in ("number", "previous", "hash")}
        for each in records[:-1]
    ]
    sheet = Balance("night", "run", 2, {"imported": 1, "quarantined": 1}, {}, 1, 1, 0)
    linked = list(chains.chain([*stages, {"stage": "balance", **sheet.record()}]))
    (folder / "chain.ndjson").write_bytes(chains.to_ndjson(linked))
    told = Balance(*[getattr(sheet, name) for name in sheet.__slots__[:-1]], linked[-1]["hash"])
    (folder / "balance.json").write_text(json.dumps(told.to_dict()))
    (folder / "report.md").write_text(to_markdown(told))


def evidence(copy: Path) -> Path:
    return copy / RunKeys(RUN.feed, RUN.run_id).evidence("x").removesuffix("/x")


def asked(copy: Path, *more: str) -> int:
    return main(["evidence", str(evidence(copy)), "--results", str(copy), *more])


def told(copy: Path, original: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert asked(copy, "--instance", REWRITER.uid(original)) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_all_is_told_of_an_instance_that_may_be_imported(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = REWRITER.deidentify(ORIGINALS["1.dcm"])
    record = told(copy, f"{ROOT}.3.1", capsys)
    assert record["is_verified"] is True
    assert record["sha256_in"] == hashlib.sha256(ORIGINALS["1.dcm"]).hexdigest()
    assert record["sha256_out"] == hashlib.sha256(made.data).hexdigest()  # type: ignore[union-attr]
    assert record["actions"] == made.actions  # type: ignore[union-attr]
    assert (record["rules"], record["is_masked"]) == ([], False)
    assert [found["code"] for found in record["findings"]] == ["VALUE_UNFIT"]
    assert record["made_by"] == {
        "policy": "basic",
        "fingerprint": REWRITER.fingerprint,
        "key_id": Keyring(KEY).key_id,
        "engine_version": ENGINE_VERSION,
        "table_edition": "PS3.15 2026d",
        "map_key_id": "",
        "map_sha256": "",
    }


def test_all_is_told_of_an_instance_that_was_held_back(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = told(copy, f"{ROOT}.3.2", capsys)
    assert record["is_verified"] is False
    assert record["sha256_in"] == hashlib.sha256(ORIGINALS["2.dcm"]).hexdigest()
    assert record["sha256_out"] == ""
    assert [found["code"] for found in record["findings"]] == ["PIXELS_MAY_HOLD_TEXT"]


def test_nothing_told_is_identity(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = json.dumps([told(copy, f"{ROOT}.3.{number}", capsys) for number in (1, 2)])
    assert "PID-20461" not in shown
    assert "Secretname" not in shown
    assert ROOT not in shown


def test_an_instance_that_no_batch_holds_is_told(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(copy, "--instance", "1.2.3") == 1
    assert "no batch" in capsys.readouterr().out


def test_a_list_that_was_changed_or_is_missing_is_found(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("outputs", "verified", "findings"):
        (path,) = copy.glob(f"batches/*/{name}.ndjson.gz")
        sound = path.read_bytes()
        path.write_bytes(gzip.compress(gzip.decompress(sound) + b"\n"))
        assert asked(copy) == 1
        path.unlink()
        assert asked(copy) == 1
        assert capsys.readouterr().out.count(f"{name}.ndjson.gz") == 2
        path.write_bytes(sound)
        assert asked(copy) == 0


def test_an_instance_needs_the_lists(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evidence", str(evidence(copy)), "--instance", "1.2"]) == 2
    assert "RESULTS_MISSING" in capsys.readouterr().err


def test_a_key_of_a_forged_chain_leads_nowhere() -> None:
    for key in ("../../etc/passwd", "batches/../x", "batches/" + "g" * 32 + "/outputs.ndjson.gz"):
        assert BatchKeys.of_key(key) is None
    batch = BatchKeys("a" * 32)
    assert BatchKeys.of_key(batch.outputs) == BatchKeys.of_key(batch.reidentification) == batch


def test_a_list_of_before_there_were_rules_still_loads() -> None:
    line = {
        "item_id": "i", "sop_instance_uid": "1", "series_instance_uid": "2",
        "study_instance_uid": "3", "content_hash": "4", "key": "k", "actions": {"X": 1},
    }  # fmt: skip
    (entry,) = manifest.load(OutputEntry, manifest.dump([line]))
    assert (entry.actions, entry.rules, entry.is_masked) == ({"X": 1}, (), False)
