"""What every test may ask for."""

from collections.abc import Iterator

import pytest

from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients, Stage, make_clients, make_stage


@pytest.fixture(scope="session")
def local_cloud() -> Iterator[LocalCloud]:
    """A served local cloud that keeps nothing, shared by all tests: use names of your own."""
    with LocalCloud() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def clients(local_cloud: LocalCloud) -> Iterator[Clients]:
    """boto3 clients of the shared local cloud."""
    made = make_clients(local_cloud.url)
    yield made
    made.close()


@pytest.fixture
def stage(clients: Clients) -> Stage:
    """New buckets and a new data store in the shared local cloud."""
    return make_stage(clients)
