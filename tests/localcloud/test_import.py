"""Import jobs over real files: what goes in, what comes out, and what is told about it."""

from dataclasses import replace
from typing import Any

import pytest
from pydicom.uid import generate_uid

from include.localcloud.job_input import JobInputError, list_input
from include.localcloud.quotas import JobLimits, read_quotas
from tests.support.cloud import Stage
from tests.support.samples import sample, variant

SUCCESS, FAILURE, WARNING = (
    "SUCCESS/success.ndjson",
    "FAILURE/failure.ndjson",
    "WARNING/warning.ndjson",
)
SERIES = {"SeriesInstanceUID": "1.2.3.4", "StudyInstanceUID": "1.2.3"}


def run_three_files(stage: Stage) -> dict[str, Any]:
    stage.put("in/one.dcm", variant(**SERIES))
    stage.put("in/deep/two.dcm", variant(**SERIES))
    stage.put("in/readme.txt", b"not DICOM")
    return stage.run("in/", jobName="journey")


def test_a_job_writes_into_a_folder_of_its_own(stage: Stage) -> None:
    job = run_three_files(stage)
    folder = f"{stage.datastore_id}-DicomImport-{job['jobId']}/"
    assert job["jobStatus"] == "COMPLETED"
    assert job["outputS3Uri"] == f"s3://{stage.results}/out/{folder}"
    assert job["endedAt"] >= job["submittedAt"]


def test_the_manifest_is_as_the_service_documents_it(stage: Stage) -> None:
    job = run_three_files(stage)
    [found] = stage.search()
    assert stage.summary(job) == {
        "jobId": job["jobId"],
        "datastoreId": stage.datastore_id,
        "inputS3Uri": f"s3://{stage.source}/in/",
        "outputS3Uri": job["outputS3Uri"],
        "successOutputS3Uri": job["outputS3Uri"] + "SUCCESS/",
        "failureOutputS3Uri": job["outputS3Uri"] + "FAILURE/",
        "warningsOutputS3Uri": job["outputS3Uri"] + "WARNING/",
        "numberOfScannedFiles": 3,
        "numberOfImportedFiles": 2,
        "numberOfFilesWithCustomerError": 1,
        "numberOfFilesWithServerError": 0,
        "numberOfGeneratedImageSets": 1,
        "imageSetsSummary": [
            {
                "imageSetId": found["imageSetId"],
                "imageSetVersion": 1,
                "isPrimary": True,
                "numberOfMatchedSOPInstances": 2,
            }
        ],
    }


def test_the_lists_name_every_file_once(stage: Stage) -> None:
    job = run_three_files(stage)
    [found] = stage.search()
    response = {"imageSetId": found["imageSetId"], "isPrimary": True}
    assert stage.lines(job, SUCCESS) == [
        {"inputFile": "in/deep/two.dcm", "importResponse": response},
        {"inputFile": "in/one.dcm", "importResponse": response},
    ]
    fault = {
        "exceptionType": "ValidationException",
        "message": "DICOM attributes does not exist",
    }
    assert stage.lines(job, FAILURE) == [{"inputFile": "in/readme.txt", "exception": fault}]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "DICOM attributes does not exist"),
        (b"\0" * 128 + b"DICM", "DICOM attributes does not exist"),
        (sample("meta_missing_tsyntax.dcm"), "DICOM attribute TransferSyntaxUID does not exist"),
        (sample("ExplVR_LitEndNoMeta.dcm"), "DICOM attribute TransferSyntaxUID does not exist"),
        (sample("DICOMDIR"), "DICOM attribute SOPClassUID does not exist"),
        (variant(StudyInstanceUID=""), "DICOM attribute StudyInstanceUID does not exist"),
        (
            variant(SeriesInstanceUID="1." + "2" * 300),
            "DICOM attribute SeriesInstanceUID exceeds the maximum length",
        ),
        (variant()[:900], "DICOM attribute StudyInstanceUID does not exist"),
    ],
    ids=["empty", "header", "no-syntax", "no-meta", "dicomdir", "no-study", "long-uid", "cut"],
)
def test_a_file_that_cannot_be_imported_is_told_with_its_reason(
    stage: Stage, data: bytes, message: str
) -> None:
    stage.put("in/bad.dcm", data)
    stage.put("in/good.dcm", variant())
    job = stage.run("in/")
    [failure] = stage.lines(job, FAILURE)
    assert failure["inputFile"] == "in/bad.dcm"
    assert failure["exception"]["message"] == message
    assert len(stage.lines(job, SUCCESS)) == 1


def test_values_that_are_too_long_are_imported_with_a_warning(stage: Stage) -> None:
    stage.put("in/a.dcm", variant(StudyDescription="x" * 300))
    job = stage.run("in/")
    [line] = stage.lines(job, WARNING)
    [warning] = line["importResponse"]["warnings"]
    assert warning["warning_reason_code"] == 45571
    assert line["importResponse"]["imageSetVersion"] == 1
    assert len(stage.lines(job, SUCCESS)) == 1


def test_long_uids_and_leading_zeros_are_no_fault(stage: Stage) -> None:
    uids = {"SeriesInstanceUID": "0.01." + "7" * 251, "StudyInstanceUID": "00.1"}
    stage.put("in/a.dcm", variant(**uids))
    job = stage.run("in/")
    [line] = stage.lines(job, SUCCESS)
    assert line["inputFile"] == "in/a.dcm"
    with pytest.raises(stage.clients.s3.exceptions.NoSuchKey):
        stage.lines(job, WARNING)


def test_a_uid_of_letters_is_imported_with_a_warning(stage: Stage) -> None:
    stage.put("in/a.dcm", variant(SeriesInstanceUID="1.2.a"))
    [line] = stage.lines(stage.run("in/"), WARNING)
    [warning] = line["importResponse"]["warnings"]
    assert warning["warning_reason_code"] == 45570


def test_a_sop_class_that_differs_is_imported_with_a_warning(stage: Stage) -> None:
    secondary = b"1.2.840.10008.5.1.4.1.1.7\0"
    ct = b"1.2.840.10008.5.1.4.1.1.2\0"
    data = variant()
    assert data.count(ct) == 2
    stage.put("in/a.dcm", data.replace(ct, secondary, 1))
    [line] = stage.lines(stage.run("in/"), WARNING)
    [warning] = line["importResponse"]["warnings"]
    assert (warning["warning_reason_code"], warning["type"]) == (45063, "SopClassDataMismatch")


def test_pixels_that_cannot_be_decoded_are_kept_as_a_blob(stage: Stage) -> None:
    stage.put("in/a.dcm", variant(PixelData=b"\1\0" * 100))
    job = stage.run("in/")
    [line] = stage.lines(job, WARNING)
    assert line["importResponse"]["warnings"][0]["warning_reason_code"] == 45312
    [found] = stage.search()
    [instance] = instances_of(stage.metadata(found["imageSetId"]))
    [frame] = instance["ImageFrames"]
    assert frame["MinPixelValue"] is None
    answer = stage.clients.imaging.get_image_frame(
        datastoreId=stage.datastore_id,
        imageSetId=found["imageSetId"],
        imageFrameInformation={"imageFrameId": frame["ID"]},
    )
    assert answer["imageFrameBlob"].read() == b"\1\0" * 100
    assert answer["contentType"] == "application/octet-stream"


def test_a_series_in_two_jobs_is_one_image_set_in_two_versions(stage: Stage) -> None:
    stage.put("one/a.dcm", variant(**SERIES))
    stage.put("two/b.dcm", variant(**SERIES))
    stage.run("one/")
    job = stage.run("two/")
    [found] = stage.search()
    assert (found["version"], found["isPrimary"]) == (2, True)
    assert found["DICOMTags"]["DICOMNumberOfStudyRelatedInstances"] == 2
    assert stage.summary(job)["imageSetsSummary"][0]["imageSetVersion"] == 2
    assert len(instances_of(stage.metadata(found["imageSetId"]))) == 2
    assert len(instances_of(stage.metadata(found["imageSetId"], versionId="1"))) == 1
    versions = stage.clients.imaging.list_image_set_versions(
        datastoreId=stage.datastore_id, imageSetId=found["imageSetId"]
    )["imageSetPropertiesList"]
    assert [version["versionId"] for version in versions] == ["2", "1"]


def test_an_instance_that_comes_again_replaces_itself_in_a_new_version(stage: Stage) -> None:
    uid = generate_uid()
    stage.put("one/a.dcm", variant(SOPInstanceUID=uid, InstanceNumber=1, **SERIES))
    stage.put("two/a.dcm", variant(SOPInstanceUID=uid, InstanceNumber=2, **SERIES))
    stage.run("one/")
    stage.run("two/")
    [found] = stage.search()
    assert found["version"] == 2
    for version, number in (("1", "1"), ("2", "2")):
        metadata = stage.metadata(found["imageSetId"], versionId=version)
        [instance] = instances_of(metadata)
        assert instance["DICOM"]["InstanceNumber"] == number


def test_a_series_under_another_patient_is_not_primary(stage: Stage) -> None:
    stage.put("one/a.dcm", variant(PatientID="a", **SERIES))
    stage.put("two/b.dcm", variant(PatientID="b", **SERIES))
    stage.run("one/")
    job = stage.run("two/")
    assert stage.lines(job, SUCCESS)[0]["importResponse"]["isPrimary"] is False
    assert sorted(found["isPrimary"] for found in stage.search()) == [False, True]


def test_two_variants_of_a_series_in_one_job_do_not_merge(stage: Stage) -> None:
    stage.put("in/a.dcm", variant(PatientID="a", **SERIES))
    stage.put("in/b.dcm", variant(PatientID="b", **SERIES))
    job = stage.run("in/")
    assert stage.summary(job)["numberOfGeneratedImageSets"] == 2
    assert sorted(found["isPrimary"] for found in stage.search()) == [False, True]


def test_a_job_over_an_empty_prefix_completes_with_nothing(stage: Stage) -> None:
    job = stage.run("nothing/")
    assert job["jobStatus"] == "COMPLETED"
    assert stage.summary(job)["numberOfScannedFiles"] == 0


def test_a_job_whose_bucket_does_not_exist_fails_and_says_so(stage: Stage) -> None:
    job = stage.run(inputS3Uri="s3://no-such-bucket/in/")
    assert job["jobStatus"] == "FAILED"
    assert job["message"].startswith("NoSuchBucket: ListObjectsV2 failed")


@pytest.mark.parametrize("name", ["file_counts", "file_size", "folder_counts"])
def test_an_input_beyond_a_quota_is_too_much(stage: Stage, name: str) -> None:
    for number in range(3):
        stage.put(f"in/{number}/a", b"x")
    s3, uri = stage.clients.s3, f"s3://{stage.source}/in/"
    enough = JobLimits(files=3, bytes=3, file_bytes=3, folders=3)
    assert len(list_input(s3, uri, None, enough)) == 3
    member = {"file_counts": "files", "file_size": "bytes", "folder_counts": "folders"}[name]
    with pytest.raises(JobInputError, match=f"{name.upper()}_LIMIT"):
        list_input(s3, uri, None, replace(enough, **{member: 2}))


def test_the_quotas_of_a_job_are_the_services() -> None:
    assert read_quotas().job == JobLimits(5_000, 10 * 1024**3, 10 * 1024**3, 10_000)


def instances_of(metadata: dict[str, Any]) -> list[dict[str, Any]]:
    every = metadata["Study"]["Series"].values()
    return [instance for series in every for instance in series["Instances"].values()]
