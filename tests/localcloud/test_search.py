"""SearchImageSets: each attribute, ranges, order and pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients, Stage, make_stage
from tests.support.samples import variant

STUDIES: tuple[dict[str, str], ...] = (
    {
        "PatientID": "first", "AccessionNumber": "A1", "StudyID": "S1", "StudyInstanceUID": "1.1",
        "SeriesInstanceUID": "1.1.1", "StudyDate": "20200101", "StudyTime": "080000",
    },
    {
        "PatientID": "second", "AccessionNumber": "A2", "StudyID": "S2", "StudyInstanceUID": "1.2",
        "SeriesInstanceUID": "1.2.1", "StudyDate": "20200102", "StudyTime": "120000.5",
    },
    {
        "PatientID": "third", "AccessionNumber": "A3", "StudyID": "S3", "StudyInstanceUID": "1.3",
        "SeriesInstanceUID": "1.3.1", "StudyDate": "20200102", "StudyTime": "180000",
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def filled(clients: Clients, local_cloud: LocalCloud) -> Stage:
    stage = make_stage(clients)
    for number, study in enumerate(STUDIES):
        stage.put(f"{number}/a.dcm", variant(**study))
        stage.run(f"{number}/")
    stage.put("other/a.dcm", variant(**{**STUDIES[0], "PatientID": "other"}))
    stage.run("other/")
    return stage


def patients(stage: Stage, *filters: dict[str, Any], **criteria: Any) -> list[str]:
    if filters:
        criteria["filters"] = list(filters)
    found = stage.search(searchCriteria=criteria)
    return [summary["DICOMTags"]["DICOMPatientId"] for summary in found]


def equal(**value: Any) -> dict[str, Any]:
    return {"operator": "EQUAL", "values": [value]}


def between(name: str, low: Any, high: Any) -> dict[str, Any]:
    return {"operator": "BETWEEN", "values": [{name: low}, {name: high}]}


@pytest.mark.parametrize(
    "wanted",
    [
        equal(DICOMPatientId="second"),
        equal(DICOMAccessionNumber="A2"),
        equal(DICOMStudyId="S2"),
        equal(DICOMStudyInstanceUID="1.2"),
        equal(DICOMSeriesInstanceUID="1.2.1"),
        equal(DICOMStudyDateAndTime={"DICOMStudyDate": "20200102", "DICOMStudyTime": "120000.5"}),
        between(
            "DICOMStudyDateAndTime",
            {"DICOMStudyDate": "20200101", "DICOMStudyTime": "235959"},
            {"DICOMStudyDate": "20200102", "DICOMStudyTime": "150000"},
        ),
    ],
    ids=["patient", "accession", "study-id", "study-uid", "series-uid", "moment", "period"],
)
def test_each_attribute_finds_its_image_set(filled: Stage, wanted: dict[str, Any]) -> None:
    assert patients(filled, wanted) == ["second"]


def test_a_study_date_alone_is_the_whole_day(filled: Stage) -> None:
    found = patients(filled, equal(DICOMStudyDateAndTime={"DICOMStudyDate": "20200102"}))
    assert sorted(found) == ["second", "third"]


def test_primary_image_sets_are_told_from_others(filled: Stage) -> None:
    assert patients(filled, equal(isPrimary=False)) == ["other"]
    assert len(patients(filled, equal(isPrimary=True))) == 3


def test_two_filters_both_hold(filled: Stage) -> None:
    now = datetime.now(UTC)
    recent = between("updatedAt", now - timedelta(hours=1), now + timedelta(hours=1))
    past = between("updatedAt", now - timedelta(hours=2), now - timedelta(hours=1))
    series = equal(DICOMSeriesInstanceUID="1.3.1")
    assert patients(filled, recent, series) == ["third"]
    assert patients(filled, past, series) == []


def test_the_last_changed_comes_first_unless_another_order_is_asked_for(filled: Stage) -> None:
    assert patients(filled) == ["other", "third", "second", "first"]
    by_study = {"sortField": "DICOMStudyDateAndTime", "sortOrder": "ASC"}
    assert patients(filled, sort=by_study) == ["first", "other", "second", "third"]


def test_a_search_comes_in_pages(filled: Stage) -> None:
    pages = list(
        filled.clients.imaging.get_paginator("search_image_sets").paginate(
            datastoreId=filled.datastore_id, PaginationConfig={"PageSize": 3}
        )
    )
    assert [len(page["imageSetsMetadataSummaries"]) for page in pages] == [3, 1]


def test_a_summary_has_the_tags_of_the_study(filled: Stage) -> None:
    [found] = filled.search(searchCriteria={"filters": [equal(DICOMPatientId="second")]})
    assert found["DICOMTags"] == {
        "DICOMPatientId": "second",
        "DICOMPatientName": "CompressedSamples^CT1",
        "DICOMPatientSex": "O",
        "DICOMStudyInstanceUID": "1.2",
        "DICOMStudyId": "S2",
        "DICOMStudyDescription": "e+1",
        "DICOMStudyDate": "20200102",
        "DICOMStudyTime": "120000.5",
        "DICOMAccessionNumber": "A2",
        "DICOMSeriesInstanceUID": "1.2.1",
        "DICOMSeriesModality": "CT",
        "DICOMSeriesNumber": 1,
        "DICOMNumberOfStudyRelatedSeries": 1,
        "DICOMNumberOfStudyRelatedInstances": 1,
    }
