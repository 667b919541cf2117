"""The operators of a batch's import: started exactly once, waited for to whatever end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from healthimaging.operators import DicomImportJobOperator
from healthimaging.sensors import DicomImportJobSensor
from pipeline.adapters import Adapters
from pipeline.labels import run_name, show_label

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.imaging.feed import Feed


class StartBatchImportOperator(DicomImportJobOperator):
    """Starts the import job of a batch, or adopts the one an earlier attempt started.

    Args:
        feed: the feed whose target it runs in.
        batch: `batch_id` and `label` of the batch (templated).
    """

    template_fields: Sequence[str] = (*DicomImportJobOperator.template_fields, "batch")
    ui_color = "#cfe8f5"

    def __init__(self, *, feed: Feed, batch: Any, **kwargs: Any) -> None:
        super().__init__(aws_conn_id=feed.target, deferrable=False, **kwargs)
        self._feed = feed
        self.batch = batch

    def start(self, context: Context) -> str:
        """Start or adopt the job; an empty batch skips it."""
        from include.imaging.steps import start_import

        show_label(context, self.batch)
        adapters = Adapters(self._feed)
        started = start_import.run(
            batch_id=self.batch["batch_id"],
            owner=run_name(context),
            zones=adapters.zones,
            engine=adapters.engine,
            service=adapters.service,
        )
        if started is None:
            raise AirflowSkipException("nothing of this batch was verified: no job is started")
        self.log.info(
            "%s job, generation %d", "Adopted" if started.adopted else "Started", started.generation
        )
        return started.job_id


class AwaitBatchImportSensor(DicomImportJobSensor):
    """Waits until the import job of a batch has ended; `reconcile` decides what came of it.

    Args:
        feed: the feed whose target it runs in.
        batch: `batch_id` and `label` of the batch (templated).
    """

    template_fields: Sequence[str] = (*DicomImportJobSensor.template_fields, "batch")

    def __init__(self, *, feed: Feed, batch: Any, **kwargs: Any) -> None:
        super().__init__(
            aws_conn_id=feed.target,
            fail_on_failed=False,
            deferrable=True,
            poke_interval=feed.poll_seconds,
            **kwargs,
        )
        self.batch = batch

    def execute(self, context: Context) -> Any:
        """Return the ended job; defers while it runs."""
        show_label(context, self.batch)
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Return the ended job of the trigger's event."""
        show_label(context, self.batch)
        return super().execute_complete(context, event)
