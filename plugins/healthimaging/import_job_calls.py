"""Calls on DICOM import jobs: start, look at, list, find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from healthimaging.base_hook import HealthImagingBaseHook
from healthimaging.errors import filled, service_errors

if TYPE_CHECKING:
    from mypy_boto3_medical_imaging.literals import JobStatusType
    from mypy_boto3_medical_imaging.type_defs import (
        DICOMImportJobPropertiesTypeDef,
        DICOMImportJobSummaryTypeDef,
        ImportConfigurationTypeDef,
        ListDICOMImportJobsRequestPaginateTypeDef,
        StartDICOMImportJobRequestTypeDef,
    )


class ImportJobCalls(HealthImagingBaseHook):
    """The operations on DICOM import jobs."""

    def start_dicom_import_job(
        self,
        *,
        job_name: str,
        client_token: str,
        input_s3_uri: str,
        output_s3_uri: str,
        datastore_id: str | None = None,
        data_access_role_arn: str | None = None,
        input_owner_account_id: str | None = None,
        import_configuration: ImportConfigurationTypeDef | None = None,
    ) -> str:
        """Start an import of all DICOM P10 files below a prefix; returns the job id.

        Args:
            job_name: 1–64 of `[A-Za-z0-9._/#-]`; what `find_dicom_import_job` looks for.
            client_token: 1–64 of `[A-Za-z0-9._-]`; the same token, the same job.
            input_s3_uri: prefix; end it with a slash to keep sibling prefixes out.
            output_s3_uri: prefix; the service makes a folder of its own below it.
            datastore_id: the connection's when not given; so is `data_access_role_arn`.
            data_access_role_arn: role that reads the input and writes the output.
            input_owner_account_id: owner of the input bucket, when it is another account.
            import_configuration: further settings of the request, as the service has them.
        """
        request: StartDICOMImportJobRequestTypeDef = {
            "jobName": job_name,
            "clientToken": client_token,
            "inputS3Uri": input_s3_uri,
            "outputS3Uri": output_s3_uri,
            "datastoreId": self.datastore_or_default(datastore_id),
            "dataAccessRoleArn": self.import_role_or_default(data_access_role_arn),
        }
        if input_owner_account_id:
            request["inputOwnerAccountId"] = input_owner_account_id
        if import_configuration:
            request["importConfiguration"] = import_configuration
        with service_errors(f"start the import job {job_name}"):
            return self.client.start_dicom_import_job(**request)["jobId"]

    def get_dicom_import_job(
        self, job_id: str, datastore_id: str | None = None
    ) -> DICOMImportJobPropertiesTypeDef:
        """Return the properties of a job; CustomerError when the data store does not know it."""
        store = self.datastore_or_default(datastore_id)
        advice = (
            f"data store {store} does not know the job: jobs are archived after 90 days; see "
            "whether the connection still names the data store the job was started in, then "
            "clear the task that starts it"
        )
        with service_errors(f"look at the import job {job_id}", not_found=advice):
            answer = self.client.get_dicom_import_job(
                datastoreId=store, jobId=filled("job_id", job_id)
            )
        return answer["jobProperties"]

    def list_dicom_import_jobs(
        self, datastore_id: str | None = None, job_status: JobStatusType | None = None
    ) -> Iterator[DICOMImportJobSummaryTypeDef]:
        """Yield the data store's jobs of the last 90 days, a page at a time."""
        request: ListDICOMImportJobsRequestPaginateTypeDef = {
            "datastoreId": self.datastore_or_default(datastore_id)
        }
        if job_status:
            request["jobStatus"] = job_status
        with service_errors("list the import jobs"):
            pages = self.client.get_paginator("list_dicom_import_jobs").paginate(**request)
            for page in pages:
                yield from page["jobSummaries"]

    def find_dicom_import_job(
        self, job_name: str, datastore_id: str | None = None
    ) -> DICOMImportJobSummaryTypeDef | None:
        """Return the job of this name, the one submitted last if there are several, or None."""
        named = [
            job for job in self.list_dicom_import_jobs(datastore_id) if job["jobName"] == job_name
        ]
        return max(named, key=lambda job: job["submittedAt"].timestamp(), default=None)
