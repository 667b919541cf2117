"""Prepares the local cloud for an Airflow of several machines, and writes what Airflow is told."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from include.demo.environment import ACCESS_KEY, SECRET_KEY, Settings, prepare

PASSWORD_VARIABLE = "AIRFLOW_ADMIN_PASSWORD"  # noqa: S105  # a variable's name
CONNECTIONS, PASSWORDS = "connections.json", "passwords.json"


def target_connection(settings: Settings) -> dict[str, Any]:
    """Return the Connection `imaging_default`, as `airflow connections import` reads it."""
    extra = {
        **asdict(settings),
        # a service name is no address: neither bucket.localcloud nor runtime-localcloud exists
        "config_kwargs": {"s3": {"addressing_style": "path"}, "inject_host_prefix": False},
    }
    return {"conn_type": "aws", "login": ACCESS_KEY, "password": SECRET_KEY, "extra": extra}


def register(url: str, folder: Path, password: str) -> None:
    """Make buckets, role and data store at `url`; write connections and the admin's password.

    A second call finds what the first one made and writes the same files.
    """
    connections = {"imaging_default": target_connection(prepare(url))}
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / CONNECTIONS, connections)
    _write(folder / PASSWORDS, {"admin": password})


def main() -> int:
    """Register as the command line says: URL of the local cloud, folder to write to."""
    if len(sys.argv) != len(("program", "url", "folder")) or PASSWORD_VARIABLE not in os.environ:
        sys.stderr.write(
            f"usage: {PASSWORD_VARIABLE}=… python -m include.demo.registration URL FOLDER\n"
        )
        return 2
    register(sys.argv[1], Path(sys.argv[2]), os.environ[PASSWORD_VARIABLE])
    return 0


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content) + "\n")
    path.chmod(0o660)


if __name__ == "__main__":
    raise SystemExit(main())
