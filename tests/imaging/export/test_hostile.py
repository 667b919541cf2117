"""Metadata that nobody should write neither stops an export nor leads it out of its folder."""

from __future__ import annotations

import gzip
import json
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from include.imaging.export.destination import Folder
from include.imaging.export.image_sets import Exporter
from include.imaging.export.outcomes import Format, Outcome
from include.imaging.export.records import Record
from include.imaging.export.selection import ImageSet
from tests.support.cloud import Clients, Stage
from tests.support.exports import exporter

PIXELS = b"\1\2" * 4
FULL = {"Width": 2, "Height": 2, "Checksum": zlib.crc32(PIXELS)}
FRAME = {
    "ID": "0" * 32, "FrameSizeInBytes": 8, "PixelDataChecksumFromBaseToFullResolution": [FULL]
}  # fmt: skip
SUMS = "PixelDataChecksumFromBaseToFullResolution"
IMAGE = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "Rows": 2, "Columns": 2, "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2", "BitsAllocated": 16, "BitsStored": 16,
    "HighBit": 15, "PixelRepresentation": 0, "PixelData": None,
}  # fmt: skip
ENDLESS = '[{"ContentSequence":' * 100_000 + "[]" + "}]" * 100_000
FORMATS = (Format.DICOM, Format.PNG, Format.PNG8)


class Store:
    """A client of one image set with this metadata, and one frame."""

    def __init__(self, document: Any) -> None:
        text = json.dumps(document).replace('"ENDLESS"', ENDLESS)
        self.blob = gzip.compress(text.encode(), 1)

    class exceptions:  # noqa: N801 - as botocore has it
        class ResourceNotFoundException(Exception):  # noqa: N818 - as botocore has it
            """Never raised here."""

        class ConflictException(Exception):  # noqa: N818 - as botocore has it
            """Never raised here."""

    def get_image_set_metadata(self, **_: str) -> dict[str, Any]:
        return {"imageSetMetadataBlob": BytesIO(self.blob)}

    def get_image_frame(self, **_: Any) -> dict[str, Any]:
        return {"imageFrameBlob": BytesIO(PIXELS)}


def document(
    *, uids: tuple[Any, str, str] = ("1.1", "1.2", "1.3"), frame: Any = FRAME, **more: Any
) -> dict[str, Any]:
    """Metadata of one instance; `more` are attributes of it, or its syntax."""
    syntax = more.pop("syntax", "1.2.840.10008.1.2.1")
    instance = {
        "DICOM": IMAGE | {"SOPInstanceUID": uids[2]} | more,
        "StoredTransferSyntaxUID": syntax,
        "ImageFrames": [frame],
    }
    series = {uids[1]: {"Instances": {uids[2]: instance}}}
    return {"Study": {"DICOM": {"StudyInstanceUID": uids[0]}, "Series": series}}


def exported(told: Any, place: Path) -> Record:
    client: Any = Store(told)
    return Exporter(client, "1" * 32, Folder(place), FORMATS).run(ImageSet("2" * 32, 1))


def outcomes(record: Record) -> set[tuple[Outcome, str]]:
    [made] = record.instances.values()
    assert len(made.formats) == len(FORMATS)
    return {(entry.outcome, entry.code) for entry in made.formats}


def nested(depth: int) -> list[Any]:
    value: list[Any] = [{"CodeValue": "x"}]
    for _ in range(depth):
        value = [{"ContentSequence": value}]
    return value


@pytest.mark.parametrize(
    "uids",
    [
        ("../..", "/etc", "../../etc/passwd"),
        ("", ".", ".."),
        (None, "1." * 500, "1.2\0.3"),
        (["1"], "\ud800", "1.\udc00"),
        (5, "é" * 300, "con"),
    ],
)
def test_uids_do_not_lead_out_of_the_folder(tmp_path: Path, uids: tuple[Any, str, str]) -> None:
    place = tmp_path / "deep" / "place"
    assert outcomes(exported(document(uids=uids), place)) == {(Outcome.WRITTEN, "")}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 4  # one of each format, and the record
    assert all(path.is_relative_to(place) for path in files)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"frame": FRAME | {SUMS: []}}, "CHECKSUM_MISSING"),
        ({"frame": FRAME | {SUMS: None}}, "CHECKSUM_MISSING"),
        ({"frame": FRAME | {SUMS: [FULL | {"Checksum": "1"}]}}, "CHECKSUM_MISSING"),
        ({"frame": FRAME | {SUMS: [FULL | {"Checksum": 1}]}}, "CHECKSUM_DIFFERS"),
        ({"frame": FRAME | {"FrameSizeInBytes": 10**18}}, "FRAME_LENGTH"),
        ({"syntax": ""}, "FRAME_UNDECODABLE"),
    ],
)
def test_a_frame_that_cannot_be_proved_fails(
    tmp_path: Path, told: dict[str, Any], expected: str
) -> None:
    assert outcomes(exported(document(**told), tmp_path)) == {(Outcome.FAILED, expected)}


@pytest.mark.parametrize(
    "told",
    [
        {"frame": FRAME | {"FrameSizeInBytes": "8"}},
        {"frame": FRAME | {SUMS: [{"Width": None, "Height": "x", "Checksum": FULL["Checksum"]}]}},
        {"RescaleSlope": float("nan")},
        {"InstanceNumber": 10**400},
        {"PatientName": "\ud800"},
        {"PatientName": {"a": 1}},
    ],
)
def test_a_value_of_another_kind_stops_nothing(tmp_path: Path, told: dict[str, Any]) -> None:
    assert outcomes(exported(document(**told), tmp_path)) == {(Outcome.WRITTEN, "")}


@pytest.mark.parametrize("count", ["9" * 400, float("inf"), -1, [2]])
def test_a_count_of_frames_that_cannot_be_makes_a_blob_of_them(tmp_path: Path, count: Any) -> None:
    made = outcomes(exported(document(NumberOfFrames=count), tmp_path))
    assert (Outcome.WRITTEN, "") in made
    assert made - {(Outcome.WRITTEN, "")} <= {(Outcome.NOT_POSSIBLE, "BLOB")}


def test_items_nested_without_reason_are_named_as_lost(tmp_path: Path) -> None:
    [made] = exported(document(ContentSequence=nested(200)), tmp_path).instances.values()
    assert made.formats[0].lost == ("ContentSequence",)


@pytest.mark.parametrize(
    "told", [document(ContentSequence="ENDLESS"), {}, {"Study": None}, {"Study": {}}],
    ids=["nested-without-end", "nothing", "null", "no-series"],
)  # fmt: skip
def test_what_cannot_be_taken_apart_has_a_record_that_says_so(tmp_path: Path, told: Any) -> None:
    record = exported(told, tmp_path)
    assert (record.image_set.code, record.instances) == ("METADATA_UNREADABLE", {})


def test_half_a_character_is_no_uid_that_dicomweb_knows(clients: Clients, stage: Stage,
                                                        tmp_path: Path) -> None:  # fmt: skip
    web = exporter(stage, tmp_path).dicomweb
    client: Any = Store(document(uids=("1", "1.2", "1.\ud800")))
    assert web is not None
    client.get_image_set = lambda **_: {"versionId": "1"}
    made = Exporter(client, "1" * 32, Folder(tmp_path), (Format.DICOMWEB,), web)
    [outcome] = made.run(ImageSet("2" * 32, 1)).instances.values()
    assert [(e.outcome, e.code) for e in outcome.formats] == [(Outcome.FAILED, "INSTANCE_GONE")]
