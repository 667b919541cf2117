"""The DAG that exports image sets: find, export chunk by chunk, report."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from pipeline.export_params import export_params
from pipeline.export_tasks import export, find_image_sets, report_export
from pipeline.retry import RETRY_BY_CLASS


def export_dag(dag_id: str, page: str) -> DAG:
    """Return the DAG; every run may be retried, cleared or run beside another."""
    with DAG(
        dag_id=dag_id,
        dag_display_name="Export image sets",
        description="Exports image sets as PNG or DICOM files, every frame verified",
        doc_md=page,
        schedule=None,
        catchup=False,
        default_args={
            "owner": "imaging",
            "retries": 3,
            "retry_delay": timedelta(seconds=20),
            "retry_exponential_backoff": True,
            "max_retry_delay": timedelta(minutes=30),
            "retry_policy": RETRY_BY_CLASS,
        },
        params=export_params(),
        tags=["export", "healthimaging"],
    ) as dag:
        chunks = find_image_sets()
        done = export.expand(chunk=chunks)
        _ = [chunks, done] >> report_export()
    return dag
