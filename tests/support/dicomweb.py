"""DICOMweb of a local cloud: signed requests, and dicomweb-client."""

from dataclasses import dataclass
from typing import Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from dicomweb_client import DICOMwebClient

from tests.support.cloud import REGION, Stage
from tests.support.samples import variant

CHEST = {"StudyInstanceUID": "1.2.1", "StudyDate": "20200229", "StudyTime": "101530"}
HEAD = {"StudyInstanceUID": "1.2.2", "StudyDate": "20210101", "StudyTime": "2301"}


class SignedBySigV4(requests.auth.AuthBase):
    """Signs each request of a session for HealthImaging."""

    def __init__(self, key_id: str = "local", secret: str = "local") -> None:
        self._credentials = Credentials(key_id, secret)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = AWSRequest(request.method, request.url, data=request.body or b"")
        SigV4Auth(self._credentials, "medical-imaging", REGION).add_auth(signed)
        request.headers.update(dict(signed.headers))
        return request


@dataclass(frozen=True)
class Web:
    """One data store by DICOMweb."""

    url: str
    session: requests.Session

    @property
    def client(self) -> DICOMwebClient:
        """The client that hospitals use, as it is."""
        return DICOMwebClient(self.url, session=self.session)

    def get(self, path: str, accept: str = "", **query: Any) -> requests.Response:
        """An answer, whatever its status."""
        headers = {"Accept": accept} if accept else {"Accept": "*/*"}
        return self.session.get(self.url + path, params=query, headers=headers, timeout=60)


def make_web(url: str, datastore_id: str, key_id: str = "local", secret: str = "local") -> Web:
    """DICOMweb of a data store; close its session in the end."""
    session = requests.Session()
    session.auth = SignedBySigV4(key_id, secret)
    session.trust_env = False
    return Web(f"{url}/datastore/{datastore_id}", session)


def fill(stage: Stage) -> None:
    """Two studies: two series of CT and MR, and one of CT with two instances."""
    named: dict[str, Any] = {"PatientName": "Thomas^Albert", "PatientID": "200965981abc"}
    chest = {**CHEST, **named, "StudyDescription": "Nuclear [chest]", "AccessionNumber": "A1"}
    head = {**HEAD, "PatientName": "Yamada^Tarou=山田^太郎", "PatientID": "7", "PatientSize": "1.8"}
    head["SpecificCharacterSet"] = "ISO_IR 192"
    ct = {"SeriesInstanceUID": "1.2.1.1", "SeriesNumber": 7, "SOPInstanceUID": "1.2.1.1.1"}
    mr = {"SeriesInstanceUID": "1.2.1.2", "SeriesNumber": 2, "Modality": "MR"}
    stage.put("a/1.dcm", variant(**chest, **ct))
    stage.put("a/2.dcm", variant(**chest, **mr, SOPInstanceUID="1.2.1.2.1"))
    other = {"SeriesInstanceUID": "1.2.2.1", "SeriesNumber": 5}
    stage.put("b/1.dcm", variant(**head, **other, InstanceNumber=9, SOPInstanceUID="1.2.2.1.1"))
    stage.put("b/2.dcm", variant(**head, **other, InstanceNumber=3, SOPInstanceUID="1.2.2.1.2"))
    stage.run("a/")
    stage.run("b/")


def uids(web: Web, path: str, keyword: str = "0020000D", **query: Any) -> list[str]:
    """The first value of an attribute of each result of a search."""
    answer = web.get(path, "application/dicom+json", **query)
    assert answer.status_code == 200, answer.text
    return [found[keyword]["Value"][0] for found in answer.json()]
