"""What an environment should be: names, key, storage format, tags and days."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from include.imaging.errors import CustomerError

StorageFormat = Literal["HTJ2K", "JPEG_2000_LOSSLESS"]

# Amazon S3 User Guide, "Bucket naming rules", without dots; IAM and HealthImaging API references
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_IAM_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
_DATA_STORE = re.compile(r"[A-Za-z0-9._/#-]{1,256}")
# an alias opens nothing in the Resource of a policy
KEY = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+"
BOUNDARY = r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+"
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_NAMES = {
    "landing_bucket": _BUCKET,
    "import_bucket": _BUCKET,
    "results_bucket": _BUCKET,
    "role": _IAM_NAME,
    "worker_policy": _IAM_NAME,
    "datastore": _DATA_STORE,
    "region": _REGION,
}
_ZONES = ("landing", "import", "results")
_FORMATS = ("HTJ2K", "JPEG_2000_LOSSLESS")


@dataclass(frozen=True, slots=True)
class Days:
    """How long objects are kept, in days from their making.

    `noncurrent` is what an overwritten or deleted object of the results bucket is kept for.
    """

    landing: int = 30
    quarantine: int = 365
    imports: int = 30
    noncurrent: int = 365


@dataclass(frozen=True, slots=True)
class Wanted:
    """One environment of one account and Region.

    `kms_key_arn` encrypts buckets and data store; without it S3 and HealthImaging use keys
    of their own. `datastore_id` names the data store where its name does not.
    `permissions_boundary` is the import role's, where the account asks for one.
    """

    account: str
    region: str
    landing_bucket: str
    import_bucket: str
    results_bucket: str
    role: str
    worker_policy: str
    datastore: str
    datastore_id: str = ""
    kms_key_arn: str = ""
    permissions_boundary: str = ""
    storage_format: StorageFormat = "HTJ2K"
    tags: Mapping[str, str] = field(default_factory=dict)
    days: Days = field(default_factory=Days)

    def check(self) -> None:
        """Raise CustomerError for everything that AWS would refuse or that does not fit."""
        wrong = [
            f"{n} ({getattr(self, n)!r})" for n, form in _NAMES.items() if not self._is(n, form)
        ]
        if self.kms_key_arn and not re.fullmatch(KEY, self.kms_key_arn):
            wrong.append("kms_key_arn (the ARN of a key is needed, not its id or an alias)")
        if self.permissions_boundary and not re.fullmatch(BOUNDARY, self.permissions_boundary):
            wrong.append("permissions_boundary (the ARN of a policy is needed)")
        if self.storage_format not in _FORMATS:
            wrong.append(f"storage_format (one of {', '.join(_FORMATS)})")
        if len({self.landing_bucket, self.import_bucket, self.results_bucket}) < 3:
            wrong.append("the buckets (they must be three)")
        wrong += self._days()
        if wrong:
            raise CustomerError("SET_UP_INVALID", f"not as AWS takes it: {'; '.join(wrong)}")

    def _is(self, name: str, form: re.Pattern[str]) -> bool:
        return form.fullmatch(getattr(self, name)) is not None

    def _days(self) -> list[str]:
        days = self.days
        wrong = [f"days of {n}" for n in Days.__slots__ if getattr(days, n) < 1]
        if days.quarantine < days.landing:
            # the shorter of two rules wins, so the longer one must be the bucket's
            wrong.append("days of quarantine (they may not be fewer than those of landing)")
        return wrong

    @property
    def role_arn(self) -> str:
        """ARN of the import role where set-up makes it; one that is there may have a path."""
        return f"arn:aws:iam::{self.account}:role/{self.role}"

    @property
    def worker_policy_arn(self) -> str:
        """ARN of the worker's policy where set-up makes it; one that is there may have a path."""
        return f"arn:aws:iam::{self.account}:policy/{self.worker_policy}"


def usual_names(account: str, region: str) -> dict[str, str]:
    """Return names for whoever has none; bucket names are the whole world's, so they are long."""
    buckets = {f"{zone}_bucket": f"imaging-{zone}-{account}-{region}" for zone in _ZONES}
    return buckets | {
        "role": "imaging-import",
        "worker_policy": "imaging-worker",
        "datastore": "imaging",
    }
