"""`deidentify` takes a subject list and writes the map that the policy asks for, whole or not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from include.imaging.__main__ import main
from include.imaging.deid import policy as policies
from include.imaging.deid.reidentification import new_pair
from tests.support.deidentification import KEY, deidentifier
from tests.support.dicom import ROOT, ct, decode, encode

PRIVATE, PUBLIC = new_pair()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two originals, a secret, a policy that asks for a map, and a list."""
    monkeypatch.setenv("IMAGING_DEID_KEY", KEY.hex())
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for number in (1, 2):
        (tmp_path / "in" / f"{number}.dcm").write_bytes(encode(ct(number)))
    rule = "reidentification: {public_key_file: public.pem}\n"
    Path("asks.yaml").write_text((policies.SHIPPED / "basic.yaml").read_text() + rule)
    Path("public.pem").write_bytes(PUBLIC)
    Path("private.pem").write_bytes(PRIVATE)
    Path("list.csv").write_text("patient_id,pseudonym\nPID-20461,STUDY-001\n")
    return tmp_path


def deidentify(*more: str) -> int:
    return main(["deidentify", "in", "out", *more])


def test_a_listed_patient_gets_the_given_pseudonym(place: Path) -> None:
    assert deidentify("--subjects", "list.csv") == 0
    written = list((place / "out").rglob("*.dcm"))
    assert len(written) == 2
    assert {decode(path.read_bytes()).PatientID for path in written} == {"STUDY-001"}


def test_a_patient_that_the_list_lacks_is_held_back_unless_the_policy_says_otherwise(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("list.csv").write_text("patient_id,pseudonym\n99999,STUDY-001\n")
    assert deidentify("--subjects", "list.csv") == 1
    assert "SUBJECT_NOT_LISTED" in capsys.readouterr().out
    text = (policies.SHIPPED / "basic.yaml").read_text()
    Path("keyed.yaml").write_text(text + "subjects: {missing: keyed}\n")
    assert deidentify("--subjects", "list.csv", "--policy", "keyed.yaml") == 0


def test_a_list_that_is_none_is_told_before_anything_is_written(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("list.csv").write_text("patient_id,pseudonym\nPID-20461,\n")
    assert deidentify("--subjects", "list.csv") == 2
    told = capsys.readouterr()
    assert "SUBJECTS_INVALID" in told.err
    assert "PID-20461" not in told.err + told.out
    assert not (place / "out").exists()


def test_the_map_is_opened_by_the_other_command(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deidentify("--policy", "asks.yaml", "--subjects", "list.csv", "--map", "run.map") == 0
    assert (place / "run.map").stat().st_mode & 0o777 == 0o600
    assert b"PID-20461" not in (place / "run.map").read_bytes()
    capsys.readouterr()
    assert main(["reidentify", "--private-key", "private.pem", "run.map"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 5
    assert {"attribute": "PatientID", "original": "PID-20461", "stand_in": "STUDY-001"} in rows
    originals = {row["original"] for row in rows if row["attribute"] == "SOPInstanceUID"}
    assert originals == {f"{ROOT}.3.1", f"{ROOT}.3.2"}
    stand_ins = {row["stand_in"] for row in rows if row["attribute"] == "SOPInstanceUID"}
    assert stand_ins == {path.stem for path in (place / "out").rglob("*.dcm")}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--policy", "asks.yaml"], "MAP_FILE_MISSING"),
        (["--map", "run.map"], "MAP_NOT_ASKED_FOR"),
        (["--policy", "asks.yaml", "--map", "asks.yaml"], "FILE_EXISTS"),
        (["--policy", "asks.yaml", "--map", "nowhere/run.map"], "FILE_UNWRITABLE"),
    ],
)
def test_a_map_that_cannot_be_is_told_before_anything_is_written(
    place: Path, options: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deidentify(*options) == 2
    assert code in capsys.readouterr().err
    assert not (place / "out").exists()


def test_a_public_key_that_is_none_is_told_before_anything_is_written(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for content, code in ((PRIVATE, "PUBLIC_KEY_INVALID"), (None, "PUBLIC_KEY_UNREADABLE")):
        if content is None:
            Path("public.pem").unlink()
        else:
            Path("public.pem").write_bytes(content)
        assert deidentify("--policy", "asks.yaml", "--map", "run.map") == 2
        assert code in capsys.readouterr().err
    assert not (place / "out").exists()
    assert not (place / "run.map").exists()


def test_a_command_that_fails_midway_leaves_no_map(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "out").mkdir()
    (place / "out" / deidentifier("default").uid(f"{ROOT}.1.1")).write_bytes(b"no folder")
    assert deidentify("--policy", "asks.yaml", "--map", "run.map") == 2
    assert capsys.readouterr().err.startswith("error: ")
    assert not (place / "run.map").exists()
