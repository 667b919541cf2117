"""Airflow's own command, with its log servers on loopback: Airflow binds them to every address."""

from __future__ import annotations

import runpy
from typing import Any

import uvicorn

from include.demo.loopback import HOST

_run = uvicorn.run


def _run_here(app: Any, *, host: str = "", **options: Any) -> None:
    _run(app, host=host or HOST, **options)


# while it is imported: a process that Airflow spawns instead of forking imports it again
uvicorn.run = _run_here

if __name__ == "__main__":
    runpy.run_module("airflow", run_name="__main__")
