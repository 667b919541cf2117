"""One import job: every file once, then the image sets, then the output folder."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from include.localcloud.datastores import find_datastore
from include.localcloud.import_warnings import BY_CODE
from include.localcloud.importer import Instance, import_file, save_instance, warnings_json
from include.localcloud.job_input import InputFile, fetched, list_input
from include.localcloud.job_rules import JobRules
from include.localcloud.json_metadata import JsonMetadata, read_metadata
from include.localcloud.publishing import Joining, locked_until, publish
from include.localcloud.reading import CustomerFileError
from include.localcloud.state import State

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

IN_FLIGHT = 8
VANISHED = frozenset({"NoSuchKey", "404"})  # of GetObject, and of the HeadObject before a download


class StoppedError(Exception):
    """The local cloud stops; the job goes on when it is started again."""


class LockedError(Exception):
    """An image set that the job adds to is LOCKED until a moment; it is to be run again then."""

    def __init__(self, until: float) -> None:
        super().__init__(until)
        self.until = until


class ImportJob:
    """A job that can be run again after any kill: what it did before is not done twice.

    Each file's result is kept as soon as it is known; the image sets are made of the results
    in one transaction; the output can be written from the same results.
    """

    def __init__(self, row: sqlite3.Row, state: State, s3: "S3Client", rules: JobRules) -> None:
        self._row = row
        self._state = state
        self._s3 = s3
        self._rules = rules
        store = find_datastore(state.database, row["datastore_id"])
        self._lossless = store["storage_format"]
        self._metadata = JsonMetadata()

    def run(self, threads: Executor, stop: threading.Event, *, as_conflict: bool) -> None:
        """Import and publish.

        Args:
            threads: For the files.
            stop: Is set when the local cloud stops.
            as_conflict: Make new, non-primary image sets of all files.

        Raises:
            JobInputError: The input breaks a quota, or a metadata file is not DICOM JSON;
                nothing was imported.
            ClientError: S3 refused the role the input.
            StoppedError: The local cloud stops.
            LockedError: All files are imported and cannot be published yet.
        """
        if not self._row["published"]:
            uri, owner = self._row["input_uri"], self._row["owner_account"]
            as_folder = self._rules.dialect["input-prefix"] == "folder"
            files = list_input(self._s3, uri, owner, self._rules.limits, as_folder=as_folder)
            self._metadata = read_metadata(self._s3, self._row)
            wanted = [file for file in files if file.key not in self._metadata.keys]
            self._import_all(wanted, threads, stop)
            with self._state.database.writing() as connection:
                how = self._joining(as_conflict=as_conflict)
                until = locked_until(connection, self._row) if how.joins else 0.0
                if until > time.time():
                    raise LockedError(until)
                unnamed = publish(connection, self._row, how)
            for blob in unnamed:
                self._state.frames.remove(blob)

    def _joining(self, *, as_conflict: bool) -> Joining:
        joins = self._rules.dialect["grouping"] == "join" and not as_conflict
        return Joining(as_conflict, joins, self._rules.image_sets.metadata_bytes)

    def _import_all(self, files: list[InputFile], threads: Executor, stop: threading.Event) -> None:
        rows = self._state.database.all(
            "SELECT key FROM job_files WHERE job_id = ?", self._row["id"]
        )
        done = {row["key"] for row in rows}
        waiting = (file for file in files if file.key not in done)
        running: set[Future[None]] = set()
        try:
            for file in _until_stopped(waiting, stop):
                running.add(threads.submit(self._import_one, file))
                if len(running) >= IN_FLIGHT:
                    running = _settle(running, all_of_them=False)
            _settle(running, all_of_them=True)
        finally:
            wait(running)  # nothing of the job is done after its end

    def _import_one(self, file: InputFile) -> None:
        faults = self._rules.faults_of_file(file.key)
        if "file_error" in faults:
            self._keep_failure(file, "server_error", "The file could not be processed")
            return
        if file.size > self._rules.limits.file_bytes:
            self._keep_failure(file, "customer_error", "The file is larger than a file may be")
            return
        try:
            with fetched(self._s3, file, self._state.folder) as source:
                amend = self._metadata.amend if self._metadata.mappings else None
                instance = import_file(source, self._lossless, self._state.frames, amend)
        except CustomerFileError as error:
            self._keep_failure(file, "customer_error", str(error))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in VANISHED:
                raise
            self._keep_failure(file, "customer_error", "The file does not exist any more")
        except BotoCoreError:
            raise
        except Exception:  # noqa: BLE001 - one file must not end the job; messages can hold values
            self._keep_failure(file, "server_error", "The file could not be processed")
        else:
            if "file_warning" in faults:
                instance.warnings.append(BY_CODE[faults["file_warning"].settings["code"]])
            self._keep(file, instance)

    def _keep(self, file: InputFile, instance: Instance) -> None:
        with self._state.database.writing() as connection:
            number = save_instance(connection, instance)
            connection.execute(
                "INSERT INTO job_files (job_id, key, outcome, warnings, instance_id)"
                " VALUES (?, ?, 'imported', ?, ?)",
                (self._row["id"], file.key, warnings_json(instance), number),
            )

    def _keep_failure(self, file: InputFile, outcome: str, message: str) -> None:
        with self._state.database.writing() as connection:
            connection.execute(
                "INSERT INTO job_files (job_id, key, outcome, message) VALUES (?, ?, ?, ?)",
                (self._row["id"], file.key, outcome, message),
            )


def _until_stopped(files: Iterator[InputFile], stop: threading.Event) -> Iterator[InputFile]:
    for file in files:
        if stop.is_set():
            raise StoppedError
        yield file


def _settle(running: set[Future[None]], *, all_of_them: bool) -> set[Future[None]]:
    """Wait for one or all; raise what one raised; those still running."""
    done, rest = wait(running, return_when="ALL_COMPLETED" if all_of_them else FIRST_COMPLETED)
    for future in done:
        future.result()
    return rest
