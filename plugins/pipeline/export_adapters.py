"""Builds, in a task, what an export is handed: data store, destination, formats, selection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from healthimaging.hook import HealthImagingHook
from include.imaging.errors import CustomerError
from pipeline import connections

if TYPE_CHECKING:
    from include.imaging.export.destination import Destination
    from include.imaging.export.dicomweb import DicomWeb
    from include.imaging.export.image_sets import Exporter
    from include.imaging.export.selection import Selection

Params = Mapping[str, Any]


def selection(params: Params) -> Selection:
    """Return what the Params of a run ask for; CustomerError when that is nothing."""
    from include.imaging.export.selection import Selection

    return Selection(
        study_uid=(params["study"] or "").strip(),
        patient_id=params["patient"] or "",
        first=_day(params["first"]),
        last=_day(params["last"]),
        image_set_ids=tuple(params["image_set_ids"] or ()),
        include_non_primary=params["include_non_primary"],
        limit=params["limit"],
    )


@contextmanager
def exporter(params: Params) -> Iterator[Exporter]:
    """Give the exporter of a run's Params, and close what it holds open."""
    from include.imaging.export.image_sets import Exporter
    from include.imaging.export.outcomes import Format, formats_of

    formats = formats_of(params["formats"])
    hook = HealthImagingHook(aws_conn_id=params["connection"])
    store = hook.settings.datastore_id
    web = _dicomweb(hook, store) if Format.DICOMWEB in formats else None
    try:
        yield Exporter(hook.client, store, destination(params, hook), formats, web)
    finally:
        if web:
            web.close()


def destination(params: Params, hook: HealthImagingHook) -> Destination:
    """Return the place that `destination` names; CustomerError for one the pipeline lives in."""
    from include.imaging.export.destination import Bucket, Folder, checked, s3_place

    wanted: str = params["destination"].strip()
    if wanted.startswith("s3:"):
        bucket, prefix = s3_place(wanted)
        if bucket in (hook.settings.landing_bucket, hook.settings.import_bucket):
            raise CustomerError(
                "EXPORT_DESTINATION",
                "the landing and import buckets hold nothing but what the pipeline puts there: "
                "name another bucket",
            )
        return Bucket(S3Hook(aws_conn_id=params["connection"]).conn, bucket, prefix)
    try:
        below = checked(wanted.strip("/") if not wanted.startswith("/") else wanted)
    except ValueError:
        raise CustomerError(
            "EXPORT_DESTINATION",
            "name an S3 URI, or a folder of plain parts below the path of Connection "
            f"{connections.EXPORT!r}, such as exports/study1",
        ) from None
    return Folder(Path(connections.export_root()) / below)


def _dicomweb(hook: HealthImagingHook, datastore_id: str) -> DicomWeb:
    from include.imaging.export.dicomweb import DicomWeb, dicomweb_endpoint

    meta = hook.client.meta
    # the session's own credentials renew themselves, a copy of them does not
    credentials = hook.get_session(region_name=meta.region_name).get_credentials()
    if credentials is None:
        raise CustomerError("AWS_CREDENTIALS", "the Connection has no AWS credentials")
    endpoint = dicomweb_endpoint(meta.endpoint_url)
    return DicomWeb(endpoint, meta.region_name, credentials, datastore_id)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
