"""Files that would take memory or time out of all proportion are refused, or kept as blobs."""

import struct
import zlib
from pathlib import Path

import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from include.localcloud import import_warnings as warn
from include.localcloud.blobs import Blobs
from include.localcloud.bombs import MOST_INFLATED_BYTES, MOST_ITEMS
from include.localcloud.codestreams import is_too_large
from include.localcloud.importer import Instance, import_file
from include.localcloud.metadata import DEEPEST
from include.localcloud.reading import CustomerFileError
from tests.support.dicom import ct, decode, encode
from tests.support.samples import sample

MEGABYTE = bytes(1 << 20)
UNREADABLE = "DICOM attributes could not be read"
SIDE = 40_000
UNDEFINED = 0xFFFFFFFF
SIDES = {  # the marker of a codestream's size, and how far behind it the two sides are
    "MR_small_jp2klossless.dcm": (b"\xff\x4f\xff\x51", 8, ">II"),
    "MR_small_jpeg_ls_lossless.dcm": (b"\xff\xf7", 5, ">HH"),
    "SC_rgb_jpeg_gdcm.dcm": (b"\xff\xc3", 5, ">HH"),
}


def imported(data: bytes, folder: Path) -> Instance:
    return import_file(data, "HTJ2K", Blobs(folder / "blobs"))


def with_data_set(syntax: str, body: bytes) -> bytes:
    """A file with a meta group and these bytes behind it."""
    whole = encode(ct(), syntax)
    length = struct.unpack_from("<I", whole, 140)[0]
    return whole[: 144 + length] + body


def nested(depth: int) -> bytes:
    """A file of sequences in sequences of undefined length, which pydicom itself cannot write."""
    begin = struct.pack("<HH2sHIHHI", 0x40, 0xA730, b"SQ", 0, UNDEFINED, 0xFFFE, 0xE000, UNDEFINED)
    end = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    image = ct()
    del image.PixelData
    return encode(image) + begin * depth + end * depth


def enlarged(name: str) -> bytes:
    """The frame of a file, whose own header now speaks of gigabytes."""
    frame = bytearray(next(generate_frames(decode(sample(name)).PixelData, number_of_frames=1)))
    marker, offset, form = SIDES[name]
    struct.pack_into(form, frame, frame.index(marker) + offset, SIDE, SIDE)
    return bytes(frame)


def test_a_deflated_data_set_may_not_inflate_without_bound(tmp_path: Path) -> None:
    assert imported(encode(ct(), DeflatedExplicitVRLittleEndian), tmp_path).frames
    engine = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
    parts = [engine.compress(MEGABYTE) for _ in range((MOST_INFLATED_BYTES >> 20) + 1)]
    bomb = with_data_set(DeflatedExplicitVRLittleEndian, b"".join(parts) + engine.flush())
    with pytest.raises(CustomerFileError, match=UNREADABLE):
        imported(bomb, tmp_path)


@pytest.mark.parametrize("on_disk", [True, False])
def test_a_file_may_not_hold_items_without_bound(tmp_path: Path, on_disk: bool) -> None:
    items = struct.pack("<HHI", 0xFFFE, 0xE000, 0) * (MOST_ITEMS + 1)
    sequence = struct.pack("<HH2sHI", 0x40, 0xA730, b"SQ", 0, len(items))
    bomb = with_data_set(ExplicitVRLittleEndian, sequence + items)
    path = tmp_path / "bomb"
    path.write_bytes(bomb)
    with pytest.raises(CustomerFileError, match=UNREADABLE):
        import_file(path if on_disk else bomb, "HTJ2K", Blobs(tmp_path / "blobs"))


def test_pixels_that_look_like_items_are_none(tmp_path: Path) -> None:
    image = ct()
    image.Rows = image.Columns = 512
    image.PixelData = struct.pack("<HH", 0xFFFE, 0xE000) * (512 * 256)
    assert len(imported(encode(image), tmp_path).frames) == 1
    image.NumberOfFrames = 3
    image.PixelData *= 3
    assert image.PixelData.count(b"\xfe\xff\x00\xe0") > MOST_ITEMS
    assert len(imported(encode(image), tmp_path).frames) == 3


def test_sequences_may_not_nest_without_bound(tmp_path: Path) -> None:
    assert imported(nested(DEEPEST), tmp_path).sop_uid
    for depth in (DEEPEST + 1, 300, 10_000):
        with pytest.raises(CustomerFileError, match=UNREADABLE):
            imported(nested(depth), tmp_path)


@pytest.mark.parametrize("name", SIDES)
def test_a_frame_that_would_decode_to_gigabytes_is_kept_as_a_blob(
    name: str, tmp_path: Path
) -> None:
    image = decode(sample(name))
    syntax = image.file_meta.TransferSyntaxUID
    assert [w for w in imported(sample(name), tmp_path).warnings if w is warn.TRANSCODING] == []
    image.PixelData = encapsulate([enlarged(name)])
    instance = imported(encode(image, syntax), tmp_path)
    assert warn.TRANSCODING in instance.warnings
    assert instance.metadata["syntax"] == UID(syntax)


@pytest.mark.parametrize("name", SIDES)
def test_a_codestream_tells_its_size(name: str) -> None:
    [frame] = generate_frames(decode(sample(name)).PixelData, number_of_frames=1)
    assert not is_too_large(frame)
    assert is_too_large(enlarged(name))
    for end in range(60):
        is_too_large(enlarged(name)[:end])
