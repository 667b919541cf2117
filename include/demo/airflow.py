"""A real Airflow (standalone) on loopback, with a home of its own: started, reached, stopped."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from include.demo.loopback import HOST
from include.demo.private_files import kept
from include.demo.processes import ChildSession, free_ports
from include.demo.rest import AirflowClient

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
PARSE_SECONDS = 120
DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
WAITS = {  # of the SQLite file that Airflow uses when it is given no other database
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": "include.demo.sqlite_waits.BLOCKING",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS_ASYNC": "include.demo.sqlite_waits.ASYNCHRONOUS",
}
_COMPONENTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")
# of the caller's environment: never another Airflow's settings, never real AWS credentials
_NOT_INHERITED = ("AIRFLOW_", "AWS_", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "OTEL_")


class StartError(Exception):
    """Airflow did not come up, or does not know the DAG; the text says where to look."""


class AirflowServer:
    """One Airflow: scheduler, DAG processor, triggerer, API server with UI.

    Args:
        home: AIRFLOW_HOME; database, logs and the password stay there between starts.
        environment: Connections (`AIRFLOW_CONN_…`) and settings, over the defaults.
        dags: folder of the DAG files; the project's own when omitted.
        port: of UI and API; a free one when omitted.
    """

    username = "admin"

    def __init__(
        self,
        home: Path,
        environment: Mapping[str, str] | None = None,
        dags: Path = ROOT / "dags",
        port: int | None = None,
    ) -> None:
        self.home = home.resolve()
        self._environment = dict(environment or {})
        self._dags = dags.resolve()
        free = free_ports(3)
        self.port = port or free[0]
        self._log_ports = free[1:]
        self.session: ChildSession | None = None
        self.password = self._password()
        self.client = AirflowClient(self.port, self.username, self.password)

    @property
    def url(self) -> str:
        """Address of the UI."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """What all components print."""
        return self.home / "standalone.log"

    def __enter__(self) -> AirflowServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, seconds: float = START_SECONDS) -> None:
        """Start everything and return once all components are healthy; StartError otherwise."""
        self.launch()
        try:
            self.await_ready(seconds)
        except BaseException:
            self.stop()
            raise

    def launch(self) -> ChildSession:
        """Start everything and return at once."""
        self._write_command()
        command = [sys.executable, "-m", "airflow", "standalone"]
        self.session = ChildSession.start(command, self.environment(), self.log, ROOT)
        return self.session

    def await_ready(self, seconds: float = START_SECONDS) -> None:
        """Return once every component is healthy; StartError when that fails or takes too long."""
        deadline = time.monotonic() + seconds
        while not self._is_ready():
            if self.session is None or not self.session.is_running:
                raise StartError(f"Airflow ended while it started; read {self.log}")
            if time.monotonic() > deadline:
                raise StartError(f"Airflow is not up after {seconds:.0f} s; read {self.log}")
            time.sleep(0.5)

    def await_dag(self, dag_id: str, seconds: float = PARSE_SECONDS) -> None:
        """Return once the DAG has been parsed; StartError names the files that cannot be."""
        deadline = time.monotonic() + seconds
        while not self.client.has_dag(dag_id):
            if time.monotonic() > deadline:
                broken = "; ".join(self.client.import_errors()) or "no import errors"
                raise StartError(f"the DAG {dag_id} does not appear ({broken}); read {self.log}")
            time.sleep(0.5)

    def stop(self) -> None:
        """End every process of this Airflow; a second call does nothing."""
        if self.session is not None:
            self.session.stop()
            self.session = None

    def environment(self) -> dict[str, str]:
        """Return the environment of every component and task."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)
        }
        # standalone finds `airflow` by PATH
        places = (self._command.parent, Path(sys.executable).parent)
        inherited["PATH"] = os.pathsep.join([*map(str, places), inherited.get("PATH", os.defpath)])
        made = inherited | self._settings() | self._environment
        return made if DATABASE in made else made | WAITS

    def _settings(self) -> dict[str, str]:
        return {
            "AIRFLOW_HOME": str(self.home),
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'plugins'}",
            "NO_PROXY": f"{HOST},localhost",
            "no_proxy": f"{HOST},localhost",
            "AIRFLOW__CORE__DAGS_FOLDER": str(self._dags),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__HOSTNAME_CALLABLE": "include.demo.loopback.host_name",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__MAX_MAP_LENGTH": "4096",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self._password_file),
            "AIRFLOW__API__HOST": HOST,
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(self._log_ports[0]),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(self._log_ports[1]),
            # at the default of 5 s a slot is held long after its task ended
            "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        }

    @property
    def _command(self) -> Path:
        return self.home / "bin" / "airflow"

    def _write_command(self) -> None:
        self._command.parent.mkdir(parents=True, exist_ok=True)
        python = shlex.quote(sys.executable)
        script = f'#!/bin/sh\nexec {python} -m include.demo.airflow_command "$@"\n'
        self._command.write_text(script)
        self._command.chmod(0o700)

    @property
    def _password_file(self) -> Path:
        return self.home / "passwords.json"

    def _password(self) -> str:
        made = kept(
            self._password_file, lambda: json.dumps({self.username: secrets.token_urlsafe(12)})
        )
        return str(json.loads(made)[self.username])

    def _is_ready(self) -> bool:
        health = self.client.health()
        return all(health.get(name) == "healthy" for name in _COMPONENTS)
