"""A frame that is not what the metadata says is reported, and nothing is made of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import numpy as np
import pytest

from include.imaging.errors import IntegrityError
from include.imaging.export.frames import Frame, FrameFault, verified
from include.imaging.export.outcomes import Format, Outcome
from include.imaging.export.selection import Selection
from include.imaging.steps import export as step
from include.localcloud.running import LocalCloud
from tests.support.cloud import Stage, make_clients, make_stage
from tests.support.exports import export_all, exporter, image_sets, instance
from tests.support.samples import variant

PIXELS = np.arange(12, dtype=np.uint16).reshape(3, 4)
KEPT = "1.2.840.10008.1.2.4.50"


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A data store whose disk flipped a bit: two images whose frame differs, two sound ones."""
    state = tmp_path_factory.mktemp("state")
    with LocalCloud(state) as cloud:
        clients = make_clients(cloud.url)
        stage = make_stage(clients)
        names = ["CT_small.dcm", "SC_rgb_jpeg_dcmtk.dcm"]
        for number, name in enumerate([*names, *names]):
            made = variant(name, SeriesInstanceUID=f"1.2.{number // 2}.{number}", PatientID="P")
            stage.put(f"{number // 2}/{number}.dcm", made)
        stage.run("0/")
        for path in (path for path in state.rglob("*") if path.is_file()):
            data = bytearray(path.read_bytes())
            if data[:2] in (b"\xff\x4f", b"\xff\xd8"):
                data[len(data) // 2] ^= 1
                path.write_bytes(data)
        stage.run("1/")
        yield stage
        clients.close()


def test_a_frame_that_changed_is_reported_and_not_written(damaged: Stage, tmp_path: Path) -> None:
    made = exporter(damaged, tmp_path, [Format.PNG, Format.DICOM])
    outcomes = export_all(made, damaged)
    bad = [outcome for outcome in outcomes if outcome.frames_verified == 0]
    assert len(outcomes) == 4
    assert len(bad) == 2
    for outcome in bad:
        for entry in outcome.formats:
            assert entry.outcome is Outcome.FAILED
            assert entry.code in ("CHECKSUM_DIFFERS", "FRAME_UNDECODABLE")
            assert entry.files == ()
    written = {path.name for path in tmp_path.rglob("*") if path.suffix in (".dcm", ".png")}
    assert len(written & {f"{outcome.sop_uid}.dcm" for outcome in outcomes}) == 2


def test_what_the_service_gives_whole_is_verified_as_well(damaged: Stage, tmp_path: Path) -> None:
    outcomes = export_all(exporter(damaged, tmp_path, [Format.DICOMWEB]), damaged)
    failed = [outcome for outcome in outcomes if outcome.formats[0].outcome is Outcome.FAILED]
    assert len(failed) == 2
    assert len(list(tmp_path.rglob("*.dcm"))) == 2


def test_the_report_names_what_failed_and_the_run_fails(damaged: Stage, tmp_path: Path) -> None:
    made = exporter(damaged, tmp_path)
    planned = step.plan(
        exporter=made,
        selection=Selection(patient_id="P"),
        run_id="damaged",
        chunk_size=3,
        most_chunks=10,
    )
    assert len(planned) == len(image_sets(damaged)) == 4
    for chunk in (1, 2):
        step.run(exporter=made, run_id="damaged", chunk=chunk, progress=lambda _: None)
    with pytest.raises(IntegrityError) as caught:
        step.report(exporter=made, run_id="damaged")
    assert caught.value.code == "EXPORT_INCOMPLETE"
    assert "2 instances" in caught.value.text
    folder = tmp_path / "_export" / "runs" / "run-damaged"
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["balanced"], summary["failed"], summary["instances"]) == (True, 2, 4)
    assert summary["outcomes"]["dicom"] == {"written": 2, "failed": 2}
    lines = [json.loads(line) for line in (folder / "report.ndjson").read_text().splitlines()]
    codes = [line["formats"][0]["code"] for line in lines if line["kind"] == "instance"]
    assert len([code for code in codes if code]) == 2


def test_a_checksum_over_decoded_pixels_is_verified_after_decoding() -> None:
    data = bytes(imagecodecs.htj2k_encode(PIXELS, reversible=True))
    told = instance(frames=[PIXELS.tobytes()])
    frame = verified(data, told, told.frames[0])
    assert isinstance(frame, Frame)
    assert frame.pixels is not None
    np.testing.assert_array_equal(frame.pixels, PIXELS)


def test_a_checksum_over_planar_colour_is_taken() -> None:
    colour = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)
    data = bytes(imagecodecs.htj2k_encode(colour, reversible=True))
    told = instance(frames=[np.moveaxis(colour, -1, 0).tobytes()])
    assert isinstance(verified(data, told, told.frames[0]), Frame)


@pytest.mark.parametrize(
    ("stored", "syntax", "described", "code"),
    [
        (b"not a code stream", "", b"pixels", "FRAME_UNDECODABLE"),
        (bytes(imagecodecs.htj2k_encode(PIXELS, reversible=True)), "", b"", "CHECKSUM_DIFFERS"),
        (b"jpeg", KEPT, b"jpig", "CHECKSUM_DIFFERS"),
        (b"jpeg", KEPT, b"jpeg, longer", "FRAME_LENGTH"),
    ],
)
def test_a_frame_that_is_not_the_one_described_is_a_fault(
    stored: bytes, syntax: str, described: bytes, code: str
) -> None:
    told = instance(syntax=syntax, frames=[described])
    fault = verified(stored, told, told.frames[0])
    assert isinstance(fault, FrameFault)
    assert fault.code == code
    assert zlib.crc32(stored) != told.frames[0].checksum
