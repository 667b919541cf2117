"""Every file the local cloud accepts comes out with the pixels it went in with, by both ways."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.encaps import generate_frames

from include.demo.encodings import encodings
from include.demo.sources import SourceFile, package_files
from include.demo.variants import give_own_uids
from include.imaging.dicom.silence import silenced
from include.imaging.export.outcomes import Format, FormatOutcome, InstanceOutcome, Outcome
from tests.support.cloud import Clients, Stage, make_stage
from tests.support.exports import export_all, exporter, image_sets, pixels_of, same_pixels
from tests.support.rare_images import ENCAPSULATED_MAKES, made_here
from tests.support.samples import sample

# pydicom's decoders refuse these; the service takes them (kept, or by another decoder)
PYDICOM_CANNOT = {
    "JPEG-lossy.dcm",
    "JPEG2000-embedded-sequence-delimiter.dcm",
    "MR_truncated.dcm",
    "badVR.dcm",
}
KEPT = {*ENCAPSULATED_MAKES.values(), "1.2.840.10008.1.2.4.50"}
# what is encoded as a picture: the others take long
PICTURE_BYTES = 1_000_000
NO_PNG = {"NO_FRAMES", "BLOB", "FRAME_LENGTH", "FRAME_UNDECODABLE", "NO_DECODER", "PALETTE"}


@dataclass
class Trip:
    """What went in by SOPInstanceUID, and what came out."""

    out: Path
    sources: dict[str, SourceFile] = field(default_factory=dict)
    outcomes: list[InstanceOutcome] = field(default_factory=list)
    pictures: list[InstanceOutcome] = field(default_factory=list)
    decoded: dict[str, list[Any] | None] = field(default_factory=dict)

    def before(self, source: SourceFile) -> list[Any] | None:
        """The pixels that went in, or None where pydicom cannot decode them."""
        if source.name not in self.decoded:
            try:
                self.decoded[source.name] = pixels_of(source.content)
            except Exception:  # noqa: BLE001 - the tests say which files these may be
                self.decoded[source.name] = None
        return self.decoded[source.name]

    def of(self, kind: Format) -> Iterator[tuple[SourceFile, FormatOutcome, InstanceOutcome]]:
        is_picture = kind in (Format.PNG, Format.PNG8)
        for outcome in self.pictures if is_picture else self.outcomes:
            made = next(entry for entry in outcome.formats if entry.format is kind)
            yield self.sources[outcome.sop_uid], made, outcome

    def file(self, made: FormatOutcome) -> Path:
        [only] = made.files
        return self.out / only.path


@pytest.fixture(scope="module")
def trip(clients: Clients, tmp_path_factory: pytest.TempPathFactory) -> Trip:
    """All package files, encodings and more, imported by one job and exported in all ways."""
    stage: Stage = make_stage(clients)
    files = package_files()
    known = {file.name: file.content for file in files}
    files = [*give_own_uids(files), *encodings(known), *made_here()]
    assert len(files) > 150
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: stage.put(f"in/{at}", files[at].content), range(len(files))))
    job = stage.run("in/")
    made = Trip(tmp_path_factory.mktemp("exported"))
    for line in stage.lines(job, "SUCCESS/success.ndjson"):
        source = files[int(line["inputFile"].rpartition("/")[2])]
        with silenced():
            head = pydicom.dcmread(io.BytesIO(source.content), stop_before_pixels=True)
            made.sources[str(head.SOPInstanceUID)] = source
    whole = exporter(stage, made.out, [Format.DICOM, Format.DICOMWEB])
    made.outcomes = export_all(whole, stage)
    small = {
        outcome.image_set_id
        for outcome in made.outcomes
        if len(made.sources[outcome.sop_uid].content) < PICTURE_BYTES
    }
    pictures = exporter(stage, made.out, [Format.PNG, Format.PNG8])
    made.pictures = [
        outcome
        for image_set in image_sets(stage)
        if image_set.image_set_id in small
        for outcome in pictures.run(image_set).instances.values()
    ]
    return made


def test_everything_imported_is_exported_with_every_frame_verified(trip: Trip) -> None:
    assert {outcome.sop_uid for outcome in trip.outcomes} == set(trip.sources)
    assert len(trip.sources) > 120
    wrong = {
        (trip.sources[outcome.sop_uid].name, entry.format, entry.code)
        for outcome in (*trip.outcomes, *trip.pictures)
        for entry in outcome.formats
        if entry.outcome is Outcome.FAILED
    }
    assert not wrong
    assert all(outcome.frames == outcome.frames_verified for outcome in trip.outcomes)


@pytest.mark.parametrize("kind", [Format.DICOM, Format.DICOMWEB])
def test_pixels_are_equal(trip: Trip, kind: Format) -> None:
    compared, different, undecodable = set(), set(), set()
    for source, made, outcome in trip.of(kind):
        name = Path(source.name).name
        if not outcome.frames or name in ENCAPSULATED_MAKES:
            continue
        before = trip.before(source)
        if before is None:
            undecodable.add(name)
            continue
        compared.add(name)
        if not same_pixels(before, pixels_of(trip.file(made))):
            different.add(name)
    assert not different
    assert undecodable <= PYDICOM_CANNOT
    assert len(compared) > 110


@pytest.mark.parametrize("kind", [Format.DICOM, Format.DICOMWEB])
def test_streams_that_are_kept_are_the_same_bytes(trip: Trip, kind: Format) -> None:
    compared = set()
    for source, made, _ in trip.of(kind):
        with silenced():
            before = pydicom.dcmread(io.BytesIO(source.content), force=True)
            after = pydicom.dcmread(trip.file(made))
        syntax = before.file_meta.TransferSyntaxUID
        if syntax in KEPT:
            assert after.file_meta.TransferSyntaxUID == syntax
            assert _first_frame(after) == _first_frame(before)
            compared.add(str(syntax))
    assert compared == KEPT


def _first_frame(dataset: pydicom.Dataset) -> bytes:
    count = int(dataset.get("NumberOfFrames") or 1)
    return next(iter(generate_frames(dataset.PixelData, number_of_frames=count)))


def test_a_png_holds_the_stored_values(trip: Trip) -> None:
    compared = 0
    for source, made, outcome in trip.of(Format.PNG):
        assert len(made.files) == outcome.frames or made.code in NO_PNG | {"VIDEO"}
        before = trip.before(source)
        if before and not made.notes and made.files:
            data = (trip.out / made.files[0].path).read_bytes()
            np.testing.assert_array_equal(imagecodecs.png_decode(data), before[0])
            compared += 1
    assert compared > 30


def test_a_signed_png_says_how_to_get_its_values_back(trip: Trip) -> None:
    [(source, made)] = [
        (source, made)
        for source, made, _ in trip.of(Format.PNG)
        if source.name == "test_files/CT_small.dcm"
    ]
    assert made.notes == ("stored value = sample * 1 + -32768",)
    with Image.open(trip.out / made.files[0].path) as picture:
        assert picture.text["Comment"] == made.notes[0]  # type: ignore[attr-defined]
        samples = np.asarray(picture).astype(int)
    np.testing.assert_array_equal(samples - 32768, pixels_of(source.content)[0])


def test_what_a_viewer_shows_has_eight_bits(trip: Trip) -> None:
    seen = 0
    for _, made, _ in trip.of(Format.PNG8):
        for file in made.files:
            with Image.open(trip.out / file.path) as picture:
                assert picture.mode in ("L", "RGB")
            seen += 1
    assert seen > 120


def test_an_instance_without_pixels_comes_back_as_it_was(trip: Trip) -> None:
    [made] = [made for source, made, _ in trip.of(Format.DICOM) if "rtplan.dcm" in source.name]
    before = pydicom.dcmread(io.BytesIO(sample("rtplan.dcm")))
    after = pydicom.dcmread(trip.file(made))
    del after.SpecificCharacterSet
    if "SpecificCharacterSet" in before:
        del before.SpecificCharacterSet
    assert {e.tag: e.value for e in before} == {e.tag: e.value for e in after}
    assert made.lost == ()
