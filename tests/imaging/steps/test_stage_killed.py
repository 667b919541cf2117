"""A staging process that is killed leaves nothing twice and nothing out."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from include.imaging.archives.folder import Folder
from include.imaging.steps import stage
from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients
from tests.support.landing import KEYS, counted, folder, index, new_store, sample, staged

ITEMS, STOP_AT, BUNDLE_BYTES = 24, 14, 90_000
ROOT = Path(__file__).resolve().parents[3]


def kill_in_the_middle(cloud: LocalCloud, bucket: str, archive: Path) -> None:
    arguments = (cloud.url, bucket, archive.as_uri(), str(STOP_AT), str(BUNDLE_BYTES))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.staging_process", *arguments],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"stopped\n"
        process.kill()
        assert process.wait() == -9


def test_a_killed_stage_goes_on_where_it_was_and_ends_as_if_undisturbed(
    local_cloud: LocalCloud, clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "BUNDLE_BYTES", BUNDLE_BYTES)
    for number in range(ITEMS):
        (tmp_path / f"{number:02}").write_bytes(sample() + bytes(2 * number))
    killed, undisturbed = new_store(clients), new_store(clients)
    counted(killed, folder(tmp_path))
    counted(undisturbed, folder(tmp_path))
    kill_in_the_middle(local_cloud, killed.name, tmp_path)
    parts = [each.key for each in killed.listing(KEYS.root) if "/parts/" in each.key]
    assert parts
    assert killed.get(KEYS.shard_index(0)) is None

    read: list[str] = []

    class Watched(Folder):
        def _open(self, path: str, item: Any) -> Any:
            read.append(path)
            return super()._open(path, item)

    summary = staged(killed, Watched(tmp_path.as_uri()))
    assert summary == staged(undisturbed, folder(tmp_path))
    assert index(killed) == index(undisturbed)
    assert len(read) == len(set(read)) == ITEMS - 2 * len(parts)
    left = {each.key: each.etag for each in killed.listing(KEYS.root) if "census" not in each.key}
    assert left == {
        each.key: each.etag for each in undisturbed.listing(KEYS.root) if "census" not in each.key
    }
