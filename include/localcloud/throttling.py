"""Refuses calls that come too often or too many at once, as --quotas asks for."""

import threading
import time
from collections.abc import Callable

from include.localcloud.calls import Call
from include.localcloud.database import Database
from include.localcloud.errors import ServiceQuotaExceededError, ThrottlingError
from include.localcloud.quotas import Quotas

IN_WORK = {
    "CopyImageSet": ("COPYING", "COPYING_WITH_READ_ONLY_ACCESS"),
    "UpdateImageSetMetadata": ("UPDATING", "UPDATING_FOR_STUDY_CONSISTENCY"),
    "DeleteImageSet": ("DELETING",),
}


class Bucket:
    """A token bucket: `rate` tokens a second flow in, up to `burst`; each call takes one."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._tokens, self._filled = burst, clock()

    def take(self) -> bool:
        """Whether there was a token."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + self._rate * (now - self._filled))
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Throttle:
    """Rates by operation, and limits of what one data store may do at once.

    An operation without a rate is never throttled.
    """

    def __init__(
        self, quotas: Quotas, database: Database, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._quotas = quotas
        self._database = database
        self._lock = threading.Lock()
        self._buckets = {name: Bucket(*rate, clock) for name, rate in quotas.rates.items()}

    def admit(self, operation: str) -> None:
        """Pass if the operation is not called too often.

        Raises:
            ThrottlingError: It is.
        """
        bucket = self._buckets.get(operation)
        if bucket is None:
            return
        with self._lock:
            if not bucket.take():
                raise ThrottlingError("Rate exceeded")

    def check(self, call: Call) -> None:
        """Pass if there is room for what a validated call makes.

        Raises:
            ServiceQuotaExceededError: There is none.
        """
        limit = self._quotas.concurrent.get(call.operation)
        statuses = IN_WORK.get(call.operation)
        if limit is not None and statuses and self._in_work(call, statuses) >= limit:
            raise ServiceQuotaExceededError(
                f"a data store has at most {limit} concurrent {call.operation} requests"
            )

    def _in_work(self, call: Call, statuses: tuple[str, ...]) -> int:
        rows = self._database.all(
            "SELECT meanwhile FROM image_sets WHERE datastore_id = ? AND settles_at > ?",
            call["datastoreId"],
            time.time(),
        )
        return sum(row["meanwhile"] in statuses for row in rows)
