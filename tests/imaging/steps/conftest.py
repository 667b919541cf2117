"""Buckets and a catalog for steps that need both."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.imaging.catalog.engine import open_catalog
from include.imaging.steps.zones import Zones
from tests.support.cloud import Clients
from tests.support.landing import new_store


@pytest.fixture
def zones(clients: Clients) -> Zones:
    return Zones(*(new_store(clients) for _zone in range(3)))


@pytest.fixture
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("catalog")
    made = open_catalog(f"sqlite:///{folder / 'catalog.db'}")
    yield made
    made.dispose()
