"""Objects in a bucket, small and in parts."""

import io

import pytest

from include.imaging import store as module
from include.imaging.errors import CustomerError
from include.imaging.store import S3Store
from tests.support.cloud import Clients
from tests.support.landing import new_store

PART = 5 * 1024 * 1024


@pytest.fixture
def store(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> S3Store:
    monkeypatch.setattr(module, "PARTS_ABOVE", PART)
    return new_store(clients)


@pytest.mark.parametrize("length", [0, 1, PART - 1, PART, 2 * PART + 1])
@pytest.mark.parametrize("kind", [bytes, io.BytesIO])
def test_an_object_is_written_whole_whatever_its_size(
    store: S3Store, length: int, kind: type
) -> None:
    body = b"x" * length
    etag = store.put("key", kind(body))
    assert [(each.size, each.etag) for each in store.listing("key")] == [(length, etag)]
    assert store.get("key") == body
    assert etag.endswith('-1"') is (PART <= length < 8 * 1024 * 1024)


def test_an_object_in_parts_replaces_what_lay_there_and_is_known_by_its_etag(
    store: S3Store,
) -> None:
    old = store.put("key", b"old")
    new = store.put("key", b"n" * PART)
    assert store.get_range("key", PART - 2, 2, new) == b"nn"
    with pytest.raises(CustomerError, match="LANDING_OBJECT_GONE"):
        store.get_range("key", 0, 2, old)
