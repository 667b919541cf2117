"""`python -m include.imaging export` writes files, says what it did, and what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.imaging.__main__ import main
from include.localcloud.running import LocalCloud
from tests.support.cloud import REGION, Stage
from tests.support.samples import variant


@pytest.fixture
def ward(stage: Stage, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """One image, and the variables a shell would have."""
    stage.put("in/a.dcm", variant(StudyInstanceUID="1.2.7", PatientID="P"))
    stage.run("in/")
    for name, value in {
        "AWS_ENDPOINT_URL": local_cloud.url,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    return stage


def export(stage: Stage, target: str, *more: str) -> int:
    return main(["export", target, "--datastore-id", stage.datastore_id, *more])


def test_a_study_becomes_files(
    ward: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--study", "1.2.7", "--format", "dicom,png,dicomweb"]
    assert export(ward, str(tmp_path), *arguments) == 0
    said = capsys.readouterr().out
    assert "1 image sets, 1 instances, 1 of 1 frames verified, 3 files" in said
    assert len(list((tmp_path / "1.2.7").rglob("*.dcm"))) == 2
    assert export(ward, str(tmp_path), *arguments) == 0
    assert "dicom: 1 unchanged" in capsys.readouterr().out


def test_a_bucket_is_a_destination(ward: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(ward, f"s3://{ward.results}/out", "--patient", "P") == 0
    assert "dicom: 1 written" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "EXPORT_SELECTION"),
        (["--study", "1.2", "--format", "jpeg"], "EXPORT_FORMAT"),
        (["--study", "1.2", "--profile", "nobody"], "AWS_CONFIGURATION"),
        (["--image-set", "0" * 32], "AWS_NOT_FOUND"),
    ],
)
def test_what_cannot_be_done_is_said(
    ward: Stage,
    tmp_path: Path,
    arguments: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert export(ward, str(tmp_path), *arguments) == 2
    assert capsys.readouterr().err.startswith(f"error: {told}: ")


def test_it_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["export", "--help"])
    assert caught.value.code == 0
    assert "usage: python -m include.imaging export" in capsys.readouterr().out
