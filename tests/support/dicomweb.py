"""DICOMweb of a local cloud: signed requests, and dicomweb-client."""

from dataclasses import dataclass
from typing import Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from dicomweb_client import DICOMwebClient

from tests.support.cloud import REGION


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
