"""Events, as a queue gets them."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from include.localcloud.events import TYPES
from include.localcloud.running import LocalCloud
from tests.support.cloud import REGION, Clients, Stage, await_job, make_clients, make_stage
from tests.support.samples import variant

QUEUE = "imaging-events"
ACCOUNT = "123456789012"
ENVELOPE = {"version": "0", "source": "aws.medical-imaging", "account": ACCOUNT, "region": REGION}


class Listener:
    """A local cloud with a queue, and what the queue got."""

    def __init__(self, cloud: LocalCloud, clients: Clients, sqs: Any) -> None:
        self.cloud, self.clients, self._sqs = cloud, clients, sqs
        self._url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
        self._got: list[dict[str, Any]] = []

    def types(self, datastore_id: str, last: str) -> list[str]:
        """The detail-types of a data store's events, up to one that is awaited."""
        return [event["detail-type"] for event in self.events(datastore_id, last)]

    def events(self, datastore_id: str, last: str) -> list[dict[str, Any]]:
        while True:
            of_store = [e for e in self._got if e["detail"]["datastoreId"] == datastore_id]
            if any(event["detail-type"] == last for event in of_store):
                return of_store
            self._receive()

    def _receive(self) -> None:
        found = self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1
        )
        for message in found.get("Messages", []):
            self._got.append(json.loads(message["Body"]))
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    slow = ("--operation-seconds", "0.2", "--job-seconds", "0.4")
    with LocalCloud(None, 0, "--events", QUEUE, *slow) as cloud:
        clients = make_clients(cloud.url)
        sqs: Any = clients.session.client("sqs", endpoint_url=cloud.url)
        yield Listener(cloud, clients, sqs)
        sqs.close()
        clients.close()


@pytest.fixture
def stage(listener: Listener) -> Stage:
    made = make_stage(listener.clients)
    listener.events(made.datastore_id, "Data Store Created")
    return made


@pytest.fixture
def imported(stage: Stage) -> tuple[Stage, dict[str, Any]]:
    stage.put("in/a.dcm", variant())
    return stage, stage.run("in/", jobName="night/1")


def test_every_documented_type_is_known() -> None:
    counts = {kind: len(set(types.values())) for kind, types in TYPES.items()}
    assert counts == {"Data Store": 5, "Import Job": 4, "Image Set": 10}


def test_a_job_tells_each_status(
    listener: Listener, imported: tuple[Stage, dict[str, Any]]
) -> None:
    stage, job = imported
    events = listener.events(stage.datastore_id, "Import Job Completed")
    assert [event["detail-type"] for event in events] == [
        "Data Store Creating",
        "Data Store Created",
        "Import Job Submitted",
        "Import Job In Progress",
        "Image Set Created",
        "Import Job Completed",
    ]
    last = events[-1]
    arn = f"arn:aws:medical-imaging:{REGION}:{ACCOUNT}:datastore/{stage.datastore_id}"
    assert {name: last[name] for name in ENVELOPE} == ENVELOPE
    assert set(last) == {*ENVELOPE, "id", "detail-type", "time", "resources", "detail"}
    assert last["resources"] == [arn]
    assert last["detail"] == {
        "imagingVersion": "1.0",
        "datastoreId": stage.datastore_id,
        "jobId": job["jobId"],
        "jobName": "night/1",
        "jobStatus": "COMPLETED",
        "inputS3Uri": job["inputS3Uri"],
        "outputS3Uri": job["outputS3Uri"],
    }
    time.strptime(last["time"], "%Y-%m-%dT%H:%M:%SZ")


def test_a_job_lasts_as_long_as_it_was_told_to(stage: Stage) -> None:
    job_id = stage.start("nothing/")
    seen = [look(stage, job_id)]
    while seen[-1]["jobStatus"] != "COMPLETED":
        seen.append(look(stage, job_id))
    statuses = list(dict.fromkeys(job["jobStatus"] for job in seen))
    assert statuses == ["SUBMITTED", "IN_PROGRESS", "COMPLETED"]
    assert (seen[-1]["endedAt"] - seen[-1]["submittedAt"]).total_seconds() >= 0.4


def test_an_image_set_tells_its_version(
    listener: Listener, imported: tuple[Stage, dict[str, Any]]
) -> None:
    stage, _ = imported
    [event] = [
        event
        for event in listener.events(stage.datastore_id, "Import Job Completed")
        if event["detail-type"] == "Image Set Created"
    ]
    [image_set] = stage.search()
    assert event["resources"][0].endswith(f"/imageset/{image_set['imageSetId']}")
    assert event["detail"] == {
        "imagingVersion": "1.0",
        "isPrimary": True,
        "imageSetVersion": "1",
        "datastoreId": stage.datastore_id,
        "imagesetId": image_set["imageSetId"],
        "imageSetState": "ACTIVE",
        "imageSetWorkflowStatus": "CREATED",
    }


def test_a_copy_names_its_source(
    listener: Listener, imported: tuple[Stage, dict[str, Any]]
) -> None:
    stage, _ = imported
    [source] = stage.search()
    stage.clients.imaging.copy_image_set(
        datastoreId=stage.datastore_id,
        sourceImageSetId=source["imageSetId"],
        copyImageSetInformation={"sourceImageSet": {"latestVersionId": "1"}},
    )
    events = listener.events(stage.datastore_id, "Image Set Copied")
    [copying] = [event for event in events if event["detail-type"] == "Image Set Copying"]
    assert copying["detail"]["sourceImageSetArn"].endswith(f"/imageset/{source['imageSetId']}")
    assert copying["detail"]["imageSetState"] == "LOCKED"
    assert "Image Set Copying With Read Only Access" in [e["detail-type"] for e in events]


def test_a_deletion_is_told_when_it_begins_and_when_it_ends(
    listener: Listener, imported: tuple[Stage, dict[str, Any]]
) -> None:
    stage, _ = imported
    [found] = stage.search()
    where = {"datastoreId": stage.datastore_id, "imageSetId": found["imageSetId"]}
    stage.clients.imaging.delete_image_set(**where)
    types = listener.types(stage.datastore_id, "Image Set Deleted")
    assert types[-2:] == ["Image Set Deleting", "Image Set Deleted"]
    stage.clients.imaging.delete_datastore(datastoreId=stage.datastore_id)
    types = listener.types(stage.datastore_id, "Data Store Deleted")
    assert types[-2:] == ["Data Store Deleting", "Data Store Deleted"]


def test_an_event_can_be_lost_and_another_duplicated(listener: Listener, stage: Stage) -> None:
    listener.cloud.set_fault("event_lost", operation="Import Job In Progress")
    listener.cloud.set_fault("event_duplicated", operation="Import Job Submitted")
    stage.run("nothing/")
    types = listener.types(stage.datastore_id, "Import Job Completed")
    assert types.count("Import Job Submitted") == 2
    assert "Import Job In Progress" not in types
    listener.cloud.clear_faults()


def test_an_event_can_name_the_prefix_that_was_given(listener: Listener, stage: Stage) -> None:
    with listener.cloud.dialect(event_output="prefix"):
        stage.run("nothing/")
        events = listener.events(stage.datastore_id, "Import Job Completed")
    assert events[-1]["detail"]["outputS3Uri"] == f"s3://{stage.results}/out/"


def test_a_queue_that_waits_holds_up_nobody(listener: Listener, stage: Stage) -> None:
    with listener.cloud.fault("stuck_job"):
        job_id = stage.start("nothing/")
        listener.events(stage.datastore_id, "Import Job In Progress")
    await_job(listener.clients, stage.datastore_id, job_id)


def test_without_the_option_nothing_is_noted(tmp_path: Path) -> None:
    state = tmp_path / "state"
    noted = []
    for arguments in (["--events", QUEUE], []):
        with LocalCloud(state, 0, *arguments) as cloud:
            clients = make_clients(cloud.url)
            make_stage(clients).run("nothing/")
            clients.close()
        with closing(sqlite3.connect(state / "state.sqlite3")) as database:
            names = database.execute("SELECT name FROM sqlite_master").fetchall()
        noted.append(("outbox",) in names)
    assert noted == [True, False]


def look(stage: Stage, job_id: str) -> Any:
    """The job's properties now."""
    return stage.clients.imaging.get_dicom_import_job(datastoreId=stage.datastore_id, jobId=job_id)[
        "jobProperties"
    ]
