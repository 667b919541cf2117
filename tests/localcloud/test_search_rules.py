"""SearchImageSets: times, combinations of filters, and pages over what changes."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.image_sets import RefusedError, Store, open_store
from tests.support.samples import variant

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def stores() -> Iterator[Store]:
    with open_store() as opened:
        yield opened


@pytest.fixture
def store(stores: Store) -> Store:
    """Four series, the newest first in the default order: made 1, 2, 3 and 4 days ago."""
    store = stores.another()
    for day in (4, 3, 2, 1):
        store.load(
            variant(StudyInstanceUID=f"1.{day}", SeriesInstanceUID=f"1.{day}.1", PatientID=f"{day}")
        )
        moment = (NOW - timedelta(days=day)).timestamp() + 0.25
        with store.database.writing() as connection:
            connection.execute(
                "UPDATE image_sets SET created_at = ?1, updated_at = ?1 WHERE datastore_id = ?2"
                " AND patient_id = ?3",
                (moment, store.datastore_id, str(day)),
            )
    return store


def days(found: list[dict[str, Any]]) -> list[str]:
    return [summary["DICOMTags"]["DICOMPatientId"] for summary in found]


def equal(**value: Any) -> dict[str, Any]:
    return {"operator": "EQUAL", "values": [value]}


def between(name: str, low: Any, high: Any) -> dict[str, Any]:
    return {"operator": "BETWEEN", "values": [{name: low}, {name: high}]}


@pytest.mark.parametrize("name", ["createdAt", "updatedAt"])
def test_a_time_stands_for_its_whole_second(store: Store, name: str) -> None:
    two, three = NOW - timedelta(days=2), NOW - timedelta(days=3)
    assert days(store.search(filters=[equal(**{name: two})])) == ["2"]
    assert days(store.search(filters=[between(name, three, two)])) == ["2", "3"]
    assert days(store.search(filters=[between(name, two, three)])) == []


def test_either_of_two_equal_values_is_found(store: Store) -> None:
    wanted = {"operator": "EQUAL", "values": [{"DICOMPatientId": "1"}, {"DICOMPatientId": "4"}]}
    assert days(store.search(filters=[wanted])) == ["1", "4"]


@pytest.mark.parametrize(
    ("field", "order", "first"),
    [("createdAt", "ASC", "4"), ("createdAt", "DESC", "1"), ("updatedAt", "ASC", "4")],
)
def test_the_order_is_as_asked_for(store: Store, field: str, order: str, first: str) -> None:
    found = store.search(sort={"sortField": field, "sortOrder": order})
    assert days(found)[0] == first


@pytest.mark.parametrize(
    "values", [[{"createdAt": NOW}], [{"createdAt": NOW}, {"isPrimary": True}]]
)
def test_between_takes_two_values_of_one_attribute(store: Store, values: list[Any]) -> None:
    with pytest.raises(RefusedError, match="400 ValidationException"):
        store.search(filters=[{"operator": "BETWEEN", "values": values}])


def test_pages_go_on_when_image_sets_come_and_go(store: Store) -> None:
    first = store.call("SearchImageSets", maxResults=2)
    assert days(first["imageSetsMetadataSummaries"]) == ["1", "2"]
    store.load(variant(StudyInstanceUID="1.9", SeriesInstanceUID="1.9.1", PatientID="9"))
    for summary in first["imageSetsMetadataSummaries"]:
        store.call("DeleteImageSet", imageSetId=summary["imageSetId"])
    rest = store.call("SearchImageSets", maxResults=2, nextToken=first["nextToken"])
    assert days(rest["imageSetsMetadataSummaries"]) == ["3", "4"]
    assert "nextToken" not in rest


def test_a_token_is_for_the_same_search(store: Store) -> None:
    token = store.call("SearchImageSets", maxResults=1)["nextToken"]
    criteria = {"filters": [equal(isPrimary=True)]}
    with pytest.raises(RefusedError, match="another listing"):
        store.call("SearchImageSets", searchCriteria=criteria, nextToken=token)


@pytest.mark.parametrize("token", ["MQ==", "bnVsbA==", "WzFd", "W1sxXSxbMV1d", "€", "x" * 8192])
def test_a_forged_token_is_refused(store: Store, token: str) -> None:
    with pytest.raises(RefusedError, match="400 ValidationException"):
        store.call("SearchImageSets", nextToken=token)


def test_any_two_filters_are_taken_unless_the_dialect_says_otherwise(store: Store) -> None:
    recent = between("updatedAt", NOW - timedelta(days=9), NOW)
    series = equal(DICOMSeriesInstanceUID="1.3.1")
    patient = equal(DICOMPatientId="3")
    assert days(store.search(filters=[patient, series])) == ["3"]
    with open_store(search_filters="documented") as strict:
        assert strict.search(filters=[recent, series]) == []
        assert strict.search(filters=[patient]) == []
        two = {"operator": "EQUAL", "values": [{"DICOMPatientId": "1"}, {"DICOMPatientId": "4"}]}
        text = between("DICOMPatientId", "1", "3")
        for refused in ([patient, series], [two], [text]):
            with pytest.raises(RefusedError, match="400 ValidationException"):
                strict.search(filters=refused)


def test_a_used_token_is_the_same_call_in_the_other_dialect() -> None:
    with open_store(client_token="ignore") as lenient:
        given = {"clientToken": "once", "datastoreName": "first"}
        made = lenient.call("CreateDatastore", **given)
        again = lenient.call("CreateDatastore", clientToken="once", datastoreName="second")
        assert made["datastoreId"] == again["datastoreId"]


@pytest.mark.parametrize("place", [[], [1], [1, 2, 3], [{}, 1], [None, 1], [1 << 80, 1], {"a": 1}])
def test_a_token_with_a_forged_place_is_refused(store: Store, place: Any) -> None:
    token = store.call("SearchImageSets", maxResults=1)["nextToken"]
    listing, _ = json.loads(base64.urlsafe_b64decode(token))
    forged = base64.urlsafe_b64encode(json.dumps([listing, place]).encode()).decode()
    with pytest.raises(RefusedError, match="nextToken is not valid"):
        store.call("SearchImageSets", nextToken=forged)
