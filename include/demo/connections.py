"""The Airflow Connections of the demo, as environment variables."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from include.demo.environment import ACCESS_KEY, SECRET_KEY, Settings


def connections(settings: Settings, catalog: Path, archive: Path, secret: str) -> dict[str, str]:
    """Return the environment that makes Airflow know the four Connections of `import_demo`."""
    target = {
        "conn_type": "aws",
        "login": ACCESS_KEY,
        "password": SECRET_KEY,
        "extra": asdict(settings),
    }
    return {
        "AIRFLOW_CONN_IMAGING_DEFAULT": json.dumps(target),
        "AIRFLOW_CONN_IMAGING_CATALOG": json.dumps(
            {"conn_type": "sqlite", "host": str(catalog.resolve())}
        ),
        "AIRFLOW_CONN_IMAGING_DEID": json.dumps({"conn_type": "generic", "password": secret}),
        "AIRFLOW_CONN_IMAGING_ARCHIVE_DEMO": json.dumps(
            {"conn_type": "fs", "extra": {"path": str(archive.resolve())}}
        ),
        # the service's host prefix (runtime-…) does not exist on loopback
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
