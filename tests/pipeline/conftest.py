"""An archive, a data store and the Connections of one feed, for runs in this process."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from include.demo.environment import client, ensure_datastore, prepare
from include.localcloud.running import LocalCloud
from tests.support.dag_runs import Bench


@pytest.fixture
def bench(tmp_path: Path, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Surroundings in which a run succeeds; the archive is empty."""
    settings = prepare(local_cloud.url)
    imaging = client("medical-imaging", local_cloud.url)
    store = ensure_datastore(imaging, uuid.uuid4().hex)
    imaging.close()
    return Bench.furnished(tmp_path, replace(settings, datastore_id=store), monkeypatch)
