"""`export DST`: image sets of a data store as PNG or DICOM files, every frame verified."""

from __future__ import annotations

import argparse
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError
from botocore.session import Session

from include.imaging.cli.key import Commands
from include.imaging.errors import CustomerError, IntegrityError
from include.imaging.export.destination import Bucket, Destination, Folder, s3_place
from include.imaging.export.dicomweb import DicomWeb, dicomweb_endpoint
from include.imaging.export.image_sets import Exporter
from include.imaging.export.outcomes import Format, formats_of
from include.imaging.export.selection import Selection
from include.imaging.steps import export as step

if TYPE_CHECKING:
    from botocore.credentials import Credentials

DESCRIPTION = """
Find image sets by study, patient, study date or id, fetch and verify every frame, and write the
files below DST/<study>/<series>/<image set>/. Credentials, region and endpoint come from the
usual AWS variables and profiles. The report lies below DST/_export/. The same command again goes
on where an earlier one ended. The exit code is 1 if anything could not be exported.
"""
FORMATS = (
    "png: stored values, without loss; png8: windowed, 8 bits; dicom: rebuilt from metadata and "
    "frames; dicomweb: as the service gives the whole file. Several with commas (dicom)"
)


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `export` to the commands."""
    parser = commands.add_parser(
        "export", help="export image sets of HealthImaging", description=DESCRIPTION
    )
    parser.add_argument("target", metavar="DST", help="a folder, or s3://bucket/prefix")
    parser.add_argument("--datastore-id", required=True, help="the data store")
    parser.add_argument("--study", default="", help="StudyInstanceUID")
    parser.add_argument("--patient", default="", help="PatientID, as the data store has it")
    parser.add_argument("--first", type=date.fromisoformat, help="first study date, YYYY-MM-DD")
    parser.add_argument("--last", type=date.fromisoformat, help="last study date, included")
    parser.add_argument("--image-set", action="append", default=[], help="id; may be repeated")
    parser.add_argument("--non-primary", action="store_true", help="take non-primary ones too")
    parser.add_argument("--format", default="dicom", help=FORMATS)
    parser.add_argument("--limit", type=int, help="most image sets")
    parser.add_argument("--profile", help="profile of the AWS configuration")
    parser.add_argument("--region", help="AWS region")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    selection = Selection(
        study_uid=options.study,
        patient_id=options.patient,
        first=options.first,
        last=options.last,
        image_set_ids=tuple(options.image_set),
        include_non_primary=options.non_primary,
        limit=options.limit,
    )
    run_id = uuid.uuid4().hex
    with _exporter(options) as exporter:
        found = step.plan(
            exporter=exporter,
            selection=selection,
            run_id=run_id,
            chunk_size=sys.maxsize,
            most_chunks=1,
        )
        step.run(exporter=exporter, run_id=run_id, chunk=1, progress=_progress(len(found)))
        try:
            summary = step.report(exporter=exporter, run_id=run_id)
        except IntegrityError as error:
            sys.stdout.write(f"{error}\n")
            return 1
    sys.stdout.write(
        f"{summary.image_sets} image sets, {summary.instances} instances, "
        f"{summary.frames_verified} of {summary.frames} frames verified, "
        f"{summary.files} files, {summary.bytes} bytes\n"
    )
    for kind, outcomes in sorted(summary.outcomes.items()):
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        sys.stdout.write(f"{kind}: {told}\n")
    return 0


@contextmanager
def _exporter(options: argparse.Namespace) -> Iterator[Exporter]:
    formats = formats_of(options.format.split(","))
    try:
        session = Session(profile=options.profile)
        client = _client(session, "medical-imaging", options.region)
    except BotoCoreError as error:
        raise CustomerError("AWS_CONFIGURATION", str(error)) from None
    web = None
    if Format.DICOMWEB in formats:
        web = DicomWeb(
            dicomweb_endpoint(client.meta.endpoint_url),
            client.meta.region_name,
            _credentials(session),
            options.datastore_id,
        )
    try:
        place = _place(options.target, session, options.region)
        yield Exporter(client, options.datastore_id, place, formats, web)
    finally:
        client.close()
        if web:
            web.close()


def _credentials(session: Session) -> Credentials:
    found = session.get_credentials()
    if found is None:
        raise CustomerError("AWS_CREDENTIALS", "no AWS credentials were found: set a profile")
    return found


def _client(session: Session, name: str, region: str | None) -> Any:
    return session.create_client(name, region_name=region)


def _place(target: str, session: Session, region: str | None) -> Destination:
    if target.startswith("s3:"):
        return Bucket(_client(session, "s3", region), *s3_place(target))
    return Folder(Path(target))


def _progress(total: int) -> Any:
    def tell(done: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done == total else ""
            sys.stderr.write(f"\r{done}/{total} image sets{end}")
            sys.stderr.flush()

    return tell
