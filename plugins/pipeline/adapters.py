"""Builds, in a task and for one feed, what its step is handed: stores, catalog, keys, service."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from healthimaging.hook import HealthImagingHook
from include.imaging.errors import CustomerError
from include.imaging.model import Stage
from include.imaging.steps.boundary import guarded
from include.imaging.steps.service import HeldImageSet, JobState
from pipeline import connections

if TYPE_CHECKING:
    from mypy_boto3_medical_imaging.type_defs import SearchCriteriaTypeDef
    from sqlalchemy import Engine

    from include.imaging.archives.protocol import Archive
    from include.imaging.catalog.decisions import Rules
    from include.imaging.deid.engine import Deidentifier
    from include.imaging.deid.policy import Policy
    from include.imaging.deid.reidentification import Map
    from include.imaging.deid.subjects import SubjectList
    from include.imaging.feed import Feed
    from include.imaging.keyring import Keyring
    from include.imaging.steps.zones import Zones
    from include.imaging.validation.verify import Verifier


class HookService:
    """The import jobs of the hook's data store, as the steps see them."""

    def __init__(self, hook: HealthImagingHook) -> None:
        self._hook = hook

    def start(self, *, client_token: str, job_name: str, input_uri: str, output_uri: str) -> str:
        """Start a job and return its id; the same token gives the same job."""
        return self._hook.start_dicom_import_job(
            job_name=job_name,
            client_token=client_token,
            input_s3_uri=input_uri,
            output_s3_uri=output_uri,
        )

    def find(self, job_name: str) -> str | None:
        """Return the id of the job with this name, or None when there is none."""
        job = self._hook.find_dicom_import_job(job_name)
        return job["jobId"] if job else None

    def look(self, job_id: str) -> JobState:
        """Return the job's state."""
        job = self._hook.get_dicom_import_job(job_id)
        return JobState(job_id, job["jobStatus"], job["outputS3Uri"], job.get("message", ""))

    def holds(self, series_instance_uid: str) -> Iterator[HeldImageSet]:
        """Yield the image sets of a series that the data store holds, with their instances."""
        criteria: SearchCriteriaTypeDef = {
            "filters": [
                {
                    "values": [{"DICOMSeriesInstanceUID": series_instance_uid}],
                    "operator": "EQUAL",
                }
            ]
        }
        for summary in self._hook.search_image_sets(criteria):
            if held := self._held(summary["imageSetId"]):
                yield held

    def _held(self, image_set_id: str) -> HeldImageSet | None:
        """Return the image set as it is now, or None when it is gone: a search may lag behind."""
        try:
            told = self._hook.get_image_set(image_set_id)
            version = told["versionId"]
            document = self._hook.get_image_set_metadata(image_set_id, version_id=version)
        except CustomerError as error:
            if error.code == "AWS_NOT_FOUND":
                return None
            raise
        series = document["Study"]["Series"].values()
        uids = frozenset(uid for entry in series for uid in entry["Instances"])
        return HeldImageSet(image_set_id, int(version), bool(told.get("isPrimary", True)), uids)


class Adapters:
    """What the steps of one feed's run need; each made when first asked for."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed

    @cached_property
    def hook(self) -> HealthImagingHook:
        """The provider's hook on the feed's target."""
        return HealthImagingHook(aws_conn_id=self.feed.target)

    @cached_property
    def service(self) -> HookService:
        """Import jobs of the feed's data store."""
        return HookService(self.hook)

    @cached_property
    def zones(self) -> Zones:
        """The three buckets of the feed's target."""
        from include.imaging.steps.zones import Zones
        from include.imaging.store import S3Store

        settings = self.hook.settings
        client = S3Hook(aws_conn_id=self.feed.target).conn
        return Zones(
            landing=S3Store(client, settings.landing_bucket),
            imports=S3Store(client, settings.import_bucket),
            results=S3Store(client, settings.results_bucket),
        )

    @cached_property
    def engine(self) -> Engine:
        """The catalog's database, its schema up to date."""
        from include.imaging.catalog.engine import open_catalog

        return open_catalog(connections.catalog_url())

    @cached_property
    def keyring(self) -> Keyring:
        """The sub-keys of the de-identification secret."""
        return connections.keyring()

    @cached_property
    def rewriter(self) -> Deidentifier:
        """The engine of de-identification under the feed's policy and subject list."""
        from include.imaging.deid.engine import Deidentifier

        return Deidentifier(self.policy, self.keyring, self.feed.patient_namespace, self.subjects)

    @cached_property
    def policy(self) -> Policy:
        """The feed's policy."""
        from include.imaging.deid.policy import load_policy

        return load_policy(self.feed.policy)

    @cached_property
    @guarded(Stage.DEIDENTIFY)
    def subjects(self) -> SubjectList | None:
        """The feed's subject list, read once; None where the feed names none."""
        source = self.feed.subjects
        if source is None:
            return None
        if source.csv is not None:
            from include.imaging.deid.subjects import SubjectList

            return SubjectList.from_csv(Path(source.csv))
        return connections.subject_list(str(source.connection), str(source.table))

    @cached_property
    def reidentification(self) -> Map | None:
        """What seals the re-identification maps that the policy asks for, if it does."""
        from include.imaging.deid.reidentification import map_of

        return map_of(self.policy.reidentification)

    @cached_property
    def verifier(self) -> Verifier:
        """What verifies the outputs of the feed's policy."""
        from include.imaging.validation.promised import promises_of
        from include.imaging.validation.verify import Verifier

        return Verifier(promises_of(self.rewriter.policy))

    @cached_property
    def archive(self) -> Archive:
        """The feed's source archive."""
        from include.imaging.archives.folder import Folder

        source = self.feed.archive
        root = connections.archive_root(source.connection, source.path)
        return Folder(root, source.partition, source.limits.limits())

    @cached_property
    def rules(self) -> Rules:
        """How the feed decides when its items are packed."""
        from include.imaging.catalog.decisions import Rules

        return Rules(
            datastore_id=self.hook.settings.datastore_id,
            fingerprint=self.rewriter.fingerprint,
            on_conflict=self.feed.on_conflict,
            on_change=self.feed.on_change,
            on_policy_change=self.feed.on_policy_change,
        )

    @guarded(Stage.TAKE_CENSUS)
    def require_target(self) -> None:
        """Raise CustomerError unless data store, buckets, catalog and secret are all there.

        Asked by the first task of a run, so that what set-up lacks is said before anything
        moves.
        """
        store = self.hook.get_datastore_status()
        if store != "ACTIVE":
            raise CustomerError(
                "DATA_STORE_NOT_ACTIVE",
                f"the data store of Connection {self.feed.target!r} is {store}: wait until it is "
                "ACTIVE, or name another",
            )
        for zone in (self.zones.landing, self.zones.imports, self.zones.results):
            next(iter(zone.listing("!")), None)
        self.engine.connect().close()
        _ = self.reidentification, self.rewriter.fingerprint
