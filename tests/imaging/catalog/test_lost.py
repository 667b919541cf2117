"""A connection to the catalog that breaks is tried again, whatever the driver calls it."""

import psycopg2
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError, DataError, InterfaceError, InternalError, ProgrammingError

from include.imaging.catalog.engine import open_catalog, writing
from include.imaging.errors import ImagingError, IntegrityError, TransientError
from include.imaging.model import Stage
from include.imaging.steps.boundary import guarded
from include.imaging.steps.translation import translated
from tests.support.postgres import Postgres

CAUSE = Exception("of the driver")


@pytest.mark.parametrize(
    "error",
    [
        InterfaceError("x", {}, CAUSE),
        InternalError("x", {}, CAUSE),
        DatabaseError("x", {}, CAUSE, connection_invalidated=True),
        ProgrammingError("x", {}, CAUSE, connection_invalidated=True),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_a_driver_raises_on_a_lost_connection_is_transient(error: Exception) -> None:
    found = translated(error, Stage.DEIDENTIFY)
    assert (type(found), found.code) == (TransientError, "CATALOG_LOST")


def test_a_statement_that_a_sound_connection_refused_is_not_tried_again() -> None:
    for error in (ProgrammingError("x", {}, CAUSE), DataError("x", {}, CAUSE)):
        assert type(translated(error, Stage.DEIDENTIFY)) is IntegrityError


def test_a_session_that_the_server_ends_is_tried_again(postgres: Postgres) -> None:
    postgres.run("CREATE DATABASE catalog_lost")
    engine = open_catalog(postgres.url("catalog_lost"))
    assert lose(engine, text("SELECT pg_terminate_backend(pg_backend_pid())")) == "CATALOG_BUSY"


def test_a_connection_that_the_driver_has_closed_is_tried_again(postgres: Postgres) -> None:
    postgres.run("CREATE DATABASE catalog_closed")
    engine = open_catalog(postgres.url("catalog_closed"))
    assert lose(engine, None) == "CATALOG_LOST"


def lose(engine: Engine, statement: object) -> str:
    """Break the connection of a step, by the server or in the driver; returns the code."""

    @guarded(Stage.DEIDENTIFY)
    def step() -> None:
        with writing(engine, "lost") as connection:
            if statement is not None:
                connection.execute(statement)  # type: ignore[call-overload]
            raw = connection.connection.dbapi_connection
            assert isinstance(raw, psycopg2.extensions.connection)
            raw.close()
            connection.execute(text("SELECT 1"))

    with pytest.raises(TransientError) as raised:
        step()
    assert isinstance(raised.value, ImagingError)
    return raised.value.code
