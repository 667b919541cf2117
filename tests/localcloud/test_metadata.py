"""Image set metadata: levels, values and VRs."""

import io
from pathlib import Path
from typing import Any

import pydicom
import pydicom.data
import pytest

from include.localcloud import metadata
from include.localcloud.metadata import describe, grouping
from tests.support.samples import sample, variant


def described(data: bytes) -> dict[str, Any]:
    return describe(pydicom.dcmread(io.BytesIO(data)))


def test_each_element_is_at_its_level() -> None:
    levels = described(sample("CT_small.dcm"))
    assert levels["Patient"]["DICOM"]["PatientName"] == "CompressedSamples^CT1"
    assert levels["Study"]["DICOM"]["StudyID"] == "1CT1"
    assert levels["Series"]["DICOM"]["Modality"] == "CT"
    instance = levels["Instance"]["DICOM"]
    assert instance["TransferSyntaxUID"] == "1.2.840.10008.1.2.1"
    assert instance["HighBit"] == 15
    assert instance["RescaleSlope"] == "1"
    assert instance["ImagePositionPatient"] == ["-158.135803", "-179.035797", "-75.699997"]
    assert instance["PixelData"] is None


def test_private_elements_tell_their_vr() -> None:
    instance = described(sample("CT_small.dcm"))["Instance"]
    assert instance["DICOMVRs"]["00090010"] == "LO"
    assert set(instance["DICOMVRs"]) == {k for k in instance["DICOM"] if k[0].isdigit()}


def test_an_empty_value_is_null_and_a_sequence_a_list() -> None:
    levels = described(variant("rtplan.dcm", PatientSex=""))
    assert levels["Patient"]["DICOM"]["PatientSex"] is None
    beams = levels["Instance"]["DICOM"]["BeamSequence"]
    assert beams[0]["BeamNumber"] == "1"


def test_names_in_other_character_sets_are_read() -> None:
    name = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    data = variant(SpecificCharacterSet=["", "ISO 2022 IR 87"], PatientName=name)
    assert described(data)["Patient"]["DICOM"]["PatientName"] == name


def test_grouping_elements_are_text_whatever_they_hold() -> None:
    found = grouping(described(variant(SeriesNumber=None)))
    assert found["SeriesNumber"] == ""
    assert found["PatientID"] == "1CT1"


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_the_fast_way_tells_the_same_as_the_careful_way(monkeypatch: pytest.MonkeyPatch) -> None:
    files = sorted(Path(pydicom.data.__file__).parent.glob("test_files/*.dcm"))
    fast = [tidy(describe(pydicom.dcmread(path, force=True))) for path in files]
    monkeypatch.setattr(metadata, "is_simple", lambda raw: False)
    careful = [tidy(describe(pydicom.dcmread(path, force=True))) for path in files]
    assert len(fast) > 50
    assert fast == careful


def tidy(value: Any) -> Any:
    """The careful way leaves some padding in lists; it means nothing."""
    if isinstance(value, dict):
        return {key: tidy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [tidy(item) for item in value]
    return value.strip(" \0") if isinstance(value, str) else value
