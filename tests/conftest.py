"""What every test may ask for."""

from collections.abc import Iterator
from functools import cache

import botocore.session
import pytest

from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients, Stage, make_clients, make_stage

# each of the many sessions would read every service's model anew
botocore.session.create_loader = cache(botocore.session.create_loader)


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


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that share one Airflow in one process."""
    for item in items:
        if item.get_closest_marker("scheduler"):
            item.add_marker(pytest.mark.xdist_group(item.path.parent.name))
