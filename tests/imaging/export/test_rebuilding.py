"""A data set is rebuilt from metadata, and what the metadata does not tell is named."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pydicom
import pytest

from include.imaging.export.frames import Frame
from include.imaging.export.metadata import Instance, instances
from include.imaging.export.part10 import Part10Writer
from include.imaging.export.pixel_element import PixelWriter, pixel_element
from include.imaging.export.rebuilding import Rebuilt, rebuild
from tests.support.exports import instance, pixels_of

EXPLICIT = "1.2.840.10008.1.2.1"
IDENTITY = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "SOPInstanceUID": "1.2.3"}


def written(rebuilt: Rebuilt) -> pydicom.Dataset:
    stream = io.BytesIO()
    Part10Writer(stream, rebuilt.elements, EXPLICIT).write_all()
    stream.seek(0)
    return pydicom.dcmread(stream)


def with_vrs(attributes: dict[str, Any], vrs: dict[str, str]) -> Instance:
    return Instance("1.2.2", "1.2.3", attributes, vrs, (), "")


@pytest.mark.parametrize(
    ("keyword", "value", "expected"),
    [
        ("PatientName", "Müller^Jörg=山田^太郎", "Müller^Jörg=山田^太郎"),
        ("ImageType", ["ORIGINAL", "PRIMARY"], ["ORIGINAL", "PRIMARY"]),
        ("RescaleSlope", "1.50", "1.50"),
        ("RescaleSlope", 1.5, 1.5),
        ("Rows", 512, 512),
        ("Rows", "512", 512),
        ("PixelSpacing", ["0.5", "0.5"], [0.5, 0.5]),
        ("FrameIncrementPointer", "00181063", 0x00181063),
        ("AccessionNumber", None, ""),
        ("SourceImageSequence", [], []),
        ("LongitudinalTemporalOffsetFromEvent", 2.5, 2.5),
    ],
)
def test_a_value_comes_back(keyword: str, value: Any, expected: Any) -> None:
    rebuilt = rebuild(instance({**IDENTITY, keyword: value}))
    assert rebuilt.lost == ()
    assert written(rebuilt)[keyword].value == expected


@pytest.mark.parametrize(
    ("value", "is_signed", "vr"), [(-5, 0, "SS"), (40000, 1, "US"), (5, 1, "SS"), (5, 0, "US")]
)
def test_a_vr_the_dictionary_leaves_open_follows_the_pixels(
    value: int, is_signed: int, vr: str
) -> None:
    told = {**IDENTITY, "PixelRepresentation": is_signed, "SmallestImagePixelValue": value}
    element = written(rebuild(instance(told)))["SmallestImagePixelValue"]
    assert (element.VR, element.value) == (vr, value)


def test_private_elements_come_back_with_their_vrs() -> None:
    told = {**IDENTITY, "00190010": "ACME", "001910F9": "1.5", "001910FA": base64_of(b"\1\2")}
    vrs = {"00190010": "LO", "001910F9": "DS", "001910FA": "OB"}
    after = written(rebuild(with_vrs(told, vrs)))
    assert after[0x0019, 0x10F9].value == 1.5
    assert after[0x0019, 0x10FA].value == b"\1\2"


def test_sequences_come_back_with_their_items() -> None:
    item = {"CodeValue": "T-1", "CodeMeaning": "Lüng", "00190010": "ACME"}
    after = written(rebuild(instance({**IDENTITY, "AnatomicRegionSequence": [item, {}]})))
    [first, second] = after.AnatomicRegionSequence
    assert (first.CodeMeaning, first[0x0019, 0x0010].value, len(second)) == ("Lüng", "ACME", 0)


def test_what_the_metadata_does_not_tell_is_named_and_nothing_else_is() -> None:
    told = {
        **IDENTITY,
        "EncapsulatedDocument": None,
        "NotAKeyword": "x",
        "001910F9": "no VR",
        "Rows": "a lot",
        "IconImageSequence": [{"Rows": 1, "PixelData": None}],
        "PatientComments": None,
    }
    rebuilt = rebuild(instance(told))
    assert set(rebuilt.lost) == {
        "EncapsulatedDocument",
        "NotAKeyword",
        "001910F9",
        "Rows",
        "PixelData of an item",
    }
    assert "PatientComments" in written(rebuilt)


def test_what_no_element_can_hold_is_named_and_the_others_come_back() -> None:
    told = {
        **IDENTITY,
        "PatientComments": "half of a pair: \ud800",
        "-1234567": "no tag",
        "0x101010": "no tag",
        "001910F9": "no VR of DICOM",
    }
    rebuilt = rebuild(with_vrs(told, {"001910F9": "ABC"}))
    assert set(rebuilt.lost) == {"PatientComments", "001910F9", "0x101010", "unknown"}
    assert written(rebuilt).SOPInstanceUID == "1.2.3"


def test_the_levels_are_one_data_set() -> None:
    metadata = {
        "Patient": {"DICOM": {"PatientID": "P"}},
        "Study": {
            "DICOM": {"StudyInstanceUID": "1.2"},
            "Series": {
                "1.2.2": {
                    "DICOM": {"Modality": "CT"},
                    "Instances": {"1.2.3": {"DICOM": IDENTITY}, "1.2.4": {}},
                }
            },
        },
    }
    first, second = instances(metadata)
    assert first.attributes == {
        "PatientID": "P",
        "StudyInstanceUID": "1.2",
        "Modality": "CT",
        **IDENTITY,
    }
    assert (second.sop_uid, second.frames, first.digest == second.digest) == ("1.2.4", (), False)


def test_single_bits_follow_each_other_without_a_gap() -> None:
    bits = np.random.default_rng(2).integers(0, 2, (3, 5, 7), np.uint8)
    frames = [np.packbits(frame.reshape(-1), bitorder="little").tobytes() for frame in bits]
    told = image(bits, syntax=EXPLICIT, frames=frames)
    after = pydicom.dcmread(io.BytesIO(file_of(told, [Frame(data, None) for data in frames])))
    expected = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    assert after.PixelData[: len(expected)] == expected


def test_a_blob_of_big_endian_words_is_turned_round() -> None:
    words = np.arange(12, dtype=">u2").reshape(1, 3, 4)
    told = image(words, syntax="1.2.840.10008.1.2.2", frames=[words.tobytes(), b"one too many"])
    after = file_of(told, [Frame(words.tobytes(), None)])
    np.testing.assert_array_equal(pixels_of(after)[0], words[0])


def image(pixels: Any, syntax: str, frames: list[bytes]) -> Instance:
    count, rows, columns = pixels.shape
    bits = 1 if pixels.dtype == np.uint8 else 16
    told = {
        **IDENTITY,
        "NumberOfFrames": str(count),
        "Rows": rows,
        "Columns": columns,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": 0,
        "PixelData": None,
    }
    return instance(told, syntax, frames)


def file_of(told: Instance, frames: list[Frame]) -> bytes:
    stream = io.BytesIO()
    element = pixel_element(told)
    writer = Part10Writer(stream, rebuild(told).elements | element.changes, element.syntax)
    pixels = PixelWriter(writer, told, element)
    for frame in frames:
        pixels.add(frame)
    pixels.end()
    return stream.getvalue()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()
