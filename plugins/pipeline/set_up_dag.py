"""The DAG that sets an AWS account up: a task for each kind of resource, and a report."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, get_current_context, task

from healthimaging.errors import service_errors
from pipeline.retry import RETRY_BY_CLASS
from pipeline.set_up import environment
from pipeline.set_up_params import set_up_params

if TYPE_CHECKING:
    from include.infrastructure.plan import Entry

log = logging.getLogger(__name__)

REPORT = "report"
KINDS = {
    "buckets": "Set up buckets",
    "import_role": "Set up import role",
    "data_store": "Set up data store",
    "worker_policy": "Set up worker policy",
}
Line = dict[str, Any]


def set_up_dag(dag_id: str, page: str) -> DAG:
    """Return the DAG; a run may be repeated and every task cleared at any time."""
    with DAG(
        dag_id=dag_id,
        dag_display_name="Set up environment",
        description="Looks at, makes and repairs what the pipeline needs of an AWS account",
        doc_md=page,
        schedule=None,
        catchup=False,
        # two runs would make two data stores of one name
        max_active_runs=1,
        default_args={
            "owner": "imaging",
            "retries": 3,
            "retry_delay": timedelta(seconds=20),
            "retry_exponential_backoff": True,
            "retry_policy": RETRY_BY_CLASS,
            "execution_timeout": timedelta(minutes=30),
        },
        params=set_up_params(),
        tags=["set-up", "healthimaging"],
    ) as dag:
        done = {kind: _kind(kind, title) for kind, title in KINDS.items()}
        # the policy names the data store
        _ = done["data_store"] >> done["worker_policy"]
        report(list(done.values()))
    return dag


def _kind(kind: str, title: str) -> Any:
    @task(task_id=f"set_up_{kind}", task_display_name=title)
    def run() -> list[Line]:
        from include.infrastructure import plan

        params = get_current_context()["params"]
        properties = environment(params).kinds()[kind]
        with service_errors(f"{'look at' if params['dry_run'] else 'set up'} the {_words(kind)}"):
            entries = (plan.look if params["dry_run"] else plan.apply)(properties())
        for entry in entries:
            log.info("%s", entry.line())
        return [entry.as_json() for entry in entries]

    return run()


@task(task_id="report_environment", task_display_name="Report")
def report(done: list[list[Line]]) -> dict[str, str]:
    """Say what was found, made and changed; returns the extra of the Connection to paste.

    Raises CustomerError for what only a person can change, after the report.
    """
    from include.infrastructure import plan

    context = get_current_context()
    entries = [_entry(line) for each in done for line in each]
    with service_errors("look at the data store"):
        extra = environment(context["params"]).settings()
    context["ti"].xcom_push(REPORT, _summary(entries))
    dry = context["params"]["dry_run"]
    lines = [entry.line() for entry in entries]
    lines.insert(0, "Dry run, nothing was changed:" if dry else "Found and done:")
    log.info("%s", "\n".join(lines))
    log.info("Extra of the Connection imaging_default:\n%s", json.dumps(extra, indent=2))
    if not dry:
        plan.require_none_left(entries)
    return extra


def _entry(line: Line) -> Entry:
    from include.infrastructure.plan import Action, Entry

    return Entry(**line | {"action": Action(line["action"])})


def _summary(entries: list[Entry]) -> dict[str, list[str]]:
    """Return resource and property by action: keep, make, change, tell."""
    summary: dict[str, list[str]] = {"keep": [], "make": [], "change": [], "tell": []}
    for entry in entries:
        summary[entry.action.value].append(f"{entry.resource}: {entry.property}")
    return summary


def _words(kind: str) -> str:
    return kind.replace("_", " ")
