"""Airflow's REST API, as far as a run must be started, watched and cleared."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

REQUEST_SECONDS = 60
PAGE = 100
ENDED = frozenset({"success", "failed"})
UNAUTHORISED, NOT_FOUND = 401, 404


class RestError(Exception):
    """Airflow's API answered with an error; `status` is the HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"Airflow answered {status}: {text[:500]}")
        self.status = status


@dataclass(frozen=True, slots=True)
class TaskState:
    """One task instance of a run; `map_index` is -1 where the task is not mapped."""

    task_id: str
    map_index: int
    state: str
    try_number: int
    label: str
    pid: int

    @property
    def name(self) -> str:
        """The task and, where it is mapped, which one."""
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"


class AirflowClient:
    """Calls the API (v2) as one user of the simple auth manager."""

    def __init__(self, port: int, username: str, password: str) -> None:
        self._port = port
        self._login = {"username": username, "password": password}
        self._token = ""

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Return the JSON answer to `/api/v2/<path>`; logs in when needed; raises RestError."""
        if not self._token:
            self._log_in()
        status, answer = self._send(method, f"/api/v2/{path}", body)
        if status == UNAUTHORISED:
            self._log_in()
            status, answer = self._send(method, f"/api/v2/{path}", body)
        if status >= http.client.BAD_REQUEST:
            raise RestError(status, json.dumps(answer))
        return answer

    def health(self) -> dict[str, str]:
        """Return every component's status, such as `healthy`; {} while nothing answers."""
        try:
            status, answer = self._send("GET", "/api/v2/monitor/health", None)
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        if status != http.client.OK:
            return {}
        return {name: part.get("status") or "" for name, part in answer.items()}

    def has_dag(self, dag_id: str) -> bool:
        """Say whether the DAG has been parsed."""
        try:
            self.call("GET", f"dags/{quote(dag_id)}")
        except RestError as error:
            if error.status == NOT_FOUND:
                return False
            raise
        return True

    def import_errors(self) -> list[str]:
        """Return the files that could not be imported, with the last line of each error."""
        errors = self.call("GET", "importErrors")["import_errors"]
        return [f"{e['filename']}: {e['stack_trace'].strip().splitlines()[-1]}" for e in errors]

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None, **more: Any) -> str:
        """Unpause the DAG, start a manual run without a logical date, and return its run id."""
        self.call("PATCH", f"dags/{quote(dag_id)}", {"is_paused": False})
        body = {"logical_date": None, "conf": conf or {}} | more
        return str(self.call("POST", f"dags/{quote(dag_id)}/dagRuns", body)["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return the run's state: queued, running, success or failed."""
        return str(self.call("GET", _run(dag_id, run_id))["state"])

    def unfinished_runs(self, dag_id: str) -> list[str]:
        """Return the ids of the DAG's queued and running runs."""
        query = urlencode([("state", "queued"), ("state", "running")])
        runs = self.call("GET", f"dags/{quote(dag_id)}/dagRuns?{query}")["dag_runs"]
        return [run["dag_run_id"] for run in runs]

    def fail_run(self, dag_id: str, run_id: str) -> None:
        """Mark a run as failed, which ends its tasks."""
        self.call("PATCH", _run(dag_id, run_id), {"state": "failed"})

    def wait(
        self,
        dag_id: str,
        run_id: str,
        seconds: float,
        watch: Callable[[list[TaskState]], None] | None = None,
        poll_seconds: float = 1.0,
    ) -> str:
        """Return the state a run ended in; TimeoutError after `seconds`.

        `watch` is given the task instances at every poll.
        """
        deadline = time.monotonic() + seconds
        while True:
            state = self.run_state(dag_id, run_id)
            if watch is not None:
                watch(self.task_instances(dag_id, run_id))
            if state in ENDED:
                return state
            if time.monotonic() > deadline:
                raise TimeoutError(f"{dag_id} is still {state} after {seconds:.0f} s")
            time.sleep(poll_seconds)

    def task_instances(self, dag_id: str, run_id: str) -> list[TaskState]:
        """Return every task instance of a run, mapped ones one by one."""
        found: list[TaskState] = []
        while True:
            query = urlencode({"limit": PAGE, "offset": len(found), "order_by": "id"})
            page = self.call("GET", f"{_run(dag_id, run_id)}/taskInstances?{query}")
            found += [_task_state(entry) for entry in page["task_instances"]]
            if not page["task_instances"] or len(found) >= page["total_entries"]:
                return found

    def clear(
        self,
        dag_id: str,
        run_id: str,
        task_ids: Iterable[str | tuple[str, int]],
        *,
        downstream: bool = False,
    ) -> int:
        """Clear tasks of a run (a mapped one by id and map index); returns how many."""
        body = {
            "dry_run": False,
            "dag_run_id": run_id,
            "task_ids": [entry if isinstance(entry, str) else list(entry) for entry in task_ids],
            "only_failed": False,
            "include_downstream": downstream,
            "reset_dag_runs": True,
        }
        answer = self.call("POST", f"dags/{quote(dag_id)}/clearTaskInstances", body)
        return int(answer["total_entries"])

    def logs(
        self, dag_id: str, run_id: str, task_id: str, map_index: int = -1, attempt: int = 1
    ) -> list[str]:
        """Return the lines of one attempt's log, messages and errors alone."""
        path = f"{_run(dag_id, run_id)}/taskInstances/{quote(task_id)}/logs/{attempt}"
        answer = self.call("GET", f"{path}?map_index={map_index}&full_content=true")
        return [line for entry in answer["content"] for line in _log_lines(entry)]

    def _log_in(self) -> None:
        status, answer = self._send("POST", "/auth/token", self._login)
        if status >= http.client.BAD_REQUEST:
            raise RestError(status, "the login was refused")
        self._token = answer["access_token"]

    def _send(self, method: str, path: str, body: object) -> tuple[int, Any]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=REQUEST_SECONDS)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(raw) if raw else {}


def _run(dag_id: str, run_id: str) -> str:
    return f"dags/{quote(dag_id)}/dagRuns/{quote(run_id, safe='')}"


def _task_state(entry: dict[str, Any]) -> TaskState:
    return TaskState(
        task_id=entry["task_id"],
        map_index=entry["map_index"],
        state=entry["state"] or "none",
        try_number=entry["try_number"],
        label=entry.get("rendered_map_index") or "",
        pid=entry.get("pid") or 0,
    )


def _log_lines(entry: Any) -> list[str]:
    if not isinstance(entry, dict):
        return str(entry).splitlines()
    lines = str(entry.get("event", "")).splitlines()
    for error in entry.get("error_detail") or []:
        lines.append(f"{error.get('exc_type', '')}: {error.get('exc_value', '')}")
    return lines
