"""Canaries in names, members and values: none leaves the landing zone's lists and bundles."""

import logging
import os
import random
import re
from pathlib import Path

import pytest

from include.imaging.archives.folder import Folder
from include.imaging.errors import ImagingError
from include.imaging.steps import stage
from include.imaging.store import S3Store
from tests.support.cloud import Clients
from tests.support.containers import tar_of, zip_of
from tests.support.landing import KEYS, counted, index, new_store, sample, staged

CANARY = "CANARY7"
HIDDEN = re.compile(r"CANARY7|1\.3\.6\.1\.4\.1\.5962")  # the sample's own UIDs begin so


@pytest.fixture
def store(clients: Clients) -> S3Store:
    return new_store(clients)


def plant(root: Path) -> Path:
    image = sample()
    named = image.replace(b"CompressedSamples^CT1", b"CANARY7^JANE^OF^CT1  ")
    assert named != image
    home = root / f"{CANARY}^JANE"
    home.mkdir()
    invalid = image.replace(b"1.3.6.1.4.1.5962.1.1", b"CANARY7.4.1.5962.1.1")
    cut = zip_of([(f"{CANARY}.dcm", named)])
    climbing, beside = zip_of([(f"../{CANARY}", named)]), tar_of([(f"/{CANARY}", b"x")])
    torn = bytearray(zip_of([(f"{CANARY}/1", named), (f"{CANARY}/2", named)]))
    torn[500:600] = random.Random(1).randbytes(100)
    bodies = {
        "whole.dcm": named,
        "invalid.dcm": invalid,
        "cut.dcm": named[:7000],
        "letter.dcm": CANARY.encode() * 30,
        "cut.zip": cut[:-40],
        "climbing.zip": climbing,
        "beside.tar": beside,
        "torn.zip": bytes(torn),
        "torn.tar": tar_of([(f"{CANARY}/1", named)])[:3000],
        "forged.zip": cut.replace(CANARY.encode(), b"\xc3\x28NARY7"),
    }
    for name, body in bodies.items():
        (home / f"{CANARY}-{name}").write_bytes(body)
    (home / f"{CANARY}-link").symlink_to(f"/{CANARY}")
    os.mkfifo(home / f"{CANARY}-pipe")
    return root


def test_no_canary_leaves_the_steps(
    store: S3Store,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    archive = Folder(plant(tmp_path).as_uri())
    caplog.set_level(logging.DEBUG, logger="include")
    census = counted(store, archive)
    summary = staged(store, archive)
    entries = index(store)
    assert len(summary.findings) >= 7
    findings = [found for entry in entries for found in entry.findings]
    keys = [each.key for each in store.listing("")]
    out, err = capfd.readouterr()
    told = (census, summary, findings, keys, caplog.text, out, err)
    assert not HIDDEN.search("\n".join(map(repr, told)))
    assert HIDDEN.search(repr(entries))  # the index itself holds UIDs: the search does see


@pytest.mark.parametrize("broken", ["census", "stage"])
def test_no_canary_is_in_an_error(store: S3Store, tmp_path: Path, broken: str) -> None:
    archive = Folder(plant(tmp_path).as_uri())

    class Breaking(Folder):
        def sightings(self, window: object) -> object:  # type: ignore[override]
            for each in super().sightings(None):
                raise ValueError(f"{CANARY} in {each.path}")

        def _open(self, path: str, item: object) -> object:  # type: ignore[override]
            raise LookupError(f"{CANARY} in {path}")

    faulty = Breaking(tmp_path.as_uri())
    if broken == "stage":
        counted(store, archive)
    with pytest.raises(ImagingError) as caught:
        (counted if broken == "census" else staged)(store, faulty)
    error = caught.value
    assert not HIDDEN.search(f"{error} {error!r} {error.__cause__} {error.__context__}")
    assert "UNEXPECTED_" in error.code


def test_no_canary_is_in_an_error_of_a_thread_that_uploads(
    store: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Folder(plant(tmp_path).as_uri())
    counted(store, archive)

    def put(*_: object) -> str:
        raise ValueError(CANARY)

    monkeypatch.setattr(S3Store, "put", put)
    with pytest.raises(ImagingError) as caught:
        staged(store, archive)
    assert not HIDDEN.search(f"{caught.value!r} {caught.value.__context__!r}")
    assert store.get(KEYS.shard_index(0)) is None
    assert stage.BUNDLE_BYTES > 0
