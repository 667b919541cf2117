"""Runs import jobs, and goes on with those that an earlier process left."""

import logging
import sqlite3
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from os import cpu_count
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from include.localcloud.clock import Clock
from include.localcloud.errors import AccessDeniedError
from include.localcloud.faults import Fault
from include.localcloud.import_job import ImportJob, LockedError, StoppedError
from include.localcloud.job_input import JobInputError
from include.localcloud.job_output import write_output
from include.localcloud.job_rules import JobRules
from include.localcloud.publishing import discard_unpublished
from include.localcloud.role_sessions import RoleSessions
from include.localcloud.state import State

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

WORKING_AT_ONCE = 4
SUBMITTED_SHARE = 0.1
LOOK_SECONDS = 0.1

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """A job that is IN_PROGRESS, and the faults that strike it."""

    row: sqlite3.Row
    faults: Mapping[str, Fault]

    @property
    def slowed_seconds(self) -> float:
        """How much longer a fault makes it take."""
        slow = self.faults.get("slow_job")
        return float(slow.settings["seconds"]) if slow else 0.0


class JobRunner:
    """Works at a few jobs at a time; any number more may wait for their time, without a thread.

    A job is SUBMITTED for a tenth of its least duration, then IN_PROGRESS until it is both done
    and old enough, then COMPLETED or FAILED.

    Args:
        state: Where jobs, instances and frames are kept.
        sessions: Gives S3 clients that act as a job's role.
        rules: Limits, dialect and faults of jobs.
        least_seconds: How long a job takes at least.
    """

    def __init__(
        self, state: State, sessions: RoleSessions, rules: JobRules, least_seconds: float
    ) -> None:
        self._state = state
        self._sessions = sessions
        self._rules = rules
        self._least_seconds = least_seconds
        self._stop = threading.Event()
        self._clock = Clock()
        self._jobs = ThreadPoolExecutor(WORKING_AT_ONCE, thread_name_prefix="job")
        self._files = ThreadPoolExecutor(1 + (cpu_count() or 1), thread_name_prefix="file")

    def submit(self, job_id: str) -> None:
        """Run a job when its time has come."""
        begins = self._row(job_id)["submitted_at"] + SUBMITTED_SHARE * self._least_seconds
        self._clock.at(begins, partial(self._begin, job_id))

    def resume(self) -> None:
        """Submit the jobs that an earlier process did not finish, the oldest first.

        Outputs that a fault made late are written when they are due.
        """
        for late in self._state.database.all(
            "SELECT j.*, o.due FROM late_outputs o JOIN jobs j ON j.id = o.job_id"
        ):
            self._report_at(late["due"], Run(late, {}))
        for row in self._state.database.all(
            "SELECT id FROM jobs WHERE status IN ('SUBMITTED', 'IN_PROGRESS') ORDER BY number"
        ):
            self.submit(row["id"])

    def stop(self) -> None:
        """Leave the running jobs as they are, for the next process to go on with."""
        self._stop.set()
        self._clock.stop()
        self._jobs.shutdown(cancel_futures=True)
        self._files.shutdown(cancel_futures=True)

    def _begin(self, job_id: str) -> None:
        row = self._row(job_id)
        self._set_status(job_id, "IN_PROGRESS")
        self._work_unless_stuck(Run(row, self._rules.faults_of(row)))

    def _work_unless_stuck(self, run: Run) -> None:
        stuck = run.faults.get("stuck_job")
        if stuck and self._rules.faults.holds(stuck):
            self._clock.at(time.time() + LOOK_SECONDS, partial(self._work_unless_stuck, run))
        else:
            self._jobs.submit(self._work, run)

    def _work(self, run: Run) -> None:
        try:
            message = self._message(run)
        except StoppedError:
            return
        except LockedError as error:
            self._clock.at(error.until, partial(self._jobs.submit, self._work, run))
            return
        ends = run.row["submitted_at"] + self._least_seconds
        if run.slowed_seconds:
            ends = max(ends, time.time()) + run.slowed_seconds
        self._clock.at(ends, partial(self._end, run, message))

    def _end(self, run: Run, message: str | None) -> None:
        late = None if message else run.faults.get("late_manifest")
        due = time.time() + late.settings["seconds"] if late else None
        self._set_status(run.row["id"], "FAILED" if message else "COMPLETED", message, due)
        log.info("job %s %s", run.row["id"], "failed" if message else "completed")
        if due is not None:
            self._report_at(due, run)

    def _message(self, run: Run) -> str | None:
        """The reason why the whole job failed, or None."""
        try:
            return self._import(run, self._sessions.s3(run.row))
        except AccessDeniedError as error:
            return str(error)
        except ClientError as error:
            found = error.response.get("Error", {})
            return f"{found.get('Code')}: {error.operation_name} failed for the import role"
        except BotoCoreError as error:
            return f"S3 or STS could not be reached: {type(error).__name__}"
        except (StoppedError, LockedError):
            raise
        except Exception as error:  # noqa: BLE001 - a job must end; messages can hold values
            log.error("job %s broke: %s", run.row["id"], type(error).__name__)
            return "The import job failed with an internal error"

    def _import(self, run: Run, s3: "S3Client") -> str | None:
        failed = run.faults.get("job_failed")
        try:
            if not failed or failed.settings["imported"]:
                conflict = "non_primary" in run.faults
                job = ImportJob(run.row, self._state, s3, self._rules)
                job.run(self._files, self._stop, as_conflict=conflict)
        except JobInputError as error:
            if self._rules.dialect["early-manifest"] == "written":
                self._report(run, s3)
            return str(error)
        if failed.settings["output"] if failed else "late_manifest" not in run.faults:
            self._report(run, s3)
        return "The import job failed by a fault that was asked for" if failed else None

    def _report(self, run: Run, s3: "S3Client") -> None:
        write_output(self._state.database, run.row, s3, self._rules.dialect, run.faults)

    def _report_at(self, due: float, run: Run) -> None:
        self._clock.at(due, partial(self._jobs.submit, self._report_late, run))

    def _report_late(self, run: Run) -> None:
        try:
            self._report(run, self._sessions.s3(run.row))
            with self._state.database.writing() as connection:
                connection.execute("DELETE FROM late_outputs WHERE job_id = ?", (run.row["id"],))
        except (AccessDeniedError, BotoCoreError, ClientError) as error:
            log.error("job %s has no output: %s", run.row["id"], type(error).__name__)

    def _row(self, job_id: str) -> sqlite3.Row:
        row = self._state.database.one("SELECT * FROM jobs WHERE id = ?", job_id)
        assert row is not None
        return row

    def _set_status(
        self, job_id: str, status: str, message: str | None = None, output_due: float | None = None
    ) -> None:
        ended = time.time() if status in ("COMPLETED", "FAILED") else None
        unnamed: list[str] = []
        with self._state.database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET status = ?, message = ?, ended_at = ? WHERE id = ?",
                (status, message, ended, job_id),
            )
            if output_due is not None:
                connection.execute("INSERT INTO late_outputs VALUES (?, ?)", (job_id, output_due))
            if status == "FAILED":
                unnamed = discard_unpublished(connection, job_id)
        for blob in unnamed:
            self._state.frames.remove(blob)
