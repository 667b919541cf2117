"""Tells an SQS queue what happens, as EventBridge does (DG/event-notifications)."""

import json
import logging
import sqlite3
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from moto.sqs.models import SQSBackend, sqs_backends

from include.localcloud.accounts import ACCOUNT, PARTITION
from include.localcloud.database import Database
from include.localcloud.datastores import find_datastore
from include.localcloud.dialect import Dialect
from include.localcloud.faults import Faults
from include.localcloud.job_output import job_folder
from include.localcloud.s3_uris import parent_uri

TYPES: Mapping[str, Mapping[str, str]] = json.loads(
    Path(__file__).with_name("event_types.json").read_text()
)
TRIGGERS = Path(__file__).with_name("events.sql")
HOME_REGION = "us-east-1"
LOOK_SECONDS = 0.1

log = logging.getLogger(__name__)


def note_nothing(database: Database) -> None:
    """Stop noting events; those that were noted are forgotten."""
    names = database.all(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB ?", "tell_*"
    )
    drops = "".join(f"DROP TRIGGER {row['name']}; " for row in names)
    with database.reading() as connection:
        connection.executescript(f"BEGIN IMMEDIATE; {drops} DROP TABLE IF EXISTS outbox; COMMIT")


class Events:
    """Delivers to every queue of one name, whatever its region; one is made in us-east-1.

    Triggers note what happens in the transaction that makes it so; a thread delivers it when
    it is due. Best effort: queues are in memory, and a fault may lose or repeat an event.
    """

    def __init__(self, database: Database, queue: str, dialect: Dialect, faults: Faults) -> None:
        self._database = database
        self._queue = queue
        self._dialect = dialect
        self._faults = faults
        self._stop = threading.Event()
        with database.reading() as connection:
            connection.executescript(f"BEGIN IMMEDIATE; {TRIGGERS.read_text()} COMMIT")
        sqs_backends[ACCOUNT][HOME_REGION].create_queue(queue, region=HOME_REGION)
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Deliver nothing more."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                self._deliver_due()
            except Exception as error:  # noqa: BLE001 - later events must still be told
                log.error("events were not delivered: %s", type(error).__name__)

    def _deliver_due(self) -> None:
        rows = self._database.all(
            "SELECT * FROM outbox WHERE due <= ? ORDER BY due, is_end, number", time.time()
        )
        if not rows:
            return
        with self._database.writing() as connection:
            numbers = [(row["number"],) for row in rows]
            connection.executemany("DELETE FROM outbox WHERE number = ?", numbers)
        for row in rows:
            if row["status"] in TYPES[row["kind"]]:
                self._send(self._event(row))

    def _send(self, event: Mapping[str, Any]) -> None:
        text = json.dumps(event)
        fired = self._faults.fire("event", event["detail-type"], text)
        copies = 2 if "event_duplicated" in fired else 1
        for _ in range(0 if "event_lost" in fired else copies):
            for backend in _holders(self._queue):
                backend.send_message(self._queue, text)

    def _event(self, row: sqlite3.Row) -> dict[str, Any]:
        region = find_datastore(self._database, row["datastore_id"])["region"]
        store = (
            f"arn:{PARTITION}:medical-imaging:{region}:{ACCOUNT}:datastore/{row['datastore_id']}"
        )
        resource = f"{store}/imageset/{row['image_set_id']}" if row["image_set_id"] else store
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": TYPES[row["kind"]][row["status"]],
            "source": "aws.medical-imaging",
            "account": ACCOUNT,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(row["due"])),
            "region": region,
            "resources": [resource],
            "detail": self._detail(row, store),
        }

    def _detail(self, row: sqlite3.Row, store: str) -> dict[str, Any]:
        detail = {"imagingVersion": "1.0", "datastoreId": row["datastore_id"]}
        if row["image_set_id"]:
            detail["imagesetId"] = row["image_set_id"]
        detail |= json.loads(row["detail"])
        if "outputS3Uri" in detail:
            detail["outputS3Uri"] = self._output(detail["outputS3Uri"])
        if "sourceImageSetArn" in detail:
            detail["sourceImageSetArn"] = f"{store}/imageset/{detail['sourceImageSetArn']}"
        return detail

    def _output(self, folder: str) -> str:
        if self._dialect["event-output"] == "prefix":
            return parent_uri(folder)
        return job_folder(folder, self._dialect)


def _holders(queue: str) -> list[SQSBackend]:
    return [backend for backend in sqs_backends[ACCOUNT].values() if queue in backend.queues]
