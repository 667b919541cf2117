"""The command line writes verified files, lists what it held back, and says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.imaging.__main__ import main
from tests.support.deidentification import KEY, made_of
from tests.support.dicom import ct, decode, encode


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    path = tmp_path / "key"
    path.write_text(KEY.hex() + "\n", encoding="ascii")
    return str(path)


def _deidentify(source: Path, target: Path, key_file: str) -> int:
    arguments = ["--key-file", key_file, "--patient-namespace", "hospital"]
    return main(["deidentify", str(source), str(target), *arguments])


def test_a_file_becomes_a_file(tmp_path: Path, key_file: str) -> None:
    source, target = tmp_path / "a.dcm", tmp_path / "b.dcm"
    source.write_bytes(encode(ct()))
    assert _deidentify(source, target, key_file) == 0
    assert target.read_bytes() == made_of(source.read_bytes()).data


def test_a_file_is_written_with_a_word_on_what_did_not_stay(
    tmp_path: Path, key_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "a.dcm", tmp_path / "b.dcm"
    source.write_bytes(encode(ct(BodyPartExamined="Secretname")))
    assert _deidentify(source, target, key_file) == 0
    assert target.read_bytes() == made_of(source.read_bytes()).data
    shown = capsys.readouterr().out
    assert shown.startswith("file 1: VALUE_UNFIT: ")
    assert "(BodyPartExamined)" in shown


def test_a_folder_becomes_studies_and_series_under_keyed_uids(
    tmp_path: Path, key_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in" / "Roe Richard"
    source.mkdir(parents=True)
    for number in (1, 2):
        (source / f"{number}.dcm").write_bytes(encode(ct(number)))
    (source / "3.dcm").write_bytes(b"no DICOM")
    assert _deidentify(tmp_path / "in", tmp_path / "out", key_file) == 1
    written = list((tmp_path / "out").rglob("*.dcm"))
    assert len(written) == 2
    for path in written:
        after = decode(path.read_bytes())
        assert path.parts[-3:] == (
            after.StudyInstanceUID,
            after.SeriesInstanceUID,
            f"{after.SOPInstanceUID}.dcm",
        )
    captured = capsys.readouterr()
    assert captured.out.startswith("file 3: NOT_DICOM: ")
    assert "2 written, 1 held back, of 3 files" in captured.err


def test_a_file_that_cannot_be_read_is_a_finding_and_the_others_are_written(
    tmp_path: Path, key_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "1.dcm").write_bytes(encode(ct(1)))
    (source / "2.dcm").symlink_to("/proc/self/mem")  # opens, and refuses every read
    (source / "3.dcm").write_bytes(encode(ct(3)))
    assert _deidentify(source, tmp_path / "out", key_file) == 1
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == 2
    captured = capsys.readouterr()
    assert captured.out.startswith("file 2: UNREADABLE: ")
    assert "2 written, 1 held back, of 3 files" in captured.err


def test_nothing_is_overwritten(
    tmp_path: Path, key_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "a.dcm", tmp_path / "b.dcm"
    source.write_bytes(encode(ct()))
    target.write_bytes(b"something else")
    assert _deidentify(source, target, key_file) == 1
    assert target.read_bytes() == b"something else"
    assert "not replaced" in capsys.readouterr().out
    target.unlink()
    assert _deidentify(source, target, key_file) == 0
    assert _deidentify(source, target, key_file) == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["deidentify", "SRC", "DST"], "SECRET_MISSING"),
        (["deidentify", "SRC", "DST", "--policy", "nope"], "POLICY_UNKNOWN"),
        (["deidentify", "SRC", "DST", "--key-file", "nowhere"], "SECRET_UNREADABLE"),
        (["inspect", "nowhere.dcm"], "SOURCE_MISSING"),
    ],
)
def test_a_wrong_set_up_says_what_to_do(
    tmp_path: Path,
    arguments: list[str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("IMAGING_DEID_KEY", raising=False)
    source = tmp_path / "a.dcm"
    source.write_bytes(encode(ct()))
    assert main([str(source) if word == "SRC" else word for word in arguments]) == 2
    assert capsys.readouterr().err.startswith(f"error: {told}: ")


def test_inspect_shows_actions_and_values_only_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(encode(ct()))
    assert main(["inspect", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "U keyed UID         SOPInstanceUID" in shown
    assert "Richard" not in shown
    assert main(["inspect", "--values", str(path)]) == 0
    assert "Richard" in capsys.readouterr().out


def test_a_new_key_is_new(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "new"]) == 0
    assert main(["key", "new"]) == 0
    first, second = capsys.readouterr().out.split()
    assert len(bytes.fromhex(first)) == 32
    assert first != second


@pytest.mark.parametrize("command", [[], ["deidentify"], ["inspect"], ["key"], ["key", "new"]])
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    assert "usage: python -m include.imaging" in capsys.readouterr().out


def test_a_target_in_the_source_is_refused(
    tmp_path: Path, key_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.dcm").write_bytes(encode(ct()))
    (tmp_path / "file").write_bytes(b"")
    for target, code in (("in", "TARGET_IN_SOURCE"), ("in/out", "TARGET_IN_SOURCE"),
                         ("file", "TARGET_NO_FOLDER")):  # fmt: skip
        assert _deidentify(tmp_path / "in", tmp_path / target, key_file) == 2
        assert code in capsys.readouterr().err
    assert list((tmp_path / "in").iterdir()) == [tmp_path / "in" / "a.dcm"]


def test_inspect_tells_the_patients_pseudonym(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "a.dcm"
    source.write_bytes(encode(ct()))
    main(["inspect", str(source)])
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if line.endswith(("PatientName", "PatientID"))]
    assert len(told) == 2
    assert all("Z keyed pseudonym" in line for line in told)
