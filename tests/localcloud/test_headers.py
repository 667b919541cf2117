"""The header: all attributes of a file, in one encoding, without its pixel data."""

import io

import pydicom
import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from include.localcloud.headers import pack_header, unpack_header
from include.localcloud.metadata import PIXEL_TAGS
from include.localcloud.reading import read_file
from tests.support.samples import sample, variant

ENCODINGS = ("CT_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "image_dfl.dcm")
NESTED = ("rtplan.dcm", "liver_1frame.dcm", "nested_priv_SQ.dcm", "UN_sequence.dcm")


def read(data: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(data))


@pytest.mark.parametrize("name", [*ENCODINGS, *NESTED, "693_J2KI.dcm", "badVR.dcm"])
@pytest.mark.filterwarnings("ignore::UserWarning")  # the sample has a value its VR cannot hold
def test_a_header_holds_every_element_but_pixel_data(name: str) -> None:
    found, original = unpack_header(pack_header(read(sample(name)))), read(sample(name))
    tags = [tag for tag in original.keys() if tag.element and tag not in PIXEL_TAGS]  # noqa: SIM118 - a data set iterates elements
    assert list(found.keys()) == sorted(tags)
    assert found.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert [str(found[tag]) for tag in tags] == [str(original[tag]) for tag in tags]


def test_private_elements_and_large_values_are_in_the_header() -> None:
    dataset = read(variant())
    block = dataset.private_block(0x0099, "TESTS", create=True)
    block.add_new(1, "DS", "1.25")
    block.add_new(2, "OB", bytes(range(256)) * 8_000)
    found = unpack_header(pack_header(dataset))
    assert found.private_block(0x0099, "TESTS")[1].value == 1.25
    assert len(found.private_block(0x0099, "TESTS")[2].value) == 2_048_000


def test_a_value_that_its_vr_cannot_hold_stays_as_bytes() -> None:
    data = sample("MR_small_implicit.dcm")
    at = data.index(b"\x28\x00\x11\x00\x02\x00\x00\x00")  # Columns, of two bytes
    wrong = data[: at + 4] + b"\x03\x00\x00\x00" + b"odd" + data[at + 10 :]
    found = unpack_header(pack_header(read_file(wrong))).get_item("Columns")
    assert (found.VR, found.value) == ("UN", b"odd\0")


def test_an_unpacked_header_can_be_changed_and_packed_again() -> None:
    header = unpack_header(pack_header(read(variant())))
    header.PatientName = "Other^Name"
    assert unpack_header(pack_header(header)).PatientName == "Other^Name"
