"""The stand-in's operations in this process: calls go through botocore's protocol, not the net."""

import gzip
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from werkzeug.test import EnvironBuilder, run_wsgi_app

from include.localcloud.blobs import Blobs
from include.localcloud.copying import Copying
from include.localcloud.database import Database
from include.localcloud.datastores import Datastores
from include.localcloud.dialect import Dialect
from include.localcloud.image_sets import ImageSets
from include.localcloud.importer import import_file, save_instance
from include.localcloud.jobs import Jobs
from include.localcloud.publishing import publish
from include.localcloud.quotas import ImageSetLimits
from include.localcloud.search import Search
from include.localcloud.service import HealthImaging
from include.localcloud.service_model import service_model
from include.localcloud.state import State
from include.localcloud.tags import Tags
from include.localcloud.updating import Updating

SIGNATURE = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/medical-imaging/aws4_request"


class RefusedError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class Store:
    """A data store of the stand-in, in memory of this process."""

    state: State
    application: HealthImaging
    datastore_id: str

    @property
    def database(self) -> Database:
        return self.state.database

    @property
    def frames(self) -> Blobs:
        return self.state.frames

    def another(self) -> "Store":
        """A new data store in the same state."""
        made = self.call("CreateDatastore", datastoreName="store", clientToken=uuid.uuid4().hex)
        self.settle()
        return Store(self.state, self.application, made["datastoreId"])

    def load(self, *files: bytes) -> None:
        """Import files as one job would."""
        job_id = uuid.uuid4().hex
        with self.database.writing() as connection:
            connection.execute(
                "INSERT INTO jobs (id, datastore_id, name, status, role_arn, input_uri,"
                " output_uri, region, submitted_at) VALUES (?, ?, '', 'COMPLETED', '', '', '', '',"
                " ?)",
                (job_id, self.datastore_id, time.time()),
            )
            for number, data in enumerate(files):
                instance_id = save_instance(connection, import_file(data, "HTJ2K", self.frames))
                connection.execute(
                    "INSERT INTO job_files (job_id, key, outcome, instance_id)"
                    " VALUES (?, ?, 'imported', ?)",
                    (job_id, f"{number:04}", instance_id),
                )
            job = connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
            publish(connection, job)

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """An operation's answer; the data store's id need not be given.

        Raises:
            RefusedError: It is an error.
        """
        model = service_model().operation_model(operation)
        if model.input_shape and "datastoreId" in model.input_shape.members:
            parameters = {"datastoreId": self.datastore_id} | parameters
        request = create_serializer("rest-json").serialize_to_request(parameters, model)
        status, headers, body = send(self.application, request)
        # botocore decodes bytes as text, and leaves bytearrays alone
        answer = {"status_code": status, "headers": headers, "body": bytearray(body)}
        parsed = create_parser("rest-json").parse(answer, model.output_shape)
        if status >= 400:
            raise RefusedError(status, parsed["Error"]["Code"], parsed["Error"]["Message"])
        return dict(parsed)

    def attempt(self, operation: str, **parameters: Any) -> RefusedError | None:
        """The error that an operation answers with, if it does."""
        try:
            self.call(operation, **parameters)
        except RefusedError as error:
            return error
        return None

    def search(self, **criteria: Any) -> list[dict[str, Any]]:
        """The image sets that a search finds, the newest first."""
        found = self.call("SearchImageSets", searchCriteria=criteria)
        summaries: list[dict[str, Any]] = found["imageSetsMetadataSummaries"]
        return summaries

    def only(self) -> str:
        """The id of the only image set."""
        [found] = self.search()
        return str(found["imageSetId"])

    def metadata(self, image_set_id: str, **parameters: Any) -> dict[str, Any]:
        """An image set's metadata."""
        found = self.call("GetImageSetMetadata", imageSetId=image_set_id, **parameters)
        return dict(json.loads(gzip.decompress(found["imageSetMetadataBlob"])))

    def settle(self) -> None:
        """Let the time pass that operations take."""
        with self.database.writing() as connection:
            connection.execute("UPDATE image_sets SET settles_at = 0")
            connection.execute("UPDATE datastores SET settles_at = 0")


@contextmanager
def open_store(
    *,
    seconds: float = 0.0,
    metadata_seconds: float = 0.0,
    limits: ImageSetLimits | None = None,
    **dialect: str,
) -> Iterator[Store]:
    """A new data store; operations take so many seconds and have these limits."""
    sides = Dialect({name.replace("_", "-"): value for name, value in dialect.items()})
    with State(None) as state:
        parts = (
            Datastores(state.database, sides, seconds=seconds),
            Tags(state.database),
            Jobs(state.database, lambda job_id: None),
            ImageSets(
                state.database,
                state.frames,
                sides,
                seconds=seconds,
                metadata_seconds=metadata_seconds,
            ),
            Copying(state.database, seconds=seconds, limits=limits),
            Updating(state.database, seconds=seconds, limits=limits),
            Search(state.database, sides),
        )
        handlers = {name: handler for part in parts for name, handler in part.handlers().items()}
        application = HealthImaging(handlers, None)
        yield Store(state, application, "").another()


def send(application: HealthImaging, request: dict[str, Any]) -> tuple[int, Any, bytes]:
    """Status, headers and body of the answer to a serialised request."""
    query = request["query_string"]
    builder = EnvironBuilder(
        path=request["url_path"],
        method=request["method"],
        query_string=query if isinstance(query, str) else urlencode(query, doseq=True),
        headers={**request["headers"], "Authorization": SIGNATURE},
        data=request["body"] or b"",
    )
    environ = builder.get_environ()
    environ["REQUEST_URI"] = request["url_path"]

    def answer(environ: Any, start_response: Any) -> Any:
        return application.answer("medical-imaging", environ, start_response)

    body, status, headers = run_wsgi_app(answer, environ, buffered=True)
    return int(status.split()[0]), HeadersDict(headers), b"".join(body)
