"""The demo's Airflow: a real one starts, runs, clears, explains itself and leaves nothing."""

import importlib
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from include.demo.airflow import DATABASE, WAITS, AirflowServer, StartError
from include.demo.rest import AirflowClient, RestError

pytestmark = pytest.mark.scheduler

DAG = """
import os, pathlib, time
from airflow.sdk import dag, task

@dag(schedule=None)
def trivial():
    @task
    def numbers():
        return [0, 1, 2]

    @task
    def wait_for_mark(number):
        print("looking for the mark")
        if number == 2 and not pathlib.Path(os.environ["MARK"]).exists():
            raise ValueError("there is no mark yet")

    wait_for_mark.expand(number=numbers())

@dag(schedule=None)
def patient():
    @task
    def wait():
        print("waiting", flush=True)
        while not pathlib.Path(os.environ["MARK"]).with_name("end").exists():
            time.sleep(0.2)

    wait()

trivial()
patient()
"""


@pytest.fixture(scope="module")
def mark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mark") / "mark"


@pytest.fixture(scope="module")
def server(mark: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AirflowServer]:
    dags = tmp_path_factory.mktemp("dags")
    (dags / "trivial.py").write_text(DAG)
    server = AirflowServer(tmp_path_factory.mktemp("airflow"), {"MARK": str(mark)}, dags)
    with server:
        session = server.session
        server.await_dag("trivial")
        yield server
    assert session is not None
    assert session.processes() == []


def running_log(client: AirflowClient, run_id: str) -> list[str]:
    """What the log of the waiting task shows, once that has said something."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        [task] = client.task_instances("patient", run_id)
        log = client.logs("patient", run_id, "wait") if task.state == "running" else []
        if "waiting" in log:
            break
        time.sleep(0.5)
    return log


def test_a_failed_task_is_found_read_and_cleared(server: AirflowServer, mark: Path) -> None:
    client = server.client
    run_id = client.trigger("trivial")
    assert client.wait("trivial", run_id, 120) == "failed"
    failed = [task for task in client.task_instances("trivial", run_id) if task.state == "failed"]
    assert [task.name for task in failed] == ["wait_for_mark[2]"]
    log = client.logs("trivial", run_id, "wait_for_mark", 2)
    assert "ValueError: there is no mark yet" in log
    assert "looking for the mark" in log
    mark.touch()
    assert client.clear("trivial", run_id, [("wait_for_mark", 2)]) == 1
    assert client.wait("trivial", run_id, 120) == "success"


def test_everything_listens_on_loopback_alone(server: AirflowServer) -> None:
    assert server.session is not None
    addresses = {
        connection.laddr.ip
        for process in server.session.processes()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


def test_the_log_of_a_running_task_is_fetched_from_loopback(
    server: AirflowServer, mark: Path
) -> None:
    run_id = server.client.trigger("patient")
    log = running_log(server.client, run_id)
    mark.with_name("end").touch()
    assert any(line.startswith("http://127.0.0.1:") for line in log)
    assert server.client.wait("patient", run_id, 60) == "success"


def test_an_unfinished_run_can_be_ended(server: AirflowServer) -> None:
    run_id = server.client.trigger("trivial")
    assert server.client.unfinished_runs("trivial") == [run_id]
    server.client.fail_run("trivial", run_id)
    assert server.client.run_state("trivial", run_id) == "failed"


def test_an_absent_dag_is_an_error_that_says_so(server: AirflowServer) -> None:
    assert not server.client.has_dag("absent")
    with pytest.raises(RestError, match="404"):
        server.client.trigger("absent")
    with pytest.raises(StartError, match="absent does not appear"):
        server.await_dag("absent", seconds=0)


def test_the_password_is_private_and_kept(server: AirflowServer) -> None:
    assert AirflowServer(server.home).password == server.password
    assert (server.home / "passwords.json").stat().st_mode & 0o077 == 0


def test_the_callers_own_aws_account_never_reaches_airflow(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the caller's own")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "another one")
    environment = AirflowServer(tmp_path).environment()
    assert "AWS_SECRET_ACCESS_KEY" not in environment
    assert "AIRFLOW__CORE__EXECUTOR" not in environment
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"


def test_only_the_file_of_sqlite_is_waited_for_longer(tmp_path: Path) -> None:
    own = AirflowServer(tmp_path / "own").environment()
    other = AirflowServer(tmp_path / "other", {DATABASE: "postgresql://127.0.0.1/a"}).environment()
    assert WAITS.items() <= own.items()
    assert not WAITS.keys() & other.keys()
    for path in WAITS.values():
        module, _, name = path.rpartition(".")
        assert getattr(importlib.import_module(module), name)["timeout"] > 5
