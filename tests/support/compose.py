"""Reads docker-compose.yaml as Compose does, and runs its services without containers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from include.demo.processes import ChildSession, free_ports

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yaml"
PORTS = ("4566", "5432", "8080", "8793", "8794", "8974")
HOSTS = ("airflow-api-server", "localcloud", "postgres")
_VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?:(?P<kind>:[-?])(?P<text>[^}]*))?\})", re.ASCII
)


class MissingVariableError(Exception):
    """A variable that the file insists on is not set; the text is the file's own."""


def load(variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the file with its variables filled in; MissingVariableError where one must be set."""
    return _filled(yaml.safe_load(COMPOSE_FILE.read_text()), variables)


def required() -> dict[str, set[str]]:
    """Return the variables that the file insists on, each with the messages it gives."""
    found: dict[str, set[str]] = {}
    for match in _VARIABLE.finditer(COMPOSE_FILE.read_text()):
        if match["kind"] == ":?":
            found.setdefault(match["name"], set()).add(match["text"])
    return found


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(entry, variables) for name, entry in value.items()}
    if isinstance(value, list):
        return [_filled(entry, variables) for entry in value]
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(lambda match: _value(match, variables), value)


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    if match["dollar"]:
        return "$"
    value = variables.get(match["name"], "")
    if value or not match["kind"]:
        return value
    if match["kind"] == ":?":
        raise MissingVariableError(match["text"])
    return match["text"]


class Processes:
    """The services as processes on loopback: same commands, same environment, free ports.

    What a container gives is given here: /opt/airflow is a folder with the mounts as links,
    the services' names and ports are loopback and free ports.
    """

    def __init__(self, compose: dict[str, Any], folder: Path, postgres_port: int) -> None:
        self._services = compose["services"]
        self.home = folder / "airflow"
        self.home.mkdir()
        for name in ("dags", "plugins", "include"):
            (self.home / name).symlink_to(ROOT / name)
        self.folder = folder
        self.ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
        self.ports["5432"] = str(postgres_port)
        self._sessions: dict[str, ChildSession] = {}

    def environment(self, service: str) -> dict[str, str]:
        """Return what the service's container would have in its environment."""
        own = {
            name: self.here(str(value))
            for name, value in self._services[service]["environment"].items()
        }
        return {
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "HOME": str(self.folder),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "no_proxy": "127.0.0.1,localhost",
            **own,
        }

    def command(self, service: str) -> list[str]:
        """Return what the image's entry point makes of the service's command."""
        command = [self.here(part) for part in self._services[service]["command"]]
        return command if command[0] in ("bash", "python") else ["airflow", *command]

    def here(self, text: str) -> str:
        """Return a text of the file with the addresses and folders that it has here."""
        text = text.replace("/opt/airflow", str(self.home)).replace("0.0.0.0", "127.0.0.1")
        text = re.sub(rf"\b({'|'.join(HOSTS)}|localhost)(?=:)", "127.0.0.1", text)
        text = text.replace('"host": "postgres"', '"host": "127.0.0.1"')
        return re.sub(rf"\b({'|'.join(PORTS)})\b", lambda match: self.ports[match[0]], text)

    def run(self, service: str, seconds: float) -> subprocess.CompletedProcess[str]:
        """Run a service that ends."""
        return subprocess.run(
            self.command(service),
            env=self.environment(service),
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def start(self, service: str) -> None:
        """Start a service that goes on."""
        self._sessions[service] = ChildSession.start(
            self.command(service), self.environment(service), self.log(service), self.home
        )

    def log(self, service: str) -> Path:
        """Where the service's output is kept."""
        return self.folder / f"{service}.log"

    def await_healthy(self, service: str, seconds: float) -> None:
        """Return once the service's own health check passes; fails with its log otherwise."""
        deadline = time.monotonic() + seconds
        while not self.is_healthy(service):
            if not self._sessions[service].is_running or time.monotonic() > deadline:
                raise AssertionError(f"{service}: {self.log(service).read_text()[-4000:]}")
            time.sleep(0.5)

    def is_healthy(self, service: str) -> bool:
        """Run the service's health check once, as its container would."""
        kind, *test = self._services[service]["healthcheck"]["test"]
        assert kind == "CMD"
        command = [self.here(part) for part in test]
        check = subprocess.run(
            command, env=self.environment(service), cwd=self.home, capture_output=True, check=False
        )
        return check.returncode == 0

    def stop(self) -> dict[str, int]:
        """Stop all; returns how many processes of each service had to be killed."""
        return {name: session.stop() for name, session in reversed(self._sessions.items())}
