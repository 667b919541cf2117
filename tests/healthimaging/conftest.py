"""A connection to an endpoint that answers what the test says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import tests.support.airflow  # noqa: F401  # before airflow: it gives Airflow its home
from tests.support.import_jobs import CONNECTION, SETTINGS
from tests.support.scripted import Answer, Script, serving


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], None]:
    """Define the connection, with this extra."""

    def define(extra: dict[str, Any]) -> None:
        connection = {"conn_type": "aws", "login": "key", "password": "secret", "extra": extra}
        monkeypatch.setenv(f"AIRFLOW_CONN_{CONNECTION.upper()}", json.dumps(connection))

    return define


@pytest.fixture
def serve(connect: Callable[[dict[str, Any]], None]) -> Iterator[Callable[..., Script]]:
    """Serve answers, and point the connection at them."""
    with ExitStack() as servers:

        def start(*answers: Answer) -> Script:
            script = servers.enter_context(serving(*answers))
            connect(
                {
                    **SETTINGS,
                    "region_name": "us-east-1",
                    "endpoint_url": script.url,
                    "config_kwargs": {
                        "retries": {"total_max_attempts": 1},
                        "inject_host_prefix": False,
                    },
                }
            )
            return script

        yield start
