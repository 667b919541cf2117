"""Differences are seen in the two files: each attribute once, with what was done to it."""

from __future__ import annotations

import pytest
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Deidentified
from include.imaging.deid.rules import Rules
from include.imaging.keyring import Keyring
from include.imaging.qa.differences import Difference, Done, differences
from tests.support.deidentification import KEY, deidentifier
from tests.support.dicom import ct, decode, encode, package_files, probe

BASIC = deidentifier()
RESEARCH = Deidentifier(load_policy("research"), Keyring(KEY), "hospital")


def told(original: bytes, engine: Deidentifier = BASIC) -> dict[str, Difference]:
    """Differences by path; every path is told once."""
    made = engine.deidentify(original)
    assert isinstance(made, Deidentified)
    found = differences(original, made.data, Rules(engine.policy))
    assert found
    by_path = {" ".join(each.path): each for each in found if each.path[-1] != "private"}
    assert len(by_path) == len([each for each in found if each.path[-1] != "private"])
    return by_path


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_each_attribute_is_told_by_what_was_done(syntax: str) -> None:
    found = told(encode(ct(StationName="ROOM 7", StudyDate="20260102"), syntax))
    wanted = {
        "StationName": Done.REMOVED,
        "StudyDate": Done.EMPTIED,
        "PatientID": Done.PSEUDONYM,
        "PatientName": Done.PSEUDONYM,
        "StudyInstanceUID": Done.UID,
        "SOPClassUID": Done.KEPT,
        "Rows": Done.KEPT,
        "PixelData": Done.KEPT,
        "PatientIdentityRemoved": Done.ADDED,
    }
    assert {path: found[path].done for path in wanted} == wanted
    assert found["StationName"] == Difference(
        ("StationName",), "(0008,1010)", found["StationName"].vr, Done.REMOVED, "xxxx 9", ""
    )
    assert found["PixelData"].output == "512 bytes"
    assert found["Rows"].output == "16"


def test_what_the_policy_shifts_and_cleans_is_told_as_that() -> None:
    image = ct(StudyDate="20260102", StudyDescription="Richard CT of the chest")
    found = told(encode(image), RESEARCH)
    assert (found["StudyDate"].done, found["StudyDate"].original) == (Done.SHIFTED, "99999999")
    assert len(found["StudyDate"].output) == 8
    assert found["StudyDescription"].done is Done.CLEANED
    assert "Richard" not in found["StudyDescription"].output


def test_what_an_earlier_tool_said_of_itself_is_written_anew() -> None:
    found = told(encode(ct(PatientIdentityRemoved="NO", DeidentificationMethod="by hand")))
    for word in ("PatientIdentityRemoved", "DeidentificationMethod"):
        assert found[word].done is Done.ADDED
    assert found["DeidentificationMethod"].original == "xx xxxx"


def test_sequences_are_told_item_by_item() -> None:
    items = [Dataset(), Dataset()]
    for number, item in enumerate(items, 1):
        item.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        item.ReferencedSOPInstanceUID = f"1.2.826.0.1.77.{number}"
    found = told(encode(ct(DerivationCodeSequence=Sequence(items))))
    for number in (1, 2):
        row = found[f"DerivationCodeSequence[{number}] ReferencedSOPInstanceUID"]
        assert (row.done, row.original) == (Done.UID, "9.9.999.9.9.99.9")
        assert row.output.startswith("2.25.")
    assert "DerivationCodeSequence" not in found


def test_a_removed_sequence_is_one_row_that_counts_its_items() -> None:
    item = Dataset()
    item.RequestedProcedureID = "SECRET"
    found = told(encode(ct(RequestAttributesSequence=Sequence([item, Dataset()]))))
    row = found["RequestAttributesSequence"]
    assert (row.done, row.original, row.output) == (Done.REMOVED, "2 items", "")
    assert not any("RequestedProcedureID" in path for path in found)


def test_every_attribute_of_both_files_is_told() -> None:
    original, _values = probe()
    made = BASIC.deidentify(original)
    assert isinstance(made, Deidentified)
    found = differences(original, made.data, Rules(BASIC.policy))
    assert found
    tags = {each.tag for each in found if len(each.path) == 1}
    names = {each.path[0].partition("[")[0] for each in found}
    for tag in {*decode(original).keys(), *decode(made.data).keys()}:
        # a sequence that stays is told by what is in it
        assert f"({tag.group:04X},{tag.element:04X})" in tags or keyword_for_tag(tag) in names
    assert len(found) > 1200


def test_every_package_file_can_be_told() -> None:
    count = 0
    for path in package_files():
        original = path.read_bytes() if path.stat().st_size < 2**17 else b""
        made = RESEARCH.deidentify(original)
        if isinstance(made, Deidentified):
            count += 1
            assert differences(original, made.data, Rules(RESEARCH.policy)), path.name
    assert count > 50


def test_a_file_that_cannot_be_read_has_no_differences() -> None:
    assert differences(encode(ct()), b"no DICOM at all" * 50, Rules(BASIC.policy)) is None
    assert differences(encode(ct()), b"", Rules(BASIC.policy)) is None


def test_of_very_many_the_first_are_told() -> None:
    original = encode(ct())
    made = BASIC.deidentify(original)
    assert isinstance(made, Deidentified)
    found = differences(original, made.data, Rules(BASIC.policy), most=5)
    assert found is not None
    assert [each.path[0] for each in found][:2] == ["ImageType", "SOPClassUID"]
    assert len(found) == 5
