"""The states of a DICOM import job, as the service names them (GetDICOMImportJob, jobStatus)."""

from __future__ import annotations

COMPLETED = "COMPLETED"
FAILED = "FAILED"

RUNNING_STATES = ("SUBMITTED", "IN_PROGRESS")
ENDED_STATES = (COMPLETED, FAILED)

WAIT_UNTIL_ENDED = "dicom_import_job_ended"
WAIT_UNTIL_COMPLETED = "dicom_import_job_completed"
