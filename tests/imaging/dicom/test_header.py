"""Header facts, the content hash's offset, and what is wrong with a file."""

import struct
import zlib
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from include.imaging.dicom.header import Header, is_uid, read_facts
from include.imaging.dicom.limits import DEPTH
from tests.support.landing import sample

ATTRIBUTES = {
    "SOPClassUID": "sop_class_uid",
    "SOPInstanceUID": "sop_instance_uid",
    "StudyInstanceUID": "study_instance_uid",
    "SeriesInstanceUID": "series_instance_uid",
    "Modality": "modality",
}


def codes(header: Header) -> list[str]:
    return [found.code for found in header.findings]


def made(*elements: bytes, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """Return a file of a data set's bytes under a file meta that names a transfer syntax."""
    uid = syntax.encode() + b"\0" * (len(syntax) % 2)
    meta = b"\x02\x00\x10\x00UI" + struct.pack("<H", len(uid)) + uid
    return bytes(128) + b"DICM" + meta + b"".join(elements)


def uids(*values: str) -> bytes:
    tags = (0x00080016, 0x00080018, 0x0020000D, 0x0020000E)
    pairs = zip(tags, [*values, "1.2", "1.3", "1.4", "1.5"][: len(tags)], strict=True)
    return b"".join(element(tag, b"UI", value.encode()) for tag, value in pairs)


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr + struct.pack("<H", len(value)) + value


def sequence(depth: int, vr: bytes = b"SQ") -> bytes:
    """Return a private sequence of undefined length, nested and closed."""
    start = b"\x11\x00\x10\x10" + vr + b"\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    end = b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    return start * depth + end * depth


def test_the_data_set_begins_behind_the_file_meta() -> None:
    data = sample()
    header = read_facts(data)
    assert data[header.dataset_offset :][:4] == b"\x08\x00\x05\x00"
    assert codes(header) == []


def test_the_same_data_set_under_another_file_meta_has_the_same_content() -> None:
    data = sample()
    offset = read_facts(data).dataset_offset
    other = made(data[offset:])
    assert other[read_facts(other).dataset_offset :] == data[offset:]


def test_a_file_without_its_preamble_is_read_with_a_warning() -> None:
    data = sample()
    header = read_facts(data[132:])
    assert codes(header) == ["NO_PREAMBLE"]
    assert header.facts == read_facts(data).facts
    assert header.dataset_offset == read_facts(data).dataset_offset - 132
    assert codes(read_facts(data[128:])) == ["NO_PREAMBLE"]


@pytest.mark.parametrize(
    "data", [b"a letter", b"\0" * 5000, b"\x08", b"DIC", b"\xff" * 300, b"PK\3\4"]
)
def test_what_is_no_dicom_is_said_so(data: bytes) -> None:
    assert codes(read_facts(data)) == ["NOT_DICOM"]


def test_no_bytes_are_an_empty_file() -> None:
    assert codes(read_facts(b"")) == ["EMPTY_FILE"]


def test_a_cut_in_the_pixels_is_seen_wherever_it_lies() -> None:
    data = sample()
    pixels = data.rindex(b"\xe0\x7f\x10\x00OW") + 12
    for end in range(pixels + 1, len(data), 997):
        header = read_facts(data[:end])
        # the padding element behind the pixels makes the very last bytes another element
        assert codes(header) == ["TRUNCATED"] or end >= pixels + 128 * 128 * 2, end


@pytest.mark.parametrize("name", ["CT_small.dcm", "JPEG2000.dcm", "rtplan.dcm", "image_dfl.dcm"])
def test_a_cut_anywhere_never_crashes_and_never_invents_facts(name: str) -> None:
    data = Path(str(get_testdata_file(name))).read_bytes()
    whole = read_facts(data).facts
    for end in range(0, len(data), max(1, len(data) // 400)):
        facts = read_facts(data[:end]).facts
        for attribute in ATTRIBUTES.values():
            assert facts is None or getattr(facts, attribute) in ("", getattr(whole, attribute))


@pytest.mark.parametrize("name", ["JPEG2000.dcm", "emri_small_RLE.dcm", "SC_rgb_rle_2frame.dcm"])
def test_a_missing_delimiter_of_fragments_is_truncation(name: str) -> None:
    data = Path(str(get_testdata_file(name))).read_bytes()
    end = data.rindex(b"\xfe\xff\xdd\xe0")
    assert codes(read_facts(data[:end])) == ["TRUNCATED"]


def test_a_deflated_data_set_is_walked_too() -> None:
    data = Path(str(get_testdata_file("image_dfl.dcm"))).read_bytes()
    assert codes(read_facts(data)) == []
    assert codes(read_facts(data[:-500])) == ["TRUNCATED"]
    broken = made(b"\xff" * 100, syntax=DeflatedExplicitVRLittleEndian)
    assert codes(read_facts(broken)) == ["UNPARSABLE"]


def test_a_deflated_bomb_is_not_inflated_to_its_end() -> None:
    packer = zlib.compressobj(9, wbits=-15)
    packed = b"".join(packer.compress(bytes(10_000_000)) for _ in range(5)) + packer.flush()
    data = made(packed, syntax=DeflatedExplicitVRLittleEndian)
    assert codes(read_facts(data)) == ["COMPRESSION_RATIO"]


def test_a_missing_uid_is_named_by_its_keyword() -> None:
    header = read_facts(made(uids("1.2", "", "1.4", "")))
    assert codes(header) == ["MISSING_UID"]
    assert "SOPInstanceUID, SeriesInstanceUID" in header.findings[0].text


@pytest.mark.parametrize(
    "uid", ["a.b", "1..2", "1.2\\1.3", "1." * 33 + "1", ".17", "1.2 3", "../../x"]
)
def test_an_invalid_uid_is_named_by_its_keyword_and_not_quoted(uid: str) -> None:
    header = read_facts(made(uids("1.2", uid)))
    assert codes(header) == ["INVALID_UID"]
    assert "SOPInstanceUID" in header.findings[0].text
    assert uid not in header.findings[0].text


def test_leading_zeros_of_a_uid_pass() -> None:
    assert is_uid("1.02.3")
    assert codes(read_facts(made(uids("1.2", "1.02.3")))) == []


def test_a_modality_that_is_a_text_is_no_fact() -> None:
    facts = read_facts(made(element(0x00080060, b"CS", b"DOE^JANE"), uids())).facts
    assert facts is not None
    assert facts.modality == ""


def test_zeros_behind_the_last_element_are_padding() -> None:
    assert codes(read_facts(made(uids(), bytes(3000)))) == []
    assert codes(read_facts(made(uids(), b"\x01\x02\x03"))) == ["TRUNCATED"]


def test_a_file_meta_alone_is_truncated() -> None:
    assert codes(read_facts(made())) == ["TRUNCATED"]
    assert codes(read_facts(made()[:-3])) == ["TRUNCATED"]
    assert codes(read_facts(bytes(128) + b"DICM")) == ["NO_FILE_META", "TRUNCATED"]


def test_sequences_may_be_nested_but_not_without_end() -> None:
    assert codes(read_facts(made(uids(), sequence(20)))) == []
    assert codes(read_facts(made(uids(), sequence(20, b"UN")))) == []
    assert codes(read_facts(made(uids(), sequence(100_000)))) == ["UNPARSABLE"]
    assert DEPTH > 20


def test_an_open_sequence_is_truncated() -> None:
    assert codes(read_facts(made(uids(), sequence(5)[:-8]))) == ["TRUNCATED"]


@pytest.mark.parametrize("length", [0xFFFFFFFE, 0x7FFFFFFF, 0xFFFFFF00])
def test_a_forged_length_is_truncation(length: int) -> None:
    forged = b"\xe0\x7f\x10\x00OW\0\0" + struct.pack("<L", length) + b"few bytes "
    assert codes(read_facts(made(uids(), forged))) == ["TRUNCATED"]


def test_rubbish_behind_a_sound_head_never_crashes() -> None:
    data = bytearray(sample())
    start = read_facts(bytes(data)).dataset_offset
    for at in range(start, start + 3000, 3):
        changed = bytes(data[:at]) + bytes([data[at] ^ 0xFF]) + bytes(data[at + 1 :])
        assert isinstance(read_facts(changed), Header)
