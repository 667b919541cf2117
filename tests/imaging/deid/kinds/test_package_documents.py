"""The documents, waveforms, plans and segmentations that packages ship leave sound, or are held."""

from __future__ import annotations

import io
from functools import cache

from pydicom import dcmread

from include.imaging.deid.kinds import kind_of
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Deidentified, Held
from include.imaging.dicom.silence import silenced
from include.imaging.validation.conformance import faults
from include.imaging.validation.promised import promises_of
from include.imaging.validation.verify import Verifier
from tests.support.deidentification import deidentifier
from tests.support.dicom import decode, package_files

# Of each kind that the packages have besides images: how many files leave under `research`.
LEAVE = {
    "radiotherapy": 7,
    "segmentation": 4,
    "structured-report": 3,
    "waveform": 1,
}
WHY_NOT = {"MISSING_UID", "NO_FILE_META", "TRUNCATED", "REQUIRED_VALUE_UNFIT"}


@cache
def others() -> list[tuple[str, str, bytes]]:
    """Return name, kind and content of each file that is no image."""
    found = []
    for path in package_files():
        original = path.read_bytes()
        with silenced():
            try:
                dataset = dcmread(io.BytesIO(original), force=True, stop_before_pixels=True)
                kind = kind_of(str(dataset.get("SOPClassUID", "")))
            except Exception:  # noqa: BLE001 - files that are broken on purpose
                continue
        if kind is not None and kind.id != "image":
            found.append((path.name, kind.id, original))
    return found


def test_every_one_leaves_as_conformant_as_before_or_is_held() -> None:
    engine, left = deidentifier(policy="research"), dict.fromkeys(LEAVE, 0)
    for _, kind, original in others():
        made = engine.deidentify(original)
        if isinstance(made, Held):
            assert {found.code for found in made.findings} <= WHY_NOT, kind
            continue
        before, after = faults(original), faults(made.data)
        assert before is None or (after is not None and after <= before), kind
        patient = decode(made.data).PatientName
        assert patient in (made.patient_id, "")
        left[kind] += 1
    assert left == LEAVE


def test_they_are_verified() -> None:
    refused: set[str] = set()
    for policy in ("research", "basic"):
        engine, seen = deidentifier(policy=policy), 0
        verifier = Verifier(promises_of(load_policy(policy)))
        for name, _, original in others():
            made = engine.deidentify(original)
            if isinstance(made, Deidentified):
                seen += 1
                found = {finding.code for finding in verifier.verify(original, made)}
                assert found <= {"RESIDUAL_IDENTITY"}, name
                refused |= {name} if found else set()
        assert seen > 10
    # its patient is called Test, as are its study and its coding scheme
    assert refused == {"test-SR.dcm"}
