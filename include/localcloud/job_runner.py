"""Runs import jobs on threads, and goes on with those that an earlier process left."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

from botocore.exceptions import BotoCoreError, ClientError

from include.localcloud.errors import AccessDeniedError
from include.localcloud.import_job import ImportJob, StoppedError
from include.localcloud.job_input import JobInputError
from include.localcloud.role_sessions import RoleSessions
from include.localcloud.state import State

JOBS_AT_ONCE = 4

log = logging.getLogger(__name__)


class JobRunner:
    """Runs a few jobs at a time; all share one pool of threads for their files.

    Args:
        state: Where jobs, instances and frames are kept.
        sessions: Gives S3 clients that act as a job's role.
        least_seconds: How long a job takes at least.
    """

    def __init__(self, state: State, sessions: RoleSessions, least_seconds: float) -> None:
        self._state = state
        self._sessions = sessions
        self._least_seconds = least_seconds
        self._stop = threading.Event()
        self._jobs = ThreadPoolExecutor(JOBS_AT_ONCE, thread_name_prefix="job")
        self._files = ThreadPoolExecutor(1 + (cpu_count() or 1), thread_name_prefix="file")

    def submit(self, job_id: str) -> None:
        """Run a job as soon as there is a thread."""
        self._jobs.submit(self._run, job_id)

    def resume(self) -> None:
        """Submit the jobs that an earlier process did not finish, the oldest first."""
        for row in self._state.database.all(
            "SELECT id FROM jobs WHERE status IN ('SUBMITTED', 'IN_PROGRESS') ORDER BY number"
        ):
            self.submit(row["id"])

    def stop(self) -> None:
        """Leave the running jobs as they are, for the next process to go on with."""
        self._stop.set()
        self._jobs.shutdown(cancel_futures=True)
        self._files.shutdown(cancel_futures=True)

    def _run(self, job_id: str) -> None:
        started = time.monotonic()
        self._set_status(job_id, "IN_PROGRESS")
        try:
            message = self._import(job_id)
            self._stop.wait(max(0.0, self._least_seconds - (time.monotonic() - started)))
        except StoppedError:
            return
        if not self._stop.is_set():
            self._set_status(job_id, "FAILED" if message else "COMPLETED", message)
            log.info("job %s %s", job_id, "failed" if message else "completed")

    def _import(self, job_id: str) -> str | None:
        """The reason why the whole job failed, or None."""
        row = self._state.database.one("SELECT * FROM jobs WHERE id = ?", job_id)
        assert row is not None
        try:
            s3 = self._sessions.s3(row)
            ImportJob(row, self._state, s3, self._files, self._stop).run()
        except (JobInputError, AccessDeniedError) as error:
            return str(error)
        except ClientError as error:
            found = error.response.get("Error", {})
            return f"{found.get('Code')}: {error.operation_name} failed for the import role"
        except BotoCoreError as error:
            return f"S3 or STS could not be reached: {type(error).__name__}"
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 - a job must end; messages can hold values
            log.error("job %s broke: %s", job_id, type(error).__name__)
            return "The import job failed with an internal error"
        return None

    def _set_status(self, job_id: str, status: str, message: str | None = None) -> None:
        ended = time.time() if status in ("COMPLETED", "FAILED") else None
        with self._state.database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET status = ?, message = ?, ended_at = ? WHERE id = ?",
                (status, message, ended, job_id),
            )
