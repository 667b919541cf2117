"""Import jobs with metadata files: their attributes stand for those of the imported files."""

import json
from typing import Any

import pytest

from tests.support.cloud import Stage
from tests.support.samples import sample, variant

STUDY, SERIES = "1.2.3", "1.2.3.4"
UIDS = {"StudyInstanceUID": STUDY, "SeriesInstanceUID": SERIES}


def mapping(path: str, **uids: str) -> dict[str, str]:
    return {"studyInstanceUID": STUDY, "metadataFilePath": path, **uids}


def run(stage: Stage, *mappings: dict[str, str], prefix: str = "in/") -> dict[str, Any]:
    configuration = {"dicomJsonMetadataImportConfiguration": {"dicomMetadataMappings": mappings}}
    return stage.run(prefix, importConfiguration=configuration)


def put_json(stage: Stage, key: str, *objects: dict[str, Any]) -> None:
    stage.put(key, json.dumps(objects if len(objects) > 1 else objects[0]).encode())


def patient(name: str) -> dict[str, Any]:
    return {"00100010": {"vr": "PN", "Value": [{"Alphabetic": name}]}}


def of_instance(uid: str, number: int) -> dict[str, Any]:
    return {
        "00080018": {"vr": "UI", "Value": [uid]},
        "00200013": {"vr": "IS", "Value": [number]},
    }


def test_a_studys_metadata_file_replaces_attributes(stage: Stage) -> None:
    stage.put("in/a.dcm", variant(**UIDS))
    stage.put("in/b.dcm", variant(StudyInstanceUID="1.9", SeriesInstanceUID="1.9.1"))
    put_json(stage, "in/study.json", patient("New^Name"))
    job = run(stage, mapping("study.json"))
    assert job["jobStatus"] == "COMPLETED"
    assert stage.summary(job)["numberOfScannedFiles"] == 2
    names = {
        found["DICOMTags"]["DICOMStudyInstanceUID"]: found["DICOMTags"]["DICOMPatientName"]
        for found in stage.search()
    }
    assert names == {STUDY: "New^Name", "1.9": "CompressedSamples^CT1"}
    assert job["importConfiguration"]["dicomJsonMetadataImportConfiguration"] == {
        "dicomMetadataMappings": [mapping("study.json")]
    }


def test_the_pixels_and_the_uids_stay(stage: Stage) -> None:
    stage.put("in/a.dcm", variant(SOPInstanceUID="1.5", **UIDS))
    other = {"0020000D": {"vr": "UI", "Value": ["9.9"]}, **patient("New^Name")}
    put_json(stage, "in/study.json", other)
    run(stage, mapping("study.json"))
    [found] = stage.search()
    series = stage.metadata(found["imageSetId"])["Study"]["Series"][SERIES]
    [frame] = series["Instances"]["1.5"]["ImageFrames"]
    assert frame["MinPixelValue"] == 128
    assert found["DICOMTags"]["DICOMStudyInstanceUID"] == STUDY


def test_a_series_comes_after_its_study_and_an_object_can_be_for_one_instance(
    stage: Stage,
) -> None:
    stage.put("in/a.dcm", variant(SOPInstanceUID="1.5", **UIDS))
    stage.put("in/b.dcm", variant(SOPInstanceUID="1.6", **UIDS))
    put_json(stage, "in/study.json", patient("Of^Study"))
    put_json(
        stage, "in/series.json", patient("Of^Series"), of_instance("1.5", 5), of_instance("1.6", 6)
    )
    run(stage, mapping("series.json", seriesInstanceUID=SERIES), mapping("study.json"))
    [found] = stage.search()
    metadata = stage.metadata(found["imageSetId"])
    assert metadata["Patient"]["DICOM"]["PatientName"] == "Of^Series"
    instances = metadata["Study"]["Series"][SERIES]["Instances"]
    numbers = {uid: entry["DICOM"]["InstanceNumber"] for uid, entry in instances.items()}
    assert numbers == {"1.5": "5", "1.6": "6"}


def test_a_metadata_file_brings_its_character_set(stage: Stage) -> None:
    stage.put("in/a.dcm", variant(**UIDS))
    utf8 = {"00080005": {"vr": "CS", "Value": ["ISO_IR 192"]}}
    put_json(stage, "in/study.json", {**utf8, **patient("山田^太郎")})
    run(stage, mapping("study.json"))
    [found] = stage.search()
    assert found["DICOMTags"]["DICOMPatientName"] == "山田^太郎"


def test_a_character_set_that_cannot_hold_it_is_the_files_fault(stage: Stage) -> None:
    stage.put("in/a.dcm", variant(**UIDS))
    put_json(stage, "in/study.json", patient("山田^太郎"))
    job = run(stage, mapping("study.json"))
    [line] = stage.lines(job, "FAILURE/failure.ndjson")
    assert "SpecificCharacterSet" in line["exception"]["message"]


@pytest.mark.parametrize("content", [b"not JSON", b'["text"]', b'{"00100010": {"vr": 7}}', None])
def test_a_metadata_file_that_cannot_be_read_fails_the_job(
    stage: Stage, content: bytes | None
) -> None:
    stage.put("in/a.dcm", sample("CT_small.dcm"))
    if content is not None:
        stage.put("in/study.json", content)
    job = run(stage, mapping("study.json"))
    assert job["jobStatus"] == "FAILED"
    assert job["message"].startswith(("METADATA_FILE_INVALID", "NoSuchKey: GetObject"))
    assert stage.search() == []
