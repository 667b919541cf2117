"""Planted identity appears nowhere: not in findings, warnings, logs, output or error streams."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import pytest

from include.imaging.__main__ import main
from include.imaging.deid.results import Held
from include.imaging.validation.verify import verify
from tests.support.deidentification import KEY, deidentifier
from tests.support.dicom import ct, encode

CANARY = "CANARYBIRD"


def _planted() -> list[bytes]:
    """Return objects with the canary in valid, invalid and unreadable places."""
    whole = encode(ct(PatientName=f"{CANARY}^Yellow", PatientComments=CANARY))
    image = ct()
    image.private_block(0x0029, CANARY, create=True).add_new(1, "LO", CANARY)
    invalid = encode(ct(TableHeight="100.25", StudyDate="20200101"))
    return [
        whole,
        encode(image, preamble=CANARY.encode()),
        encode(ct(), preamble=CANARY.encode()) + CANARY.encode(),
        invalid.replace(b"100.25", b"CANARY").replace(b"20200101", b"CANARYBI"),
        encode(ct(PatientName=CANARY, SliceThickness=1, BurnedInAnnotation="YES")),
        whole.replace(b"1.2.840.10008.1.2.1\0", f"1.2.{CANARY}......"[:20].encode()),
        whole[: whole.index(CANARY.encode()) + 4],
        encode(ct(SpecificCharacterSet="ISO_IR 192")).replace(b"ISO_IR 192", CANARY.encode()),
        encode(ct(PatientID=CANARY, ManufacturerModelName=CANARY, ContentLabel=CANARY)),
    ]


def _leaks(text: str) -> bool:
    return "CANAR" in text.upper()


def test_findings_warnings_and_logs_hold_no_value(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    engine = deidentifier()
    seen = 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for original in _planted():
            made = engine.deidentify(original)
            findings = made.findings if isinstance(made, Held) else verify(original, made)
            if not isinstance(made, Held) and not findings:
                assert not _leaks(made.data.decode("latin-1"))
            seen += len(findings)
            assert not any(_leaks(f"{finding!r}") for finding in findings)
    assert seen >= 5
    assert not any(_leaks(str(warning.message)) for warning in caught)
    assert not _leaks(caplog.text)


def test_the_command_line_shows_neither_values_nor_names_of_files(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IMAGING_DEID_KEY", KEY.hex())
    source = tmp_path / "source"
    source.mkdir()
    for number, original in enumerate(_planted()):
        (source / f"{CANARY}-{number}.dcm").write_bytes(original)
        main(["inspect", str(source / f"{CANARY}-{number}.dcm")])
    assert main(["deidentify", str(source), str(tmp_path / "out")]) == 1
    captured = capfd.readouterr()
    assert not _leaks(caplog.text)
    assert "held back" in captured.err
    assert "RESIDUAL_IDENTITY" in captured.out
    assert not _leaks(captured.out + captured.err)
    assert not _leaks(" ".join(path.name for path in (tmp_path / "out").rglob("*")))
