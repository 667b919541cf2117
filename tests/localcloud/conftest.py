"""What tests of the local cloud share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from include.localcloud.running import LocalCloud
from tests.support.cloud import Clients, make_clients, make_stage
from tests.support.clouds import Clouds
from tests.support.house import ADMIN, House


@pytest.fixture(scope="session")
def enforcing() -> Iterator[LocalCloud]:
    with LocalCloud(None, 0, "--enforce-iam", admin=ADMIN) as started:
        yield started


@pytest.fixture(scope="session")
def admin(enforcing: LocalCloud) -> Iterator[Clients]:
    clients = make_clients(enforcing.url, *ADMIN)
    yield clients
    clients.close()


@pytest.fixture
def house(enforcing: LocalCloud, admin: Clients) -> Iterator[House]:
    made = House(enforcing, admin, make_stage(admin), [])
    yield made
    for clients in made.opened:
        clients.close()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def clouds(state: Path, tmp_path: Path) -> Iterator[Clouds]:
    made = Clouds(state, tmp_path / "log")
    yield made
    made.stop()
