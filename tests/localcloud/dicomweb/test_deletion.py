"""WADO-RS: what is deleted while a retrieval is under way is not found, or comes whole."""

from collections.abc import Iterator, Mapping
from sqlite3 import Row

import pytest
from werkzeug.test import EnvironBuilder

from include.localcloud.dicomweb.pixels import PixelStore, pixel_store
from include.localcloud.dicomweb.resources import Resources
from include.localcloud.dicomweb.retrieve import Retrievals
from include.localcloud.dicomweb.routes import Action
from include.localcloud.errors import ResourceNotFoundError
from include.localcloud.importer import load_header
from tests.support.image_sets import Store, open_store
from tests.support.samples import variant

UIDS = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.1", "SOPInstanceUID": "1.2.1.1"}


@pytest.fixture
def store() -> Iterator[Store]:
    with open_store() as made:
        made.load(variant(**UIDS))
        yield made


@pytest.fixture
def path(store: Store) -> dict[str, str]:
    names = ("study", "series", "instance")
    return {"datastoreId": store.datastore_id, **dict(zip(names, UIDS.values(), strict=True))}


def delete(store: Store) -> None:
    store.call("DeleteImageSet", imageSetId=store.only())


class Deleting(Resources):
    """Finds a series, and deletes it before its instances are read."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.database)
        self._store = store

    def series(self, path: Mapping[str, str], image_set: str | None) -> Iterator[Row]:
        found = super().series(path, image_set)
        delete(self._store)
        return found


def pixels(store: Store, row: Row, frames: list[Row]) -> PixelStore:
    return pixel_store(row, frames, load_header(row), store.frames)


def test_pixel_data_deleted_before_it_is_opened_is_not_found(
    store: Store, path: dict[str, str]
) -> None:
    resources = Resources(store.database)
    row = resources.instance(path, None)
    frames = resources.frames(row)
    assert len(frames) == 1
    delete(store)
    with pytest.raises(ResourceNotFoundError):
        resources.frames(row)
    with pytest.raises(ResourceNotFoundError):
        pixels(store, row, frames)


def test_pixel_data_deleted_while_it_is_sent_comes_whole(
    store: Store, path: dict[str, str]
) -> None:
    resources = Resources(store.database)
    row = resources.instance(path, None)
    found = pixels(store, row, resources.frames(row))
    before = b"".join(found.stored(0))
    delete(store)
    assert len(before) == found.frames[0]["length"] > 0
    assert b"".join(found.stored(0)) == before


def test_a_series_deleted_before_its_metadata_is_read_is_not_found(
    store: Store, path: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    retrievals = Retrievals(store.state)
    monkeypatch.setattr(retrievals, "_resources", Deleting(store))
    action = Action("GetDICOMSeriesMetadata", {k: v for k, v in path.items() if k != "instance"})
    environ = EnvironBuilder(headers={"Accept": "application/dicom+json"}).get_environ()
    with pytest.raises(ResourceNotFoundError):
        retrievals.answer(action, environ)
