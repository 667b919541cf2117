"""QIDO-RS: what is found by what, what is told of it, in which order."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydicom import Dataset
from pydicom.datadict import tag_for_keyword

from include.localcloud.dicomweb.attributes import TABLE
from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients, Stage, make_stage
from tests.support.dicomweb import Web, make_web
from tests.support.samples import variant

CHEST = {"StudyInstanceUID": "1.2.1", "StudyDate": "20200229", "StudyTime": "101530"}
HEAD = {"StudyInstanceUID": "1.2.2", "StudyDate": "20210101", "StudyTime": "2301"}


def fill(stage: Stage) -> None:
    """Two studies: two series of CT and MR, and one of CT with two instances."""
    named: dict[str, Any] = {"PatientName": "Thomas^Albert", "PatientID": "200965981abc"}
    chest = {**CHEST, **named, "StudyDescription": "Nuclear [chest]", "AccessionNumber": "A1"}
    head = {**HEAD, "PatientName": "Yamada^Tarou=山田^太郎", "PatientID": "7", "PatientSize": "1.8"}
    head["SpecificCharacterSet"] = "ISO_IR 192"
    ct = {"SeriesInstanceUID": "1.2.1.1", "SeriesNumber": 7, "SOPInstanceUID": "1.2.1.1.1"}
    mr = {"SeriesInstanceUID": "1.2.1.2", "SeriesNumber": 2, "Modality": "MR"}
    stage.put("a/1.dcm", variant(**chest, **ct))
    stage.put("a/2.dcm", variant(**chest, **mr, SOPInstanceUID="1.2.1.2.1"))
    other = {"SeriesInstanceUID": "1.2.2.1", "SeriesNumber": 5}
    stage.put("b/1.dcm", variant(**head, **other, InstanceNumber=9, SOPInstanceUID="1.2.2.1.1"))
    stage.put("b/2.dcm", variant(**head, **other, InstanceNumber=3, SOPInstanceUID="1.2.2.1.2"))
    stage.run("a/")
    stage.run("b/")


@pytest.fixture(scope="module")
def filled(local_cloud: LocalCloud, clients: Clients) -> Iterator[Web]:
    """A filled data store that no test changes."""
    stage = make_stage(clients)
    fill(stage)
    web = make_web(local_cloud.url, stage.datastore_id)
    yield web
    web.session.close()


def uids(web: Web, path: str, keyword: str = "0020000D", **query: Any) -> list[str]:
    answer = web.get(path, "application/dicom+json", **query)
    assert answer.status_code == 200, answer.text
    return [found[keyword]["Value"][0] for found in answer.json()]


def test_a_study_tells_what_it_holds(filled: Web) -> None:
    answer = filled.get("/studies", StudyInstanceUID="1.2.1")
    assert answer.headers["Content-Type"] == "application/dicom+json"
    [study] = answer.json()
    told = {number: element.get("Value") for number, element in study.items()}
    assert told["00080061"] == ["CT", "MR"]
    assert (told["00201206"], told["00201208"]) == ([2], [2])
    assert told["00100010"] == [{"Alphabetic": "Thomas^Albert"}]
    assert told["00081190"] == [f"{filled.url}/studies/1.2.1"]
    assert told["00080056"] == ["ONLINE"]
    assert told["00080020"] == ["20200229"]
    assert "00081030" not in told
    assert "00080060" not in told


def test_names_are_told_by_their_groups(filled: Web) -> None:
    [study] = filled.get("/studies", PatientID="7").json()
    assert study["00100010"]["Value"] == [
        {"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎"}
    ]


def test_what_was_updated_last_comes_first(filled: Web) -> None:
    assert uids(filled, "/studies") == ["1.2.2", "1.2.1"]


def test_series_and_instances_come_by_their_numbers(filled: Web) -> None:
    assert uids(filled, "/series", "0020000E") == ["1.2.1.2", "1.2.2.1", "1.2.1.1"]
    assert uids(filled, "/studies/1.2.1/series", "0020000E") == ["1.2.1.2", "1.2.1.1"]
    path = "/studies/1.2.2/series/1.2.2.1/instances"
    assert uids(filled, path, "00080018") == ["1.2.2.1.2", "1.2.2.1.1"]
    assert len(uids(filled, "/studies/1.2.1/instances", "00080018")) == 2
    assert len(uids(filled, "/instances", "00080018")) == 4


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"StudyDate": "20200229"}, ["1.2.1"]),
        ({"StudyDate": "20200301-"}, ["1.2.2"]),
        ({"StudyDate": "-20201231"}, ["1.2.1"]),
        ({"StudyDate": "20200101-20211231"}, ["1.2.2", "1.2.1"]),
        ({"StudyTime": "10"}, ["1.2.1"]),
        ({"StudyTime": "101531-"}, ["1.2.2"]),
        ({"StudyTime": "1015-1015"}, ["1.2.1"]),
        ({"00080050": "A1"}, ["1.2.1"]),
        ({"0008,0050": "A1"}, ["1.2.1"]),
        ({"PatientID": "200965981???"}, ["1.2.1"]),
        ({"PatientID": "200965981?"}, []),
        ({"StudyDescription": "*[chest]"}, ["1.2.1"]),
        ({"StudyDescription": "*nuclear*"}, []),
        ({"ModalitiesInStudy": "MR"}, ["1.2.1"]),
        ({"ModalitiesInStudy": "CT"}, ["1.2.2", "1.2.1"]),
        ({"PatientName": "thomas^a*"}, ["1.2.1"]),
        ({"PatientName": "山田*"}, ["1.2.2"]),
        ({"PatientName": "alb", "fuzzymatching": "true"}, ["1.2.1"]),
        ({"PatientName": '"Thomas^Albert"', "fuzzymatching": "true"}, ["1.2.1"]),
        ({"PatientName": "hom", "fuzzymatching": "true"}, []),
        ({"StudyInstanceUID": "1.2.1,1.2.2"}, ["1.2.2", "1.2.1"]),
        ({"StudyInstanceUID": r"1.2.2\1.2.9"}, ["1.2.2"]),
        ({"PatientID": ""}, ["1.2.2", "1.2.1"]),
        ({"limit": 1, "offset": 1}, ["1.2.1"]),
        ({"offset": 1_000_000}, []),
    ],
)
def test_studies_are_found_by(filled: Web, query: dict[str, Any], found: list[str]) -> None:
    assert uids(filled, "/studies", **query) == found


def test_searches_across_studies_take_keys_of_every_level(filled: Web) -> None:
    assert uids(filled, "/series", "0020000E", PatientID="7", Modality="CT") == ["1.2.2.1"]
    query = {"StudyDate": "20200229", "Modality": "M?", "SeriesNumber": "2"}
    assert uids(filled, "/instances", "00080018", **query) == ["1.2.1.2.1"]
    assert uids(filled, "/instances", "00080018", SOPInstanceUID="1.2.2.1.1") == ["1.2.2.1.1"]
    assert uids(filled, "/series", "0020000E", ModalitiesInStudy="MR", Modality="CT") == ["1.2.1.1"]


def test_nothing_found_is_an_empty_list(filled: Web) -> None:
    for path in ("/studies/1.9/series", "/studies/1.9/instances", "/studies?PatientID=nobody"):
        assert (filled.get(path).status_code, filled.get(path).json()) == (200, [])


def test_more_can_be_asked_for(filled: Web) -> None:
    query = {"StudyInstanceUID": "1.2.2", "includefield": ["00101020", "StudyDescription"]}
    [study] = filled.get("/studies", **query).json()
    assert study["00101020"] == {"vr": "DS", "Value": [1.8]}
    assert "00081030" in study
    [study] = filled.get("/studies?StudyInstanceUID=1.2.2&includefield=all").json()
    assert study["00101020"]["Value"] == [1.8]
    assert "00280010" not in study
    [series] = filled.get("/series?SeriesInstanceUID=1.2.1.1&includefield=all").json()
    assert series["00080070"]["Value"] == ["GE MEDICAL SYSTEMS"]
    [instance] = filled.get("/instances?SOPInstanceUID=1.2.1.1.1&includefield=all").json()
    assert {"00280030", "00191002"} <= instance.keys()
    assert "7FE00010" not in instance


def test_what_is_no_attribute_of_the_level_is_left_out(filled: Web) -> None:
    [plain] = filled.get("/studies?PatientID=7").json()
    [study] = filled.get("/studies?PatientID=7&includefield=Rows,nonsense&includefield=").json()
    assert study == plain


def test_private_attributes_come_with_their_creator(filled: Web) -> None:
    path = "/instances?SOPInstanceUID=1.2.1.1.1&includefield=00191002"
    [without] = filled.get(path).json()
    assert "00191002" not in without
    [instance] = filled.get(f"{path}&00190010=GEMS_ACQU_01").json()
    assert instance["00190010"]["Value"] == ["GEMS_ACQU_01"]
    assert instance["00191002"]["Value"] == [912]
    [other] = filled.get(f"{path}&00190010=Philips").json()
    assert "00191002" not in other


def test_parts_of_sequences_can_be_asked_for(stage: Stage, web: Web) -> None:
    item = Dataset()
    item.CodeValue, item.CodeMeaning = "T-1", "not asked for"
    stage.put("in/a.dcm", variant(ProcedureCodeSequence=[item]))
    stage.run("in/")
    [study] = web.get("/studies?includefield=00081032.00080100").json()
    assert study["00081032"]["Value"] == [{"00080100": {"vr": "SH", "Value": ["T-1"]}}]


def test_a_warning_is_found(stage: Stage, web: Web) -> None:
    stage.put("in/a.dcm", variant(StudyDescription="x" * 300))
    stage.put("in/b.dcm", variant(SOPInstanceUID="1.2.3"))
    stage.run("in/")
    [study] = stage.search()
    tags = study["DICOMTags"]
    path = f"/studies/{tags['DICOMStudyInstanceUID']}/series/{tags['DICOMSeriesInstanceUID']}"
    [warned] = web.get(f"{path}/instances?WarningReason=45571").json()
    assert warned["00081196"] == {"vr": "US", "Value": [45571]}
    assert len(web.get(f"{path}/instances?WarningReason=455*").json()) == 1
    assert len(web.get(f"{path}/instances").json()) == 2
    shorter = {"SchemaVersion": 1.1, "Study": {"DICOM": {"StudyDescription": "short"}}}
    stage.clients.imaging.update_image_set_metadata(
        datastoreId=stage.datastore_id,
        imageSetId=study["imageSetId"],
        latestVersionId=str(study["version"]),
        updateImageSetMetadataUpdates={
            "DICOMUpdates": {"updatableAttributes": json.dumps(shorter).encode()}
        },
    )
    assert len(web.get("/studies?StudyDescription=short").json()) == 1
    assert len(web.get(f"{path}/instances?WarningReason=45571").json()) == 1


def test_only_primary_image_sets_are_found_unless_one_is_named(stage: Stage, web: Web) -> None:
    both = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.1"}
    stage.put("a/1.dcm", variant(**both, PatientID="first", SOPInstanceUID="1.2.1.1"))
    stage.put("b/1.dcm", variant(**both, PatientID="second", SOPInstanceUID="1.2.1.1"))
    stage.run("a/")
    stage.run("b/")
    [other] = [found["imageSetId"] for found in stage.search() if not found["isPrimary"]]
    [study] = web.get("/studies").json()
    assert study["00100020"]["Value"] == ["first"]
    [study] = web.get(f"/studies?imageSetId={other}").json()
    assert study["00100020"]["Value"] == ["second"]
    path = "/studies/1.2/series/1.2.1/instances/1.2.1.1/metadata"
    [told] = web.get(f"{path}?imageSetId={other}").json()
    assert told["00100020"]["Value"] == ["second"]


def test_an_import_is_found_at_once_and_a_deleted_image_set_no_more(web: Web, stage: Stage) -> None:
    fill(stage)
    assert len(uids(web, "/studies")) == 2
    again = {"SeriesInstanceUID": "1.2.1.1", "SeriesNumber": 7, "AccessionNumber": "A1"}
    data = variant(
        **CHEST, **again, PatientID="200965981abc", StudyDescription="New", SOPInstanceUID="1.9"
    )
    stage.put("c/1.dcm", data)
    stage.run("c/")
    assert uids(web, "/studies", StudyDescription="New") == ["1.2.1"]
    [study] = web.get("/studies?StudyDescription=New").json()
    assert study["00201208"]["Value"] == [3]
    for found in stage.search():
        stage.clients.imaging.delete_image_set(
            datastoreId=stage.datastore_id, imageSetId=found["imageSetId"]
        )
    assert web.get("/studies").json() == []


@pytest.mark.parametrize(
    "query",
    [
        "PatientSex=F",
        "Modality=CT",
        "SOPInstanceUID=1",
        "nonsense=1",
        "limit=0",
        "limit=1001",
        "limit=x",
        "offset=-1",
        "offset=1000001",
        "fuzzymatching=maybe",
        "StudyDate=2020",
        "StudyDate=-",
        "StudyTime=later",
        "imageSetId=short",
        "PatientID=a&PatientID=b",
        "&".join(["includefield=PatientSize"] * 51),
        "00191002=912",
    ],
)
def test_a_wrong_query_is_refused(filled: Web, query: str) -> None:
    answer = filled.get(f"/studies?{query}")
    assert answer.status_code == 400
    assert answer.headers["x-amzn-ErrorType"] == "ValidationException"


def test_only_json_is_served(filled: Web) -> None:
    assert filled.get("/studies", "application/dicom+xml").status_code == 406
    assert filled.get("/studies", "text/html, application/json;q=0.1").status_code == 200


def test_every_attribute_of_the_table_is_one_of_the_dictionary() -> None:
    keywords = [
        k for level in json.loads(TABLE.read_text()).values() for p in level.values() for k in p
    ]
    assert len(keywords) > 150
    assert [keyword for keyword in keywords if tag_for_keyword(keyword) is None] == []
