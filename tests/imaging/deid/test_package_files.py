"""Every DICOM file that pydicom and pydicom-data ship ends verified, or with findings."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from include.imaging.deid import slow
from include.imaging.deid.results import Deidentified, Held
from include.imaging.model import Severity
from include.imaging.validation.verify import verify
from tests.support.deidentification import deidentifier
from tests.support.dicom import package_files

# What a DICOM engineer would expect of these files: secondary captures and ultrasound make up
# most of what is held; the rest lacks UIDs, a transfer syntax or its end. The gate of the
# output (RESIDUAL_IDENTITY, CONFORMANCE_FAULT, …) never had to close.
EXPECTED = {
    "PIXELS_MAY_HOLD_TEXT",
    "MISSING_UID",
    "MEDIA_DIRECTORY",
    "NOT_DICOM",
    "NO_FILE_META",
    "TRUNCATED",
    "STRUCTURED_TEXT",
    "UNPARSABLE",
    "REQUIRED_VALUE_UNFIT",
}


def test_every_file_is_verified_or_has_a_finding_that_fits() -> None:
    deid = deidentifier()

    def outcome(path: Path) -> tuple[str, str, list[str]]:
        original = path.read_bytes()
        made = deid.deidentify(original)
        if isinstance(made, Held):
            assert made.findings, path.name
            return "", "", [finding.code for finding in made.findings]
        found = verify(original, made)
        assert not [f for f in found if f.severity is Severity.WARNING]
        return made.modality, made.transfer_syntax_uid, [finding.code for finding in found]

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(outcome, package_files()))
    verified = [entry for entry in outcomes if not entry[2]]
    assert len(outcomes) > 250
    assert len(verified) >= 100
    assert len({modality for modality, _, _ in verified}) >= 6
    assert len({syntax for _, syntax, _ in verified}) >= 8
    assert set(Counter(code for _, _, codes in outcomes for code in codes)) <= EXPECTED


def test_pixels_that_are_written_piece_by_piece_are_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outputs: list[list[bytes]] = []
    for large in (1, 2**40):
        monkeypatch.setattr(slow, "LARGE_BYTES", large)
        made = (deidentifier().careful(path.read_bytes()) for path in package_files())
        outputs.append([out.data for out in made if isinstance(out, Deidentified)])
    assert len(outputs[0]) >= 100
    assert outputs[0] == outputs[1]
