"""Where a feed's data goes: the extra of its target connection, read at run time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from include.imaging.errors import CustomerError


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """A data store, the role its import jobs take, and the three buckets.

    `import_role_arn` is what StartDICOMImportJob calls dataAccessRoleArn. It is not the
    connection's `role_arn`: that is the role which Airflow's own calls are made with.
    """

    datastore_id: str
    import_role_arn: str
    landing_bucket: str
    import_bucket: str
    results_bucket: str

    @classmethod
    def from_extra(cls, conn_id: str | None, extra: Mapping[str, Any]) -> Self:
        """Return the settings in a connection's extra; CustomerError names what is missing."""
        return cls(**named(conn_id, extra, [entry.name for entry in fields(cls)]))


def named(conn_id: str | None, extra: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    """Return what the extra of a connection has under these names; CustomerError for a gap."""
    missing = [name for name in names if not _is_text(extra.get(name))]
    if missing:
        hint = (
            " (role_arn is another thing: the role that Airflow's own calls are made with)"
            if "import_role_arn" in missing and "role_arn" in extra
            else ""
        )
        raise CustomerError(
            "CONNECTION_INCOMPLETE",
            f"the extra of connection {conn_id!r} lacks {', '.join(missing)}{hint}: add it "
            "under Admin → Connections, or in the secrets backend the connection comes from",
        )
    return {name: extra[name].strip() for name in names}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
