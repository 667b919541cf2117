"""Starts import jobs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.amazon.aws.utils.waiter_with_logging import wait
from airflow.providers.common.compat.sdk import conf
from airflow.sdk.exceptions import AirflowException

from healthimaging.hook import HealthImagingHook
from healthimaging.links import DicomImportJobLink
from healthimaging.states import COMPLETED, WAIT_UNTIL_COMPLETED
from healthimaging.triggers import DicomImportJobTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context
    from mypy_boto3_medical_imaging.type_defs import ImportConfigurationTypeDef


class DicomImportJobOperator(AwsBaseOperator[HealthImagingHook]):
    """Starts a DICOM import job by `start`, links to it and returns its id.

    Subclasses say how a job is started (or found again).

    Args:
        datastore_id: the data store; the connection's when not given (templated).
        wait_for_completion: stay until the job is COMPLETED; raises when it ends as FAILED.
        deferrable: wait in the triggerer instead; implies waiting.
        waiter_delay: seconds between two looks at the job.
        waiter_max_attempts: how many looks to take.
    """

    aws_hook_class = HealthImagingHook
    template_fields: Sequence[str] = aws_template_fields("datastore_id")
    operator_extra_links = (DicomImportJobLink(),)
    ui_color = "#cfe8f5"

    def __init__(
        self,
        *,
        datastore_id: str | None = None,
        wait_for_completion: bool = False,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        waiter_delay: int = 30,
        waiter_max_attempts: int = 2880,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.datastore_id = datastore_id
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.waiter_delay = waiter_delay
        self.waiter_max_attempts = waiter_max_attempts

    @abstractmethod
    def start(self, context: Context) -> str:
        """Start the job, or find the one that was started before; returns its id."""

    @property
    def target_datastore(self) -> str:
        """The data store that the job runs in."""
        return self.hook.datastore_or_default(self.datastore_id)

    def execute(self, context: Context) -> str:
        """Start, link, wait if asked to, and return the job id."""
        job_id = self.start(context)
        self._link(context, job_id)
        if self.deferrable:
            self.defer(trigger=self._trigger(job_id), method_name="execute_complete")
        elif self.wait_for_completion:
            self._wait(job_id)
        return job_id

    def execute_complete(self, context: Context, event: dict[str, Any]) -> str:
        """Return the job id of the trigger's event; raises unless the job is COMPLETED."""
        if event["status"] != "success":
            raise AirflowException(str(event.get("message", event["status"])))
        if event["job_status"] != COMPLETED:
            raise AirflowException(f"Import job {event['job_id']} ended as {event['job_status']}")
        return str(event["job_id"])

    def _link(self, context: Context, job_id: str) -> None:
        DicomImportJobLink.persist(
            context=context,
            operator=self,
            region_name=self.hook.conn_region_name,
            aws_partition=self.hook.conn_partition,
            datastore_id=self.target_datastore,
            job_id=job_id,
        )
        self.log.info("Import job %s", job_id)

    def _wait(self, job_id: str) -> None:
        wait(
            self.hook.get_waiter(WAIT_UNTIL_COMPLETED),
            self.waiter_delay,
            self.waiter_max_attempts,
            {"datastoreId": self.target_datastore, "jobId": job_id},
            f"Import job {job_id} did not complete",
            f"Import job {job_id} is",
            ["jobProperties.jobStatus"],
        )

    def _trigger(self, job_id: str) -> DicomImportJobTrigger:
        return DicomImportJobTrigger(
            job_id=job_id,
            datastore_id=self.target_datastore,
            waiter_delay=self.waiter_delay,
            waiter_max_attempts=self.waiter_max_attempts,
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )


class StartDicomImportJobOperator(DicomImportJobOperator):
    """Starts an import of all DICOM P10 files below a prefix (StartDICOMImportJob).

    Args:
        job_name: 1–64 of `[A-Za-z0-9._/#-]` (templated).
        client_token: 1–64 of `[A-Za-z0-9._-]`, the same for every attempt at the same job
            (templated).
        input_s3_uri: prefix; end it with a slash (templated).
        output_s3_uri: prefix for the job's own output (templated).
        data_access_role_arn: the connection's `import_role_arn` when not given (templated).
        input_owner_account_id: owner of the input bucket, if it is another account (templated).
        import_configuration: further settings of the request, as the service has them: DICOM
            JSON metadata to import with the files, for one (templated).
    """

    template_fields: Sequence[str] = aws_template_fields(
        "datastore_id",
        "job_name",
        "client_token",
        "input_s3_uri",
        "output_s3_uri",
        "data_access_role_arn",
        "input_owner_account_id",
        "import_configuration",
    )

    def __init__(
        self,
        *,
        job_name: str,
        client_token: str,
        input_s3_uri: str,
        output_s3_uri: str,
        data_access_role_arn: str | None = None,
        input_owner_account_id: str | None = None,
        import_configuration: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job_name = job_name
        self.client_token = client_token
        self.input_s3_uri = input_s3_uri
        self.output_s3_uri = output_s3_uri
        self.data_access_role_arn = data_access_role_arn
        self.input_owner_account_id = input_owner_account_id
        self.import_configuration = import_configuration

    def start(self, context: Context) -> str:
        """Send the request; the client token makes a second attempt the same job."""
        return self.hook.start_dicom_import_job(
            job_name=self.job_name,
            client_token=self.client_token,
            input_s3_uri=self.input_s3_uri,
            output_s3_uri=self.output_s3_uri,
            datastore_id=self.target_datastore,
            data_access_role_arn=self.data_access_role_arn,
            input_owner_account_id=self.input_owner_account_id,
            import_configuration=cast(
                "ImportConfigurationTypeDef | None", self.import_configuration
            ),
        )
