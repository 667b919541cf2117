"""A data store is found by its name; what is fixed of it is told and never replaced."""

from __future__ import annotations

import uuid

import pytest

from include.imaging.errors import CustomerError
from include.infrastructure import plan
from include.infrastructure.datastores import DataStore
from include.infrastructure.plan import Action
from tests.support.cloud import Clients
from tests.support.environments import KEY


@pytest.fixture
def store(clients: Clients) -> DataStore:
    """A data store that is there and ACTIVE."""
    store = DataStore(
        clients.imaging, uuid.uuid4().hex, kms_key_arn=KEY, tags={"owner": "x"}, poll_seconds=0.05
    )
    plan.apply(store.properties())
    return store


def actions(store: DataStore) -> dict[str, str]:
    """The action of every property."""
    return {e.property: e.action.value for e in plan.look(store.properties())}


def test_a_new_data_store_has_what_is_wanted(store: DataStore) -> None:
    found = store.imaging.get_datastore(datastoreId=store.found_id() or "")["datastoreProperties"]
    assert (found["datastoreStatus"], found["kmsKeyArn"]) == ("ACTIVE", KEY)
    assert set(actions(store).values()) == {"keep"}


def test_a_data_store_that_was_deleted_is_made_again(store: DataStore) -> None:
    before = store.found_id()
    assert before
    store.imaging.delete_datastore(datastoreId=before)
    assert plan.apply(store.properties())[0].action is Action.MAKE
    assert store.found_id() not in (None, before)


def test_what_is_fixed_is_told_and_nothing_is_replaced(store: DataStore) -> None:
    other = DataStore(
        store.imaging,
        store.name,
        kms_key_arn=KEY.replace("0f", "1f"),
        storage_format="JPEG_2000_LOSSLESS",
    )
    entries = plan.apply(other.properties())
    assert {e.property: e.action.value for e in entries} == {
        "status": "keep",
        "storage format": "tell",
        "KMS key": "tell",
    }
    with pytest.raises(CustomerError, match="fixed when a data store is made"):
        plan.require_none_left(entries)
    assert other.found_id() == store.found_id()


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "altered"])
def test_tags_are_repaired_and_those_of_others_stay(store: DataStore, deleted: bool) -> None:
    found = store.imaging.get_datastore(datastoreId=store.found_id() or "")
    arn = found["datastoreProperties"]["datastoreArn"]
    store.imaging.tag_resource(resourceArn=arn, tags={"theirs": "1", "owner": "somebody"})
    if deleted:
        store.imaging.untag_resource(resourceArn=arn, tagKeys=["owner"])
    assert actions(store)["tags"] == ("make" if deleted else "change")
    plan.apply(store.properties())
    assert actions(store)["tags"] == "keep"
    tags = store.imaging.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == {"owner": "x", "theirs": "1"}


def test_a_name_of_two_data_stores_needs_an_id(store: DataStore) -> None:
    second = store.imaging.create_datastore(datastoreName=store.name)["datastoreId"]
    with pytest.raises(CustomerError, match="DATA_STORE_AMBIGUOUS") as caught:
        store.found_id()
    assert second in str(caught.value)
    assert DataStore(store.imaging, store.name, second).found_id() == second
