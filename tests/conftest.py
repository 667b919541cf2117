"""What every test may ask for."""

from collections.abc import Iterator

import pytest

from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients, make_clients


@pytest.fixture(scope="session")
def local_cloud() -> Iterator[LocalCloud]:
    """A served local cloud that keeps nothing, shared by all tests: use names of your own."""
    with LocalCloud() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def clients(local_cloud: LocalCloud) -> Clients:
    """boto3 clients of the shared local cloud."""
    return make_clients(local_cloud.url)
