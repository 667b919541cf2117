"""Step stage: every item of a shard lands once, with its hashes, facts and findings."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from include.imaging.dicom.header import read_facts
from include.imaging.landing import bundles
from include.imaging.steps import stage
from include.imaging.store import S3Store
from tests.support.cloud import Clients
from tests.support.containers import tar_of, zip_of
from tests.support.landing import (
    KEYS,
    bodies,
    by_path,
    codes,
    counted,
    folder,
    index,
    new_store,
    sample,
    staged,
)


@pytest.fixture
def store(clients: Clients) -> S3Store:
    return new_store(clients)


def test_every_item_is_found_again_in_its_bundle(store: S3Store, tmp_path: Path) -> None:
    image = sample()
    (tmp_path / "a.dcm").write_bytes(image)
    (tmp_path / "box.zip").write_bytes(zip_of([("b", image + bytes(8))]))
    counted(store, folder(tmp_path))
    summary = staged(store, folder(tmp_path))
    entries = index(store)
    assert (summary.items, summary.bundles, summary.findings) == (2, 1, {})
    assert list(bodies(store, entries)) == [image, image + bytes(8)]
    first = entries[0]
    assert first.sha256 == hashlib.sha256(image).hexdigest()
    offset = read_facts(image).dataset_offset
    assert first.content_hash == hashlib.sha256(image[offset:]).hexdigest()
    assert first.facts == read_facts(image).facts
    assert summary.bytes == sum(entry.length for entry in entries)


def test_a_bundle_is_a_tar_that_names_items_by_id_alone(store: S3Store, tmp_path: Path) -> None:
    (tmp_path / "DOE^JANE.dcm").write_bytes(sample())
    counted(store, folder(tmp_path))
    staged(store, folder(tmp_path))
    entry = index(store)[0]
    assert entry.bundle is not None
    with tarfile.open(fileobj=io.BytesIO(store.get(entry.bundle) or b"")) as archive:
        assert archive.getnames() == [entry.item_id]
        assert archive.extractfile(entry.item_id).read() == sample()  # type: ignore[union-attr]


def test_items_with_findings_have_one_entry_each(store: S3Store, tmp_path: Path) -> None:
    image = sample()
    neighbours = {
        "cut": image[:20_000],
        "empty": b"",
        "letter.dcm": b"Dear colleague",
        "bare": image[132:],
        "climbs.zip": zip_of([("../x", image)]),
        "torn.tar": tar_of([("ok", image), ("torn", image)])[:60_000],
    }
    for name, body in neighbours.items():
        (tmp_path / name).write_bytes(body)
    (tmp_path / "link").symlink_to("cut")
    census = counted(store, folder(tmp_path))
    summary = staged(store, folder(tmp_path))
    found = {place: codes(entry) for place, entry in by_path(store, census).items()}
    assert found == {
        ("bare", None, 0): ["NO_PREAMBLE"],
        ("climbs.zip", "../x", 1): ["UNSAFE_PATH"],
        ("cut", None, 0): ["TRUNCATED"],
        ("empty", None, 0): ["EMPTY_FILE"],
        ("letter.dcm", None, 0): ["NOT_DICOM"],
        ("link", None, 0): ["LINK_NOT_FOLLOWED"],
        ("torn.tar", None, 0): ["CONTAINER_DAMAGED"],
        ("torn.tar", "ok", 1): [],
        ("torn.tar", "torn", 2): ["CONTAINER_DAMAGED"],
    }
    assert summary.items == census.items == 9


def test_bytes_that_are_held_back_lie_in_their_bundle_alone(store: S3Store, tmp_path: Path) -> None:
    (tmp_path / "letter").write_bytes(b"Dear colleague")
    (tmp_path / "ok").write_bytes(sample())
    counted(store, folder(tmp_path))
    staged(store, folder(tmp_path))
    letter = index(store)[0]
    assert letter.content_hash == hashlib.sha256(b"Dear colleague").hexdigest()
    assert next(bodies(store, [letter])) == b"Dear colleague"
    assert list(store.listing("quarantine/")) == []


def test_a_large_item_gets_a_bundle_of_its_own(
    store: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "BUNDLE_BYTES", 50_000)
    image, long = sample(), sample() + bytes(30_000)
    cut = sample() + b"\xfd\xff\x10\x00OW\0\0\xff\xff\xff\x00" + bytes(30_000)
    for name, body in {"1": image, "2": long, "3": image, "4": cut}.items():
        (tmp_path / name).write_bytes(body)
    counted(store, folder(tmp_path))
    summary = staged(store, folder(tmp_path))
    entries = index(store)
    assert summary.bundles == 4
    assert list(bodies(store, entries)) == [image, long, image, cut]
    assert entries[1].sha256 == hashlib.sha256(long).hexdigest()
    assert entries[1].facts == entries[0].facts
    held = entries[3]
    assert codes(held) == ["TRUNCATED"]
    assert held.content_hash


def test_a_large_item_that_changed_leaves_a_finding(
    store: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "BUNDLE_BYTES", 10_000)
    body = bytearray(zip_of([("a", sample())], method=0))
    body[2000] ^= 1
    (tmp_path / "a.zip").write_bytes(body)
    counted(store, folder(tmp_path))
    assert staged(store, folder(tmp_path)).findings == {"CONTAINER_DAMAGED": 1}
    assert index(store)[0].bundle is None


def test_no_bundle_is_larger_than_its_bound(
    store: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "BUNDLE_BYTES", 100_000)
    for number in range(9):
        (tmp_path / f"{number}").write_bytes(sample())
    counted(store, folder(tmp_path))
    assert staged(store, folder(tmp_path)).bundles == 5
    sizes = [each.size for each in store.listing(KEYS.root) if each.key.endswith(".tar")]
    assert len(sizes) == 5
    assert max(sizes) <= 100_000


def test_the_default_bundle_is_within_the_design() -> None:
    assert bundles.BUNDLE_BYTES <= 64 * 1024 * 1024


def test_progress_counts_every_item(store: S3Store, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}").write_bytes(sample())
    counted(store, folder(tmp_path))
    told: list[tuple[int, int]] = []
    staged(store, folder(tmp_path), progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
