"""Parsing DAG files is cheap: the domain's heavy libraries stay out until a task runs."""

import os
import subprocess
import sys

import pytest

from tests.support.airflow import ROOT, environment

HEAVY = (
    "pydicom",
    "numpy",
    "fsspec.implementations.zip",
    "include.imaging.archives.folder",
    "include.imaging.catalog.engine",
    "include.imaging.deid.engine",
    "include.imaging.store",
    "include.imaging.validation.verify",
)
PARSE = """
import runpy, sys
names = runpy.run_path("dags/import_feeds.py")
print(*sorted(name for name in names if name.startswith("import_")))
print(*sorted(sys.modules))
"""


@pytest.fixture(scope="module")
def parsed() -> list[list[str]]:
    """The DAGs of the file, and every module that a fresh interpreter has after parsing it."""
    done = subprocess.run(
        [sys.executable, "-c", PARSE],
        cwd=ROOT,
        env={**os.environ, **environment()},
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.split() for line in done.stdout.splitlines()[-2:]]


def test_the_file_of_dags_makes_dags(parsed: list[list[str]]) -> None:
    assert "import_demo" in parsed[0]


@pytest.mark.parametrize("module", HEAVY)
def test_parsing_does_not_import(parsed: list[list[str]], module: str) -> None:
    assert "airflow.sdk" in parsed[1]
    assert module not in parsed[1]
