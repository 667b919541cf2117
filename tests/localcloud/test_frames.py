"""Frames over HTTP: real, reversible HTJ2K, or the original bytes."""

import io
import zlib
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from openjpeg import decode
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels import iter_pixels
from pydicom.uid import UID

from tests.localcloud.test_import import instances_of
from tests.support.cloud import Stage
from tests.support.rare_images import BITS, single_bits
from tests.support.samples import sample, variant

HTJ2K = "1.2.840.10008.1.2.4.202"
TRANSCODED = {
    "CT_small.dcm": "explicit little endian, signed",
    "MR_small_bigendian.dcm": "big endian",
    "image_dfl.dcm": "deflated",
    "MR_small_RLE.dcm": "RLE",
    "SC_rgb_rle_2frame.dcm": "RLE in colour, two frames",
    "MR_small_jpeg_ls_lossless.dcm": "JPEG-LS",
    "MR_small_jp2klossless.dcm": "JPEG 2000 lossless",
    "GDCMJ2K_TextGBR.dcm": "JPEG 2000 lossless in colour",
    "SC_rgb_jpeg_gdcm.dcm": "JPEG lossless in colour",
    "emri_small.dcm": "ten frames",
    "OBXXXX1A.dcm": "palette",
    "SC_rgb_16bit.dcm": "16 bits in colour",
}
DEEP = ("rtdose.dcm", "rtdose_expb.dcm", "rtdose_rle.dcm", "SC_rgb_rle_32bit_2frame.dcm")
KEPT = {
    "SC_rgb_jpeg_dcmtk.dcm": ("1.2.840.10008.1.2.4.50", "image/jpeg"),
    "JPEG2000.dcm": ("1.2.840.10008.1.2.4.91", "image/j2c"),
}


def stored(stage: Stage, data: bytes) -> tuple[dict[str, Any], list[tuple[bytes, str]]]:
    """The instance's metadata, and bytes and content type of its frames."""
    stage.put("in/a.dcm", data)
    job = stage.run("in/")
    assert stage.summary(job)["numberOfImportedFiles"] == 1
    [found] = stage.search()
    [instance] = instances_of(stage.metadata(found["imageSetId"]))
    frames = []
    for frame in instance["ImageFrames"]:
        answer = stage.clients.imaging.get_image_frame(
            datastoreId=stage.datastore_id,
            imageSetId=found["imageSetId"],
            imageFrameInformation={"imageFrameId": frame["ID"]},
        )
        frames.append((answer["imageFrameBlob"].read(), answer["contentType"]))
    return instance, frames


def with_uids(name: str) -> bytes:
    """The file as it is shipped; where it lacks UIDs, it gets some."""
    dataset = pydicom.dcmread(io.BytesIO(sample(name)))
    missing = {k: "1.2.3" for k in ("StudyInstanceUID", "SeriesInstanceUID") if not dataset.get(k)}
    return variant(name, **missing)


def as_htj2k(syntax: str, **how: Any) -> bytes:
    """A CT slice that comes as HTJ2K already."""
    dataset = pydicom.dcmread(io.BytesIO(sample("CT_small.dcm")))
    frame = imagecodecs.htj2k_encode(dataset.pixel_array, **how)
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def test_htj2k_without_loss_is_encoded_anew(stage: Stage) -> None:
    data = as_htj2k("1.2.840.10008.1.2.4.201", reversible=True)
    instance, [(encoded, _)] = stored(stage, data)
    original = pydicom.dcmread(io.BytesIO(sample("CT_small.dcm"))).pixel_array
    np.testing.assert_array_equal(decode(encoded), original)
    assert instance["StoredTransferSyntaxUID"] == HTJ2K


def test_htj2k_with_loss_is_kept(stage: Stage) -> None:
    data = as_htj2k("1.2.840.10008.1.2.4.203", reversible=False)
    instance, frames = stored(stage, data)
    dataset = pydicom.dcmread(io.BytesIO(data))
    [original] = generate_frames(dataset.PixelData, number_of_frames=1)
    assert frames == [(original, "image/jphc")]
    assert instance["StoredTransferSyntaxUID"] == "1.2.840.10008.1.2.4.203"


@pytest.mark.parametrize("name", TRANSCODED)
def test_frames_are_transcoded_without_loss(stage: Stage, name: str) -> None:
    data = with_uids(name)
    instance, frames = stored(stage, data)
    assert instance["StoredTransferSyntaxUID"] == HTJ2K
    originals = list(iter_pixels(pydicom.dcmread(io.BytesIO(data)), raw=True))
    assert len(originals) == len(frames) == len(instance["ImageFrames"])
    for original, (encoded, kind), told in zip(
        originals, frames, instance["ImageFrames"], strict=True
    ):
        decoded = decode(encoded)  # by OpenJPEG, which the local cloud does not use
        assert kind == "image/jph"
        np.testing.assert_array_equal(decoded, original)
        assert told["MinPixelValue"] == original.min()
        assert told["MaxPixelValue"] == original.max()
        assert told["FrameSizeInBytes"] == original.nbytes
        [checksum] = told["PixelDataChecksumFromBaseToFullResolution"]
        native = np.ascontiguousarray(decoded.astype(original.dtype.newbyteorder("<")))
        assert checksum["Checksum"] == zlib.crc32(native.data)
        assert (checksum["Height"], checksum["Width"]) == original.shape[:2]


@pytest.mark.parametrize("name", DEEP)
def test_samples_deeper_than_openjpeg_reads_stay_native(stage: Stage, name: str) -> None:
    data = with_uids(name)
    instance, frames = stored(stage, data)
    assert instance["StoredTransferSyntaxUID"] == "1.2.840.10008.1.2.1"
    dataset = pydicom.dcmread(io.BytesIO(data))
    planar = dataset.get("PlanarConfiguration") == 1
    originals = list(iter_pixels(dataset, raw=True))
    assert [kind for _, kind in frames] == ["application/octet-stream"] * len(originals)
    for original, (found, _) in zip(originals, frames, strict=True):
        ordered = np.moveaxis(original, -1, 0) if planar else original
        assert found == ordered.astype("<u4").tobytes()


@pytest.mark.parametrize("name", KEPT)
def test_frames_of_some_syntaxes_are_kept_as_they_are(stage: Stage, name: str) -> None:
    syntax, content_type = KEPT[name]
    data = with_uids(name)
    instance, frames = stored(stage, data)
    assert instance["StoredTransferSyntaxUID"] == syntax
    dataset = pydicom.dcmread(io.BytesIO(data))
    assert str(dataset.file_meta.TransferSyntaxUID) == syntax
    originals = list(generate_frames(dataset.PixelData, number_of_frames=1))
    assert frames == [(original, content_type) for original in originals]
    [told] = instance["ImageFrames"]
    assert (told["MinPixelValue"], told["MaxPixelValue"]) == (None, None)


def test_a_twelve_bit_lossy_jpeg_is_transcoded(stage: Stage) -> None:
    instance, [(encoded, _)] = stored(stage, sample("JPEG-lossy.dcm"))
    assert instance["StoredTransferSyntaxUID"] == HTJ2K
    assert decode(encoded).shape == (1024, 256)
    assert decode(encoded).max() > 255


def test_a_binary_segmentation_keeps_its_bits(stage: Stage) -> None:
    data = with_uids("liver.dcm")
    instance, frames = stored(stage, data)
    dataset = pydicom.dcmread(io.BytesIO(data))
    assert instance["StoredTransferSyntaxUID"] == "1.2.840.10008.1.2.1"
    assert b"".join(frame for frame, _ in frames) == dataset.PixelData
    assert {kind for _, kind in frames} == {"application/octet-stream"}


@pytest.mark.parametrize("name", ["odd_bits.dcm", "odd_segmentation.dcm"])
def test_frames_of_single_bits_may_begin_within_a_byte(stage: Stage, name: str) -> None:
    data = single_bits(name, *BITS[name]).content
    instance, frames = stored(stage, data)
    originals = pydicom.dcmread(io.BytesIO(data)).pixel_array
    assert len(frames) == len(originals) == len(instance["ImageFrames"])
    for original, (found, _), told in zip(originals, frames, instance["ImageFrames"], strict=True):
        whole_bytes = np.packbits(original, bitorder="little").tobytes()
        [checksum] = told["PixelDataChecksumFromBaseToFullResolution"]
        if "segmentation" in name:
            assert (found, checksum["Checksum"]) == (whole_bytes, zlib.crc32(whole_bytes))
        else:
            np.testing.assert_array_equal(decode(found), original)
            assert checksum["Checksum"] == zlib.crc32(original.tobytes())


def test_too_few_single_bits_are_kept_as_a_blob(stage: Stage) -> None:
    dataset = pydicom.dcmread(
        io.BytesIO(single_bits("odd_bits.dcm", *BITS["odd_bits.dcm"]).content)
    )
    dataset.PixelData = dataset.PixelData[:-4]
    stream = io.BytesIO()
    dataset.save_as(stream)
    instance, frames = stored(stage, stream.getvalue())
    assert frames == [(dataset.PixelData, "application/octet-stream")]
    assert instance["StoredTransferSyntaxUID"] == "1.2.840.10008.1.2.1"


def test_an_object_without_pixels_has_no_frames(stage: Stage) -> None:
    instance, frames = stored(stage, sample("rtplan.dcm"))
    assert (instance["ImageFrames"], frames) == ([], [])
    assert "StoredTransferSyntaxUID" not in instance


def test_a_data_store_may_store_jpeg_2000(stage: Stage) -> None:
    made = stage.clients.imaging.create_datastore(losslessStorageFormat="JPEG_2000_LOSSLESS")
    other = Stage(stage.clients, stage.source, stage.results, made["datastoreId"])
    data = with_uids("CT_small.dcm")
    instance, [(encoded, kind)] = stored(other, data)
    assert (instance["StoredTransferSyntaxUID"], kind) == ("1.2.840.10008.1.2.4.90", "image/j2c")
    np.testing.assert_array_equal(decode(encoded), pydicom.dcmread(io.BytesIO(data)).pixel_array)


def test_a_frame_of_another_image_set_is_not_found(stage: Stage) -> None:
    stage.put("in/a.dcm", variant(SeriesInstanceUID="1.2.1"))
    stage.put("in/b.dcm", variant(SeriesInstanceUID="1.2.2"))
    stage.run("in/")
    first, second = stage.search()
    [instance] = instances_of(stage.metadata(first["imageSetId"]))
    with pytest.raises(stage.clients.imaging.exceptions.ResourceNotFoundException):
        stage.clients.imaging.get_image_frame(
            datastoreId=stage.datastore_id,
            imageSetId=second["imageSetId"],
            imageFrameInformation={"imageFrameId": instance["ImageFrames"][0]["ID"]},
        )
