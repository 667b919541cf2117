"""What import jobs meet while others work: files that vanish, image sets that are locked."""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from include.localcloud.dialect import Dialect
from include.localcloud.faults import Faults
from include.localcloud.import_job import ImportJob
from include.localcloud.job_rules import JobRules
from include.localcloud.quotas import read_quotas
from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients, Stage, make_clients, make_stage
from tests.support.image_sets import Store, open_store
from tests.support.samples import variant

SERIES = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.1"}
LOCK_SECONDS = 2


@pytest.fixture
def fleeting(local_cloud: LocalCloud, stage: Stage) -> Iterator[Clients]:
    """Clients to whom the object of each key with "gone" vanishes just before they get it."""
    made = make_clients(local_cloud.url)

    def vanish(params: dict[str, Any], **_: Any) -> None:
        if "gone" in params["url_path"]:
            stage.clients.s3.delete_object(Bucket=stage.source, Key="in/gone.dcm")

    for operation in ("GetObject", "HeadObject"):
        made.s3.meta.events.register(f"before-call.s3.{operation}", vanish)
    yield made
    made.close()


def run_job(store: Store, clients: Clients, uri: str) -> list[tuple[str, str, str | None]]:
    """Key, outcome and message of each file of a job that runs here."""
    job_id = uuid.uuid4().hex
    with store.database.writing() as connection:
        connection.execute(
            "INSERT INTO jobs (id, datastore_id, name, status, role_arn, input_uri, output_uri,"
            " region, submitted_at) VALUES (?, ?, '', 'IN_PROGRESS', '', ?, '', '', 0)",
            (job_id, store.datastore_id, uri),
        )
    row = store.database.one("SELECT * FROM jobs WHERE id = ?", job_id)
    assert row is not None
    quotas = read_quotas()
    job = ImportJob(
        row, store.state, clients.s3, JobRules(quotas.job, quotas.image_set, Dialect(), Faults())
    )
    with ThreadPoolExecutor(2) as threads:
        job.run(threads, threading.Event(), as_conflict=False)
    rows = store.database.all("SELECT * FROM job_files WHERE job_id = ? ORDER BY key", job_id)
    return [(found["key"], found["outcome"], found["message"]) for found in rows]


def test_a_file_that_vanishes_fails_alone(stage: Stage, fleeting: Clients) -> None:
    for name in ("a", "gone", "z"):
        stage.put(f"in/{name}.dcm", variant(**SERIES))
    with open_store() as store:
        found = run_job(store, fleeting, f"s3://{stage.source}/in/")
        assert [key for key, outcome, _ in found if outcome == "imported"] == [
            "in/a.dcm",
            "in/z.dcm",
        ]
        [failure] = [message for _, outcome, message in found if outcome == "customer_error"]
        assert failure == "The file does not exist any more"
        assert len(store.search()) == 1


def test_a_job_waits_for_the_end_of_a_lock() -> None:
    with LocalCloud(None, 0, "--operation-seconds", str(LOCK_SECONDS)) as cloud:
        stage = make_stage(make_clients(cloud.url))
        imaging = stage.clients.imaging
        while _status(stage) != "ACTIVE":
            time.sleep(0.05)
        stage.put("a/1.dcm", variant(**SERIES))
        stage.put("b/2.dcm", variant(**SERIES))
        stage.run("a/")
        [found] = stage.search()
        given = {"datastoreId": stage.datastore_id, "imageSetId": found["imageSetId"]}
        change = {"SchemaVersion": 1.1, "Study": {"DICOM": {"StudyDescription": "new"}}}
        imaging.update_image_set_metadata(
            **given,
            latestVersionId="1",
            updateImageSetMetadataUpdates={
                "DICOMUpdates": {"updatableAttributes": json.dumps(change).encode()}
            },
        )
        assert stage.run("b/")["jobStatus"] == "COMPLETED"
        versions = imaging.list_image_set_versions(**given)["imageSetPropertiesList"]
        joined, updated, _ = versions
        assert [version["versionId"] for version in versions] == ["3", "2", "1"]
        assert (joined["updatedAt"] - updated["updatedAt"]).total_seconds() >= LOCK_SECONDS
        stage.clients.close()


def _status(stage: Stage) -> str:
    found = stage.clients.imaging.get_datastore(datastoreId=stage.datastore_id)
    return str(found["datastoreProperties"]["datastoreStatus"])
