"""One run of `import_demo`, watched to its end and reported."""

from __future__ import annotations

import json
import time
from typing import Any

from include.demo.archive import FIRST_DAY, LAST_DAY
from include.demo.environment import client
from include.demo.place import Place
from include.demo.progress import Progress
from include.demo.record import catalog_rows, fetch_evidence, read_balance, sheet, summary
from include.demo.rest import AirflowClient, RestError, TaskState
from include.demo.stack import Say, Stack
from include.imaging.keys import RunKeys

FEED = "demo"
DAG = f"import_{FEED}"
RUN_SECONDS = 1800
LOG_LINES = 15
_WANTED = ("failed", "upstream_failed")
_FRAME = ("::group::", "::endgroup::")


def run(place: Place, stack: Stack, say: Say, began: float) -> bool:
    """Run the feed once and report it; returns whether the run succeeded and balanced."""
    airflow = stack.airflow
    airflow.await_dag(DAG)
    for leftover in airflow.client.unfinished_runs(DAG):
        say("an earlier demo was ended in the middle of its run: marking that run as failed")
        airflow.client.fail_run(DAG, leftover)
    conf = {"first": FIRST_DAY.isoformat(), "last": LAST_DAY.isoformat()}
    run_id = airflow.client.trigger(DAG, conf)
    say(f"{DAG} runs as {run_id}; watch it: {airflow.url} ({airflow.username}, {airflow.password})")
    progress = Progress(say, place.catalog, run_id)
    state = airflow.client.wait(DAG, run_id, RUN_SECONDS, progress)
    s3 = client("s3", stack.cloud.url)
    fetch_evidence(s3, stack.settings.results_bucket, RunKeys(FEED, run_id), place.evidence)
    balance = read_balance(place.evidence)
    report(place, balance, say, time.monotonic() - began)
    if state != "success":
        explain(airflow.client, run_id, say)
    return state == "success" and balance is not None and bool(balance["balanced"])


def report(place: Place, balance: dict[str, Any] | None, say: Say, seconds: float) -> None:
    """Print the balance sheet and write the summary; a run without a balance has neither."""
    place.summary.unlink(missing_ok=True)
    if balance is None:
        say("the run wrote no balance")
        return
    say("")
    for line in sheet(balance):
        say(line)
    place.summary.write_text(json.dumps(summary(balance, seconds), indent=2) + "\n")
    rows = catalog_rows(place.catalog)
    say("")
    say(f"{balance['import_jobs']} import jobs, {balance['image_sets']} image sets")
    say("catalog: " + ", ".join(f"{name} {count}" for name, count in rows.items()))
    say(f"report:  {place.evidence / 'report.md'}")
    say(f"summary: {place.summary}")
    say("look at it in Airflow's UI: make up")


def explain(airflow: AirflowClient, run_id: str, say: Say) -> None:
    """Print every failed task with the end of its log, and what to do."""
    tasks = [task for task in airflow.task_instances(DAG, run_id) if task.state in _WANTED]
    say("")
    say("the run failed:")
    for task in tasks:
        say(f"  {task.name}: {task.state.replace('_', ' ')}")
        if task.state == "failed":
            for line in _last_lines(airflow, run_id, task):
                say(f"      {line}")
    say("")
    say(f"What to do: `make up`, open the run of {DAG}, read the failed task's log, put its cause")
    say("right and clear the task; or start anew with `make demo FRESH=1`.")


def _last_lines(airflow: AirflowClient, run_id: str, task: TaskState) -> list[str]:
    try:
        lines = airflow.logs(DAG, run_id, task.task_id, task.map_index, task.try_number)
    except RestError as error:
        return [f"(its log could not be read: {error})"]
    return [line for line in lines if not line.startswith(_FRAME)][-LOG_LINES:]
