"""Calls to AWS HealthImaging through an Airflow connection."""

from __future__ import annotations

from healthimaging.datastore_calls import DatastoreCalls
from healthimaging.image_set_changes import ImageSetChanges
from healthimaging.import_job_calls import ImportJobCalls
from healthimaging.tag_calls import TagCalls


class HealthImagingHook(DatastoreCalls, ImportJobCalls, ImageSetChanges, TagCalls):
    """A thin wrapper around `boto3.client("medical-imaging")`: one method an operation.

    Region, endpoint and credentials come from the connection, then from botocore's own
    chain (`AWS_ENDPOINT_URL`, `AWS_DEFAULT_REGION`, …). Every method raises CustomerError
    or TransientError in place of botocore's errors; what lists yields page by page. A
    `datastore_id` that is not given is the connection's.
    """
