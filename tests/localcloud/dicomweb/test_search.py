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
from tests.support.dicomweb import Web, fill, make_web, uids
from tests.support.samples import variant


@pytest.fixture(scope="module")
def filled(local_cloud: LocalCloud, clients: Clients) -> Iterator[Web]:
    """A filled data store that no test changes."""
    stage = make_stage(clients)
    fill(stage)
    web = make_web(local_cloud.url, stage.datastore_id)
    yield web
    web.session.close()


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
        ({"StudyInstanceUID": ",".join([*map(str, range(600)), "1.2.2"])}, ["1.2.2"]),
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
