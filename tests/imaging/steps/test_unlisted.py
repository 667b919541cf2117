"""What an import job's output does not name is believed of the data store, not guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from include.imaging.catalog.results import PendingInstance
from include.imaging.steps.service import HeldImageSet, JobState
from include.imaging.steps.unlisted import look_for

PRIMARY, OTHER = "a" * 32, "b" * 32


class DataStore:
    """A data store of these image sets by series; it counts the searches."""

    def __init__(self, held: Mapping[str, list[HeldImageSet]]) -> None:
        self._held = held
        self.searched: list[str] = []

    def holds(self, series_instance_uid: str) -> Iterator[HeldImageSet]:
        self.searched.append(series_instance_uid)
        yield from self._held.get(series_instance_uid, [])

    def start(self, *, client_token: str, job_name: str, input_uri: str, output_uri: str) -> str:
        raise AssertionError(client_token, job_name, input_uri, output_uri)

    def find(self, job_name: str) -> str | None:
        raise AssertionError(job_name)

    def look(self, job_id: str) -> JobState:
        raise AssertionError(job_id)


def _pending(series: str, *uids: str, was_held: bool = False) -> list[PendingInstance]:
    return [PendingInstance(series, uid, was_held) for uid in uids]


def test_an_instance_that_an_image_set_holds_was_imported() -> None:
    store = DataStore({"1": [HeldImageSet(PRIMARY, 2, True, frozenset({"1.1", "1.9"}))]})
    (found,) = look_for(_pending("1", "1.1", "1.2"), store)
    assert (found.sop_instance_uid, found.image_set_id, found.image_set_version) == (
        "1.1",
        PRIMARY,
        2,
    )
    assert found.is_primary
    assert found.finding is not None
    assert found.finding.code == "FOUND_IN_DATA_STORE"


def test_what_was_there_before_the_job_proves_nothing() -> None:
    store = DataStore({"1": [HeldImageSet(PRIMARY, 1, True, frozenset({"1.1"}))]})
    assert list(look_for(_pending("1", "1.1", was_held=True), store)) == []
    assert store.searched == []


def test_the_primary_image_set_has_the_last_word() -> None:
    both = [
        HeldImageSet(PRIMARY, 3, True, frozenset({"1.1"})),
        HeldImageSet(OTHER, 1, False, frozenset({"1.1"})),
    ]
    found = list(look_for(_pending("1", "1.1"), DataStore({"1": both})))
    assert [entry.is_primary for entry in found] == [False, True]


def test_a_series_is_searched_once() -> None:
    store = DataStore({})
    pending = [*_pending("1", "1.1", "1.2", "1.3"), *_pending("2", "2.1")]
    assert list(look_for(pending, store)) == []
    assert store.searched == ["1", "2"]
