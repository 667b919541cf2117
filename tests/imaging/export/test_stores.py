"""A data store that stores JPEG 2000 is exported as one that stores HTJ2K."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.imaging.export.outcomes import Format
from tests.support.cloud import Clients, Stage, make_stage
from tests.support.exports import export_all, exporter, pixels_of, same_pixels
from tests.support.samples import sample

NAMES = ("MR_small_RLE.dcm", "SC_rgb_rle_2frame.dcm", "rtdose_1frame.dcm")


@pytest.mark.parametrize("name", NAMES)
def test_jpeg_2000_is_decoded_and_verified(clients: Clients, tmp_path: Path, name: str) -> None:
    made = clients.imaging.create_datastore(losslessStorageFormat="JPEG_2000_LOSSLESS")
    first = make_stage(clients)
    stage = Stage(clients, first.source, first.results, made["datastoreId"])
    stage.put("in/a.dcm", sample(name))
    stage.run("in/")
    [outcome] = export_all(exporter(stage, tmp_path, [Format.DICOM, Format.DICOMWEB]), stage)
    for entry in outcome.formats:
        [file] = entry.files
        assert same_pixels(pixels_of(tmp_path / file.path), pixels_of(sample(name)))
