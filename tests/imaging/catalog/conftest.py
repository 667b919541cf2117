"""Every test of the catalog runs on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from include.imaging.catalog.engine import open_catalog
from tests.support.postgres import Postgres, serving_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with serving_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalog.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    name = f"catalog_{uuid4().hex}"
    server.run(f"CREATE DATABASE {name}")
    return server.url(name)


@pytest.fixture
def engine(catalog_url: str) -> Engine:
    return open_catalog(catalog_url)
