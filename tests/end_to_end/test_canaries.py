"""Identity that is planted everywhere in an archive is found in the landing zone alone."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from include.demo.environment import BUCKETS, client
from tests.support.canaries import Canary
from tests.support.end_to_end import World

pytestmark = pytest.mark.scheduler

FEED = "canary"
LANDING, IMPORT, RESULTS = BUCKETS


@dataclass
class Planted:
    """The canary, where it was let out, and the run that took it."""

    world: World
    canary: Canary
    run_id: str

    def objects(self, bucket: str) -> Iterator[tuple[str, bytes]]:
        """Every object of a bucket by key."""
        s3 = client("s3", self.world.cloud.url)
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for entry in page.get("Contents", []):
                yield entry["Key"], s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()

    def singing_objects(self, bucket: str) -> list[str]:
        """Keys of the objects whose bytes hold the canary."""
        return [key for key, data in self.objects(bucket) if self.canary.sings(data)]

    def singing_files(self) -> list[str]:
        """Files of the world that hold it: logs and configuration; less the archive."""
        allowed = {self.world.root / FEED, self.world.root / "cloud"}
        seen = found = 0
        singing = []
        for path in self.world.root.rglob("*"):
            if path.is_file() and not allowed & {path, *path.parents}:
                seen += 1
                found += path.name in ("standalone.log", "cloud.log")
                if self.canary.sings(path.read_bytes()) or self.canary.sings(str(path).encode()):
                    singing.append(str(path.relative_to(self.world.root)))
        assert found == 2
        assert seen > 20
        return singing

    def singing_databases(self) -> list[str]:
        """Databases that hold it: Airflow's own and the catalog."""
        dumps = {name: self.world.postgres.dump(name) for name in ("airflow", "catalog")}
        assert f"import_{FEED}".encode() in dumps["airflow"]
        assert self.run_id.encode() in dumps["catalog"]
        return [name for name, data in dumps.items() if self.canary.sings(data)]

    def singing_keys(self) -> list[str]:
        """Object keys of all buckets that hold it."""
        keys = [key for bucket in BUCKETS for key, _ in self.objects(bucket)]
        assert len(keys) > 10
        return [key for key in keys if self.canary.sings(key.encode())]

    def service_says(self) -> bytes:
        """All that HealthImaging shows: jobs, image sets with their tags, metadata."""
        imaging = client("medical-imaging", self.world.cloud.url)
        store = self.world.settings[FEED].datastore_id
        jobs, sets = self.world.jobs(FEED), self.world.image_sets(FEED)
        assert jobs
        assert sets
        said = [json.dumps([jobs, sets], default=str).encode()]
        for entry in sets:
            answer = imaging.get_image_set_metadata(
                datastoreId=store, imageSetId=entry["imageSetId"]
            )
            said.append(gzip.decompress(answer["imageSetMetadataBlob"].read()))
        for job in jobs:
            found = imaging.get_dicom_import_job(datastoreId=store, jobId=job["jobId"])
            said.append(json.dumps(found["jobProperties"], default=str).encode())
        return b"\n".join(said)

    def leaks(self) -> dict[str, list[str]]:
        """Where the canary sings and must not; nothing when all is well."""
        places = {
            "files": self.singing_files(),
            "databases": self.singing_databases(),
            "keys": self.singing_keys(),
            "import": self.singing_objects(IMPORT),
            "results": self.singing_objects(RESULTS),
            "service": ["it"] if self.canary.sings(self.service_says()) else [],
        }
        return {place: found for place, found in places.items() if found}


@pytest.fixture(scope="module")
def planted(world: World) -> Planted:
    canary = Canary.new()
    canary.plant(world.root / FEED)
    return Planted(world, canary, world.run(FEED))


def test_the_canary_is_where_the_search_looks(planted: Planted) -> None:
    singing = planted.singing_objects(LANDING)
    assert any("/shards/" in key for key in singing)
    assert any("/bundles/" in key for key in singing)


def test_it_met_every_end(planted: Planted) -> None:
    outcomes = planted.world.outcomes(FEED, planted.run_id)
    assert outcomes["imported"] >= 5
    assert outcomes["quarantined"] >= 8
    codes = {
        code for (code,) in planted.world.rows("SELECT code FROM findings WHERE feed='canary'")
    }
    assert codes >= {"NOT_DICOM", "TRUNCATED", "LINK_NOT_FOLLOWED"}


def test_it_sings_nowhere_after_a_run(planted: Planted) -> None:
    assert planted.leaks() == {}


def test_it_sings_nowhere_after_runs_that_fail(planted: Planted) -> None:
    world, dag_id = planted.world, f"import_{FEED}"
    s3 = client("s3", world.cloud.url)
    keys = [key for key, _ in planted.objects(LANDING) if key.startswith(f"runs/{FEED}/")]
    assert keys
    # a parser's error would quote it
    broken = f'{{"path": "{planted.canary.word}/{planted.canary.digits}"'.encode()
    for key in keys:
        if "/items-" in key:
            s3.put_object(Bucket=LANDING, Key=key, Body=broken)
        elif key.endswith("/index.ndjson.gz"):
            s3.delete_object(Bucket=LANDING, Key=key)
    world.airflow.client.clear(dag_id, planted.run_id, ["stage"], downstream=True)
    assert world.wait(FEED, planted.run_id) == "failed"
    assert "stage" in world.explain(FEED, planted.run_id)
    assert planted.leaks() == {}
