"""Operators that look at import jobs: one, or all of a data store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.utils.mixins import aws_template_fields

from healthimaging.state_operators import HealthImagingOperator, plain

if TYPE_CHECKING:
    from airflow.sdk import Context
    from mypy_boto3_medical_imaging.literals import JobStatusType


class GetDicomImportJobOperator(HealthImagingOperator):
    """Returns the properties of an import job.

    Args:
        job_id: the job (templated).
    """

    template_fields: Sequence[str] = aws_template_fields("datastore_id", "job_id")

    def __init__(self, *, job_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job_id = job_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Ask for the properties (GetDICOMImportJob)."""
        return plain(self.hook.get_dicom_import_job(self.job_id, self.target_datastore))


class ListDicomImportJobsOperator(HealthImagingOperator):
    """Returns the ids of the data store's jobs of the last 90 days.

    Args:
        job_status: only those of this status (templated).
    """

    template_fields: Sequence[str] = aws_template_fields("datastore_id", "job_status")

    def __init__(self, *, job_status: JobStatusType | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job_status = job_status

    def execute(self, context: Context) -> list[str]:
        """Ask for all pages (ListDICOMImportJobs)."""
        jobs = self.hook.list_dicom_import_jobs(self.target_datastore, self.job_status)
        return [job["jobId"] for job in jobs]
