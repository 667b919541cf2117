"""The form of a set-up run: names, key, boundary, storage format, tags, days and the dry run."""

from __future__ import annotations

from airflow.sdk import Param

NAMES = {
    "landing_bucket": "Landing bucket",
    "import_bucket": "Import bucket",
    "results_bucket": "Results bucket",
    "role": "Import role",
    "worker_policy": "Worker policy",
    "datastore": "Data store",
}
# as Days in include/infrastructure/wanted.py
DAYS = {
    "landing": (30, "Files of a run in the landing zone"),
    "quarantine": (365, "Files in quarantine; not fewer than those of a run"),
    "imports": (30, "Files in the import zone"),
    "noncurrent": (365, "Overwritten and deleted files of the results"),
}


def set_up_params() -> dict[str, Param]:
    """Return the Params, in the order of the form."""
    return {
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Say what would be made and changed, and change nothing.",
        ),
        "connection": Param(
            "imaging_default",
            type="string",
            minLength=1,
            title="Connection",
            description="Its credentials make the environment, its region_name says where.",
        ),
        **{name: _name(title) for name, title in NAMES.items()},
        "kms_key_arn": Param(
            None,
            type=["null", "string"],
            title="KMS key",
            description="ARN of a key for buckets and data store. Empty: keys that AWS owns.",
        ),
        "permissions_boundary": Param(
            None,
            type=["null", "string"],
            title="Permissions boundary",
            description="ARN of the policy that bounds the import role, where one has to.",
        ),
        "storage_format": Param(
            "HTJ2K",
            type="string",
            enum=["HTJ2K", "JPEG_2000_LOSSLESS"],
            title="Storage format",
            description="Of the data store; it is fixed when that is made.",
        ),
        "tags": Param({}, type="object", title="Tags", description="Of the data store."),
        **{f"{name}_days": _days(*told) for name, told in DAYS.items()},
    }


def _name(title: str) -> Param:
    return Param(
        None,
        type=["null", "string"],
        title=title,
        description="Its name. Empty: as the Connection's extra has it, or else the usual one.",
    )


def _days(usual: int, what: str) -> Param:
    return Param(usual, type="integer", minimum=1, title=what, description="Days they are kept.")
