"""An instance whose pixel element holds nothing is exported as it is, by both ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydicom
import pytest

from include.imaging.export.destination import Folder
from include.imaging.export.outcomes import Format, Outcome
from include.imaging.export.rebuilding import rebuild
from include.imaging.export.sinks import DicomSink
from tests.support.cloud import Stage
from tests.support.exports import export_all, exporter, instance
from tests.support.samples import variant

BITS: dict[str, Any] = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}


@pytest.mark.parametrize(
    "more",
    [{}, {"NumberOfFrames": 2}, {"Rows": 0}, BITS, {"DataSetTrailingPadding": bytes(40_000)}],
    ids=["plain", "of-two-frames", "no-rows", "bits", "padded"],
)
def test_empty_pixels_come_out_empty(stage: Stage, tmp_path: Path, more: dict[str, Any]) -> None:
    stage.put("in/a.dcm", variant(PixelData=b"", **more))
    stage.run("in/")
    [made] = export_all(exporter(stage, tmp_path, [Format.DICOM, Format.DICOMWEB]), stage)
    assert [(entry.outcome, entry.code) for entry in made.formats] == [(Outcome.WRITTEN, "")] * 2
    assert made.frames_verified == made.frames == 1
    for entry in made.formats:
        [file] = entry.files
        assert not pydicom.dcmread(tmp_path / file.path)["PixelData"].value


@pytest.mark.parametrize("keyword", ["PixelData", "FloatPixelData", "DoubleFloatPixelData"])
def test_pixels_without_frames_are_named_as_lost(tmp_path: Path, keyword: str) -> None:
    told = instance({"SOPClassUID": "1.2.3", "SOPInstanceUID": "1.2.3", keyword: None})
    sink = DicomSink(told, rebuild(told), "1.2.3", Folder(tmp_path))
    made = sink.end("")
    sink.close()
    assert (made.outcome, made.lost) == (Outcome.WRITTEN, (keyword,))
    assert keyword not in pydicom.dcmread(tmp_path / made.files[0].path)
