from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from include.demo.rest import AirflowClient
from include.imaging.catalog.engine import open_catalog
from tests.support.compose import ROOT, MissingVariableError, Processes, load, required
from tests.support.postgres import Postgres, serving_postgres

VARIABLES = {
    "POSTGRES_PASSWORD": "p" * 32,
    "AIRFLOW_FERNET_KEY": Fernet.generate_key().decode(),
    "AIRFLOW_JWT_SECRET": "j" * 64,
    "AIRFLOW_SECRET_KEY": "s" * 64,
    "AIRFLOW_ADMIN_PASSWORD": "a" * 32,
    "IMAGING_DEID_SECRET": "d" * 64,
}
RUNNING = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer")
AIRFLOW = (*RUNNING, "airflow-init")


@pytest.fixture
def compose() -> dict[str, Any]:
    return load(VARIABLES)


def test_every_secret_comes_from_the_environment() -> None:
    assert set(required()) == set(VARIABLES)


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_a_missing_secret_is_named(name: str) -> None:
    with pytest.raises(MissingVariableError, match=f"set {name}"):
        load({key: value for key, value in VARIABLES.items() if key != name})


def test_ports_are_published_on_loopback_alone(compose: dict[str, Any]) -> None:
    published = [
        port for service in compose["services"].values() for port in service.get("ports", [])
    ]
    assert len(published) == 2
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_service_that_stays_has_a_health_check(compose: dict[str, Any]) -> None:
    staying = [name for name in compose["services"] if name != "airflow-init"]
    assert set(RUNNING) < set(staying)
    assert [name for name in staying if "healthcheck" not in compose["services"][name]] == []


@pytest.mark.parametrize("name", AIRFLOW)
def test_every_airflow_service_waits_for_what_it_needs(name: str, compose: dict[str, Any]) -> None:
    waits = set(compose["services"][name]["depends_on"])
    assert waits >= ({"postgres", "localcloud"} if name == "airflow-init" else {"airflow-init"})


@pytest.mark.parametrize("name", AIRFLOW)
def test_code_is_mounted_read_only_where_python_looks_for_it(
    name: str, compose: dict[str, Any]
) -> None:
    service = compose["services"][name]
    mounts = [volume for volume in service["volumes"] if isinstance(volume, str)]
    assert {f"./{folder}:/opt/airflow/{folder}:ro" for folder in ("dags", "plugins", "include")} < {
        *mounts
    }
    assert service["environment"]["PYTHONPATH"] == "/opt/airflow:/opt/airflow/plugins"


def test_the_connections_are_what_airflow_can_read(compose: dict[str, Any]) -> None:
    environment = compose["services"]["airflow-scheduler"]["environment"]
    connections = {
        name: json.loads(value)
        for name, value in environment.items()
        if name.startswith("AIRFLOW_CONN_")
    }
    assert connections["AIRFLOW_CONN_IMAGING_CATALOG"]["schema"] == "imaging_catalog"
    assert connections["AIRFLOW_CONN_IMAGING_DEID"]["password"] == VARIABLES["IMAGING_DEID_SECRET"]


def test_the_image_has_the_locked_airflow(compose: dict[str, Any]) -> None:
    (locked,) = re.findall(
        r"^apache-airflow==(\S+)", (ROOT / "requirements.lock").read_text(), re.M
    )
    (base,) = re.findall(r"^FROM apache/airflow:([\d.]+)-", (ROOT / "Dockerfile").read_text(), re.M)
    assert base == locked
    assert compose["services"]["airflow-scheduler"]["image"].endswith(f":{locked}")


def test_the_image_gets_what_the_local_cloud_needs() -> None:
    (script,) = re.findall(r"sed -n '([^']+)'", (ROOT / "Dockerfile").read_text())
    lines = subprocess.run(
        ["sed", "-n", script, str(ROOT / "requirements-dev.txt")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    everybody = (ROOT / "requirements.txt").read_text()
    for name in ("moto", "werkzeug", "regex", "imagecodecs"):
        assert re.search(rf"^{name}\b", lines + everybody, re.M), name
    assert "pytest" not in lines


def test_the_build_is_given_every_file_that_it_copies() -> None:
    sent = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")
    }
    copies = re.findall(r"^COPY --chown=\S+ (.+) \S+$", (ROOT / "Dockerfile").read_text(), re.M)
    copied = {name for line in copies for name in line.split()}
    assert copied == sent
    assert [name for name in copied if not (ROOT / name).exists()] == []


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with serving_postgres() as server:
        catalog = load(VARIABLES)["configs"]["catalog-database"]["content"]
        server.run("CREATE ROLE airflow SUPERUSER LOGIN", "CREATE DATABASE airflow", catalog)
        yield server


@pytest.mark.scheduler
def test_the_services_run_with_their_own_commands_and_environment(
    postgres: Postgres, tmp_path: Path, compose: dict[str, Any]
) -> None:
    services = Processes(compose, tmp_path, postgres.port)
    try:
        services.start("localcloud")
        services.await_healthy("localcloud", 60)
        for _ in range(2):  # a second `docker compose up` initialises again
            done = services.run("airflow-init", 300)
            assert done.returncode == 0, done.stdout + done.stderr
        for name in RUNNING:
            services.start(name)
        for name in RUNNING:
            services.await_healthy(name, 240)
        _assert_serving(services, postgres)
    finally:
        killed = services.stop()
    assert set(killed) == {"localcloud", *RUNNING}


def _assert_serving(services: Processes, postgres: Postgres) -> None:
    password = VARIABLES["AIRFLOW_ADMIN_PASSWORD"]
    client = AirflowClient(int(services.ports["8080"]), "admin", password)
    health = client.health()
    assert {name: health[name] for name in ("metadatabase", "scheduler", "triggerer")} == {
        "metadatabase": "healthy",
        "scheduler": "healthy",
        "triggerer": "healthy",
    }
    target = client.call("GET", "connections/imaging_default")
    extra = json.loads(target["extra"])
    assert extra["datastore_id"]
    assert extra["endpoint_url"] == services.here("http://localcloud:4566")
    assert client.import_errors() == []
    open_catalog(postgres.url("imaging_catalog", "airflow")).dispose()
