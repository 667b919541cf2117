"""Quotas and throttling: from a data file, off unless asked for."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from include.localcloud.database import Database
from include.localcloud.errors import ThrottlingError
from include.localcloud.options import parse
from include.localcloud.quotas import QuotasError, read_quotas
from include.localcloud.running import LocalCloud
from include.localcloud.service_model import service_model
from include.localcloud.throttling import Throttle
from tests.support.cloud import make_clients, make_stage

SMALL = {
    "rates": {
        "ListDatastores": {"rate": 0.001, "burst": 2},
        "CreateDatastore": {"rate": 9, "burst": 9},
        "StartDICOMImportJob": {"rate": 9, "burst": 9},
    },
    "concurrent": {"StartDICOMImportJob": 1},
    "datastores": 2,
    "job": {"files": 1},
    "image_set": {"copy_frames": 5},
}  # fmt: skip


class Watch:
    """A clock that is set by hand."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def refused(caught: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def test_every_operation_of_the_model_has_a_rate() -> None:
    names = set(service_model().operation_names)
    assert len(names) == 18
    assert names <= read_quotas().rates.keys()


def test_quotas_are_off_unless_asked_for() -> None:
    assert parse([]).quotas is None
    assert parse(["--quotas"]).quotas == read_quotas()


def test_a_file_changes_what_it_names(tmp_path: Path) -> None:
    file = tmp_path / "quotas.json"
    file.write_text(json.dumps(SMALL))
    found, default = read_quotas(file), read_quotas()
    assert (found.job.files, found.job.bytes) == (1, default.job.bytes)
    assert (found.image_set.copy_frames, found.image_set.update_bytes) == (5, 10 * 1024)
    assert found.rates["ListDatastores"] == (0.001, 2)
    assert found.rates["GetDatastore"] == default.rates["GetDatastore"]


@pytest.mark.parametrize("text", ["", "[]", '{"job": {"files": "x"}}', '{"job": {"other": 1}}'])
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "quotas.json"
    file.write_text(text)
    with pytest.raises(QuotasError):
        read_quotas(file)


def test_a_burst_passes_and_then_the_rate(tmp_path: Path) -> None:
    watch = Watch()
    database = Database(tmp_path / "state.sqlite3")
    throttle = Throttle(read_quotas(), database, watch)

    def passed(calls: int) -> int:
        count = 0
        for _ in range(calls):
            try:
                throttle.admit("StartDICOMImportJob")
            except ThrottlingError:
                continue
            count += 1
        return count

    assert passed(5) == 2
    watch.seconds += 1
    assert passed(5) == 1
    watch.seconds += 100
    assert passed(5) == 2
    database.close()


def test_quotas_are_enforced_when_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "quotas.json"
    file.write_text(json.dumps(SMALL))
    with LocalCloud(None, 0, "--quotas", str(file)) as cloud:
        clients = make_clients(cloud.url)
        stage = make_stage(clients)
        with cloud.fault("stuck_job"):
            first = stage.start("in/", clientToken="first")
            with pytest.raises(ClientError) as caught:
                stage.start("in/")
            assert refused(caught) == (402, "ServiceQuotaExceededException")
            assert stage.start("in/", clientToken="first") == first
        last = clients.imaging.create_datastore(clientToken="last")["datastoreId"]
        with pytest.raises(ClientError) as caught:
            make_stage(clients)
        assert refused(caught) == (402, "ServiceQuotaExceededException")
        assert clients.imaging.create_datastore(clientToken="last")["datastoreId"] == last
        for _ in range(2):
            clients.imaging.list_datastores()
        with pytest.raises(ClientError) as caught:
            clients.imaging.list_datastores()
        assert refused(caught) == (429, "ThrottlingException")
        clients.close()
