"""Names of runs, shards and batches, for people and for leases."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, cast

# a template that fails to render fails a finished task, so an absent label is empty
MAP_LABEL = "{{ label | default('', true) }}"


def show_label(context: Any, mapped: Mapping[str, Any]) -> None:
    """Put the label of a shard or batch where the task's map index template finds it."""
    cast("MutableMapping[str, Any]", context)["label"] = mapped["label"]


def run_name(context: Any) -> str:
    """Return what names the run among all runs of all DAGs; its attempts share it."""
    return f"{context['dag_run'].dag_id} {context['dag_run'].run_id}"
