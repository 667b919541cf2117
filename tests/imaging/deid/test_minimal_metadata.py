"""Under `minimal-metadata` objects still conform, decode, and lie where they lay."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Deidentified
from include.imaging.keyring import Keyring
from include.imaging.validation.verify import verify
from tests.support.deidentification import KEY
from tests.support.dicom import package_files

LARGEST_BYTES = 2_000_000  # larger ones are encodings of the same images
PLACED = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness")
MEANT = ("RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth", "DoseGridScaling")
GROUPED = ("InstanceNumber", "AcquisitionNumber", "SeriesNumber", "FrameTime", "Modality")
WARNINGS = {"FACE_IN_SLICES", "VALUE_UNFIT"}
NOT_ASKED_FOR = (
    *("Manufacturer", "ManufacturerModelName", "SoftwareVersions", "KVP", "ConvolutionKernel"),
    *("SequenceName", "ScanOptions", "ContrastBolusAgent", "ProtocolName", "Exposure"),
)


@cache
def _pairs() -> tuple[tuple[bytes, Deidentified], ...]:
    """Return one object of each class and syntax that the packages ship, and what it becomes."""
    engine = Deidentifier(load_policy("minimal-metadata"), Keyring(KEY), "hospital")
    found: dict[tuple[str, ...], tuple[bytes, Deidentified]] = {}
    for path in package_files():
        original = path.read_bytes()
        if len(original) > LARGEST_BYTES:
            continue
        made = engine.deidentify(original)
        if isinstance(made, Deidentified):
            sop_class = str(_read(made.data).SOPClassUID)
            found.setdefault((sop_class, made.transfer_syntax_uid), (original, made))
    assert len(found) >= 20
    return tuple(found.values())


def _read(data: bytes) -> Dataset:
    return dcmread(io.BytesIO(data), force=True)


def _both() -> Iterator[tuple[Dataset, Dataset]]:
    yield from ((_read(original), _read(made.data)) for original, made in _pairs())


def test_every_output_passes_verification() -> None:
    for original, made in _pairs():
        assert verify(original, made) == ()
        assert {finding.code for finding in made.findings} <= WARNINGS


@pytest.mark.filterwarnings("ignore")
def test_every_image_decodes_to_the_same_values() -> None:
    decoded = 0
    for original, made in _pairs():
        if made.is_masked:
            continue
        before, after = _read(original), _read(made.data)
        try:
            pixels = before.pixel_array
        except (AttributeError, NotImplementedError, RuntimeError, ValueError):
            continue
        assert np.array_equal(pixels, after.pixel_array)
        decoded += 1
    assert decoded >= 12


@pytest.mark.filterwarnings("ignore")
def test_what_places_scales_and_groups_images_stays() -> None:
    seen = 0
    for before, after in _both():
        for keyword in (*PLACED, *MEANT, *GROUPED):
            if before.get(keyword) not in (None, ""):
                seen += 1
                assert after.get(keyword) == before[keyword].value, keyword
    assert seen > 150


@pytest.mark.filterwarnings("ignore")
def test_nobody_learns_how_or_on_what_an_image_was_taken() -> None:
    gone = 0
    for before, after in _both():
        for keyword in NOT_ASKED_FOR:
            if before.get(keyword) not in (None, ""):
                gone += 1
                assert after.get(keyword) != before[keyword].value, keyword
    assert gone > 40
