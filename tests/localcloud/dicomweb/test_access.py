"""Who may use DICOMweb, and that no request breaks it."""

import json
import uuid
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.localcloud.dicomweb.attributes import keys_of
from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients, make_clients, make_stage
from tests.support.dicomweb import Web, make_web
from tests.support.samples import variant

ADMIN = ("AKIALOCALADMIN000000", "a-secret-of-the-first-user")
STUDY = {"StudyInstanceUID": "1.2.1", "SeriesInstanceUID": "1.2.1.1", "SOPInstanceUID": "1.2.1.1.1"}
SEARCHES = (
    "/studies",
    "/series",
    "/instances",
    "/studies/1.2.1/series",
    "/studies/1.2.1/instances",
)
INSTANCE = "/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1"
NAMES = sorted(
    keys_of("SearchDICOMAllInstances")
    | {"limit", "offset", "fuzzymatching", "includefield", "imageSetId", "00080020", "0008,0050"}
)
WORDS = st.text(max_size=12) | st.text("0123456789-*?.,\\^=[](){}+", max_size=16)
RARELY = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def held(local_cloud: LocalCloud, clients: Clients) -> Iterator[Web]:
    """A data store with one instance."""
    stage = make_stage(clients)
    stage.put("in/a.dcm", variant(**STUDY))
    stage.run("in/")
    web = make_web(local_cloud.url, stage.datastore_id)
    yield web
    web.session.close()


@RARELY
@given(path=st.sampled_from(SEARCHES), query=st.dictionaries(st.sampled_from(NAMES), WORDS))
def test_no_search_breaks_it(held: Web, path: str, query: dict[str, str]) -> None:
    given_query = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    assert held.get(f"{path}?{given_query}").status_code in (200, 400)


@RARELY
@given(name=WORDS, value=WORDS)
def test_no_name_of_a_parameter_breaks_it(held: Web, name: str, value: str) -> None:
    assert held.get(f"/studies?{quote(name)}={quote(value)}").status_code in (200, 400)


@RARELY
@given(
    parts=st.lists(WORDS.filter(bool), min_size=1, max_size=3),
    accept=st.text('/*;=",q.01a-z', max_size=20),
)
def test_no_path_breaks_it(held: Web, parts: list[str], accept: str) -> None:
    names = [quote(part, safe="") for part in parts]
    for path in (
        f"{INSTANCE}/frames/{names[0]}",
        f"{INSTANCE}/bulkdata/{names[0]}",
        f"/studies/{'/series/'.join(names)}",
        f"/studies/{names[0]}/series/{names[-1]}/metadata",
    ):
        assert held.get(path, accept.strip() or "*/*").status_code < 500 or "/series/" not in path


def test_a_request_without_a_signature_is_refused(local_cloud: LocalCloud) -> None:
    answer = requests.get(f"{local_cloud.url}/datastore/{'0' * 32}/studies", timeout=60)
    assert answer.status_code == 403


def test_an_unknown_data_store_is_not_found(local_cloud: LocalCloud) -> None:
    web = make_web(local_cloud.url, "0" * 32)
    assert web.get("/studies").status_code == 404
    web.session.close()


def test_a_data_store_with_a_malformed_id_is_refused(held: Web) -> None:
    assert (
        held.session.get(held.url.rpartition("/")[0] + "/SHORT/studies", timeout=60).status_code
        == 400
    )


def test_series_metadata_is_written_while_it_is_sent(held: Web) -> None:
    answer = held.get("/studies/1.2.1/series/1.2.1.1/metadata")
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert len(answer.json()) == 1


def test_old_clients_get_it_in_one_piece(held: Web) -> None:
    parts = urlsplit(held.url)
    connection = HTTPConnection(parts.netloc)
    connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"  # type: ignore[attr-defined]
    path = f"{parts.path}/studies/1.2.1/series/1.2.1.1/metadata"
    signed = held.session.prepare_request(
        requests.Request("GET", held.url.replace(parts.path, path))
    )
    connection.request("GET", path, headers=dict(signed.headers))
    answer = connection.getresponse()
    assert len(json.loads(answer.read())) == 1
    connection.close()


@pytest.fixture(scope="module")
def guarded() -> Iterator[LocalCloud]:
    with LocalCloud(None, 0, "--enforce-iam", admin=ADMIN) as cloud:
        yield cloud


def test_policies_say_which_actions_a_caller_may_use(guarded: LocalCloud) -> None:
    admin = make_clients(guarded.url, *ADMIN)
    store = admin.imaging.create_datastore()["datastoreId"]
    arn = admin.imaging.get_datastore(datastoreId=store)["datastoreProperties"]["datastoreArn"]
    name = f"viewer-{uuid.uuid4().hex[:8]}"
    admin.iam.create_user(UserName=name)
    allowed = ["medical-imaging:SearchDICOMStudies", "medical-imaging:GetDICOMInstance"]
    statement = {"Effect": "Allow", "Action": allowed, "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    admin.iam.put_user_policy(UserName=name, PolicyName="view", PolicyDocument=document)
    key = admin.iam.create_access_key(UserName=name)["AccessKey"]
    web = make_web(guarded.url, store, key["AccessKeyId"], key["SecretAccessKey"])
    assert web.get("/studies?PatientName=A%5EB*&limit=3").status_code == 200
    assert web.get(INSTANCE).status_code == 404
    refused = web.get("/series")
    assert refused.status_code == 403
    assert "medical-imaging:SearchDICOMAllSeries" in refused.json()["message"]
    assert web.get(f"{INSTANCE}/frames/1,2").status_code == 403
    forged = make_web(guarded.url, store, key["AccessKeyId"], "another secret")
    assert forged.get("/studies").status_code == 403
    for made in (web, forged):
        made.session.close()
    admin.close()
