"""Instances as the service gives them: DICOMweb's GetDICOMInstance, verified frame by frame."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, cast
from urllib.parse import quote, urlsplit, urlunsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ConnectionError as AwsConnectionError
from botocore.exceptions import HTTPClientError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from include.imaging.errors import CustomerError, TransientError
from include.imaging.export import syntaxes
from include.imaging.export.multipart import only_part
from include.imaging.export.outcomes import Format, FormatOutcome, Outcome
from include.imaging.export.retrieved import is_instance, verified_frames
from include.imaging.export.sinks import CHUNK_BYTES, SPOOL_BYTES, delivered

if TYPE_CHECKING:
    from botocore.credentials import Credentials

    from include.imaging.export.destination import Destination
    from include.imaging.export.metadata import Instance
    from include.imaging.export.selection import ImageSet
    from include.imaging.export.versions import VersionWatch

SERVICE = "medical-imaging"
ATTEMPTS = 4
PAUSE_SECONDS = 0.5
_STORED = "application/dicom; transfer-syntax=*"
_DECODED = f"application/dicom; transfer-syntax={syntaxes.EXPLICIT_LITTLE_ENDIAN}"
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class DicomWeb:
    """The DICOMweb side of a data store; requests are signed with SigV4 (DG/using-dicomweb).

    Args:
        endpoint: base URL, as `dicomweb_endpoint` makes it.
        region: region that is signed for.
        credentials: botocore's; they may renew themselves.
        datastore_id: the data store.
    """

    def __init__(
        self, endpoint: str, region: str, credentials: Credentials, datastore_id: str
    ) -> None:
        self._base = f"{endpoint.rstrip('/')}/datastore/{datastore_id}"
        self._region = region
        self._credentials = credentials
        self._session = URLLib3Session(proxies=get_environ_proxies(endpoint), timeout=60)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def fetch(self, image_set: ImageSet, instance: Instance, accept: str, file: IO[bytes]) -> int:
        """Return the status of GetDICOMInstance; the object is in `file` when it is 200."""
        uids = (instance.study_uid, instance.series_uid, instance.sop_uid)
        levels = ("studies", "series", "instances")
        path = "/".join(
            f"{level}/{quote(uid, safe='', errors='replace')}"
            for level, uid in zip(levels, uids, strict=True)
        )
        url = f"{self._base}/{path}?imageSetId={quote(image_set.image_set_id, safe='')}"
        for attempt in range(ATTEMPTS):
            status, headers = self._get(url, accept, file)
            if status != HTTPStatus.TOO_MANY_REQUESTS and status < HTTPStatus.INTERNAL_SERVER_ERROR:
                break
            time.sleep(PAUSE_SECONDS * 2**attempt)
        else:
            raise TransientError("AWS_BUSY", f"GetDICOMInstance was answered with {status}")
        if status in _DENIED:
            raise CustomerError(
                "AWS_ACCESS_DENIED",
                f"GetDICOMInstance was answered with {status}: allow "
                "medical-imaging:GetDICOMInstance to the Connection's role",
            )
        if status == HTTPStatus.OK:
            only_part(file, headers.get("Content-Type", ""))
        return status

    def _get(self, url: str, accept: str, file: IO[bytes]) -> tuple[int, Mapping[str, str]]:
        request = AWSRequest("GET", url, headers={"Accept": accept})
        signer = SigV4Auth(self._credentials.get_frozen_credentials(), SERVICE, self._region)
        signer.add_auth(request)
        request.stream_output = True
        file.seek(0)
        file.truncate()
        try:
            answer = self._session.send(request.prepare())
            for chunk in answer.raw.stream(CHUNK_BYTES):
                file.write(chunk)
        except (AwsConnectionError, HTTPClientError, HTTPError, OSError):
            raise TransientError("AWS_UNREACHABLE", "DICOMweb could not be reached") from None
        # botocore has urllib3 take an answer that broke off for a whole one
        if file.tell() != int(answer.headers.get("Content-Length", file.tell())):
            raise TransientError("AWS_UNREACHABLE", "an answer of DICOMweb broke off")
        return int(answer.status_code), answer.headers


def dicomweb_endpoint(endpoint_url: str) -> str:
    """Return the base URL of DICOMweb that belongs to a client's endpoint.

    On AWS it is a host of its own, `dicom-medical-imaging.<region>.amazonaws.com`; an endpoint
    of another name serves both.
    """
    parts = urlsplit(endpoint_url)
    host = parts.netloc.removeprefix("runtime-")
    if host.startswith("medical-imaging"):
        host = f"dicom-{host}"
    return urlunsplit((parts.scheme, host, "", "", ""))


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What became of one instance, and how many of its frames were verified."""

    outcome: FormatOutcome
    frames_verified: int = 0


def retrieve(
    web: DicomWeb, watch: VersionWatch, instance: Instance, path: str, place: Destination
) -> Retrieved:
    """Return what became of an instance that is taken whole; it is verified, then put.

    DICOMweb knows no versions: it gives the latest one. So the image set is looked at before
    and after, and what may be of another version than the planned one is not put.
    """
    if fault := watch.known_fault():
        return _failed(fault)
    with SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        file = cast("IO[bytes]", spool)
        status = _fetch(web, watch.image_set, instance, file)
        if fault := watch.fault():
            return _failed(fault)
        if status != HTTPStatus.OK:
            gone = status == HTTPStatus.NOT_FOUND
            return _failed("INSTANCE_GONE" if gone else f"STATUS_{status}")
        if not is_instance(file, instance):
            return _failed("OTHER_INSTANCE")
        count = verified_frames(file, instance)
        if count != len(instance.frames):
            return _failed("CHECKSUM_DIFFERS", count)
        made = delivered(file, path, place)
    return Retrieved(FormatOutcome(Format.DICOMWEB, Outcome.WRITTEN, files=(made,)), count)


def _fetch(web: DicomWeb, image_set: ImageSet, instance: Instance, file: IO[bytes]) -> int:
    """Return the status of the retrieval.

    What was transcoded comes decoded; what was kept, a blob included, comes as it is stored,
    for the service answers any other wish with 406 (DG/reference-warning-codes).
    """
    wishes = [_STORED] if instance.stored_syntax not in syntaxes.TRANSCODED else [_DECODED, _STORED]
    status = int(HTTPStatus.NOT_ACCEPTABLE)
    for accept in wishes:
        if status == HTTPStatus.NOT_ACCEPTABLE:
            status = web.fetch(image_set, instance, accept, file)
    return status


def _failed(code: str, count: int = 0) -> Retrieved:
    return Retrieved(FormatOutcome(Format.DICOMWEB, Outcome.FAILED, code), count)
