"""Links from a task to the AWS console."""

from __future__ import annotations

from airflow.providers.amazon.aws.links.base_aws import BASE_AWS_CONSOLE_LINK, BaseAwsLink


class DicomImportJobLink(BaseAwsLink):
    """The import job's page below its data store (the console's `#/dataStores`)."""

    name = "HealthImaging import job"
    key = "healthimaging_dicom_import_job"
    format_str = (
        BASE_AWS_CONSOLE_LINK
        + "/medical-imaging/home?region={region_name}"
        + "#/dataStores/{datastore_id}/importJobs/{job_id}"
    )
