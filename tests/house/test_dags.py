"""Every DAG imports, serialises, and says what the person on call must know."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from include.demo.airflow import AirflowServer
from tests.support.source_tree import ROOT

HEADINGS = ("**What**", "**Reads / writes**", "**Runs**", "**When it fails**")
NOBODY = {"", "airflow"}

Facts = dict[str, Any]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    environment = AirflowServer(tmp_path_factory.mktemp("airflow")).environment()
    command = [sys.executable, "-m", "tests.support.dag_facts", str(ROOT / "dags")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def dags(facts: Facts) -> Facts:
    assert "import_demo" in facts["dags"]
    return facts["dags"]


@pytest.fixture
def tasks(dags: Facts) -> Facts:
    found = {f"{dag}.{name}": task for dag in dags for name, task in dags[dag]["tasks"].items()}
    assert len(found) >= 9
    return found


def test_every_dag_file_imports(facts: Facts) -> None:
    assert facts["dags"]
    assert not facts["errors"]


def test_every_dag_survives_serialisation(dags: Facts) -> None:
    for facts in dags.values():
        assert facts["tasks_again"] == len(facts["tasks"]) > 0


def test_every_dag_file_makes_a_dag(dags: Facts) -> None:
    files = {path.name for path in Path(ROOT / "dags").glob("*.py")}
    assert files
    assert {facts["file"] for facts in dags.values()} == files


def test_parsing_imports_nothing_heavy(facts: Facts) -> None:
    assert facts["dags"]
    assert not {"pydicom", "numpy", "pandas"} & set(facts["imported"])


def test_every_dag_answers_the_person_on_call(dags: Facts) -> None:
    missing = {
        dag: [heading for heading in HEADINGS if heading not in facts["doc"]]
        for dag, facts in dags.items()
    }
    assert not {dag: headings for dag, headings in missing.items() if headings}


def test_every_dag_has_tags(dags: Facts) -> None:
    assert not [dag for dag, facts in dags.items() if not facts["tags"]]


def test_every_task_has_an_owner(tasks: Facts) -> None:
    assert not [name for name, task in tasks.items() if task["owner"] in NOBODY]


def test_every_task_is_retried(tasks: Facts) -> None:
    assert not [name for name, task in tasks.items() if task["retries"] < 1]


def test_a_deferrable_task_is_retried_twice(tasks: Facts) -> None:
    deferrable = {name: task for name, task in tasks.items() if task["deferrable"]}
    assert deferrable
    assert not [name for name, task in deferrable.items() if task["retries"] < 2]


def test_every_task_has_a_timeout(tasks: Facts) -> None:
    assert not [name for name, task in tasks.items() if not task["timeout_seconds"]]
