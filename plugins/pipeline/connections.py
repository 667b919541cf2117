"""Reads Airflow Connections at run time and turns them into what the steps need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airflow.sdk import Connection as AirflowConnection
from airflow.sdk.exceptions import AirflowNotFoundException
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from include.imaging.errors import CustomerError, TransientError
from include.imaging.keyring import Keyring

if TYPE_CHECKING:
    from include.imaging.deid.subjects import SubjectList

CATALOG = "imaging_catalog"
DEIDENTIFICATION = "imaging_deid"
EXPORT = "imaging_export"


def catalog_url() -> str:
    """Return the SQLAlchemy URL of the catalog's Connection (type sqlite or postgres)."""
    return _database_url(CATALOG)


def subject_list(conn_id: str, name: str) -> SubjectList:
    """Return the subject list of a table (`table` or `schema.table`) of a Connection's database.

    Raises TransientError where the database does not answer, and CustomerError for a table that
    cannot be read or is no subject list; neither quotes a value.
    """
    from include.imaging.deid.subjects import SubjectList

    schema, _, table = name.rpartition(".")
    engine = create_engine(_database_url(conn_id), poolclass=NullPool)
    try:
        with _connected(engine, conn_id) as connection:
            return SubjectList.from_table(connection, table, schema or None)
    except SQLAlchemyError as error:
        raise CustomerError(
            "SUBJECTS_UNREADABLE",
            f"table {name!r} of Connection {conn_id!r} cannot be read ({type(error).__name__}): "
            "it must have the columns patient_id and pseudonym, and the Connection's user must be "
            "allowed to read it",
        ) from None


def _connected(engine: Engine, conn_id: str) -> Connection:
    try:
        return engine.connect()
    except SQLAlchemyError as error:
        raise TransientError(
            "SUBJECTS_UNREACHABLE",
            f"the database of Connection {conn_id!r} did not answer, or refused "
            f"({type(error).__name__}); the task is retried",
        ) from None


def _database_url(conn_id: str) -> str:
    connection = _get(conn_id, "type sqlite (host: path of the file) or postgres")
    if connection.conn_type == "sqlite":
        if not connection.host:
            raise _incomplete(conn_id, "`host`: the path of the SQLite file")
        return f"sqlite:///{connection.host}"
    if connection.conn_type in ("postgres", "postgresql"):
        url = URL.create(
            "postgresql+psycopg2",
            username=connection.login,
            password=connection.password,
            host=connection.host,
            port=connection.port,
            database=connection.schema,
        )
        return url.render_as_string(hide_password=False)
    raise _incomplete(conn_id, "a type that we read: sqlite or postgres")


def keyring() -> Keyring:
    """Return the keyring of the de-identification secret; CustomerError when there is none."""
    connection = _get(DEIDENTIFICATION, "type generic, with the secret in hex as its password")
    if not connection.password:
        raise _incomplete(
            DEIDENTIFICATION,
            "`password`: the secret, 64 hex digits or more "
            "(make one: python -m include.imaging key new)",
        )
    return Keyring.from_hex(connection.password)


def archive_root(conn_id: str, path: str) -> str:
    """Return the file URL of a feed's archive: the Connection's `path` and the feed's below."""
    return f"file://{Path(_folder(conn_id, 'archive')) / path}"


def export_root() -> str:
    """Return the folder below which exports may be written; CustomerError when there is none."""
    return _folder(EXPORT, "exports")


def _folder(conn_id: str, what: str) -> str:
    connection = _get(conn_id, f"type fs, with the root of the {what} as `path` in its extra")
    root = connection.extra_dejson.get("path")
    if not isinstance(root, str) or not root.startswith("/"):
        raise _incomplete(conn_id, f"`path` in its extra: the absolute path of the {what}")
    return root


def _get(conn_id: str, form: str) -> AirflowConnection:
    try:
        connection: AirflowConnection = AirflowConnection.get(conn_id)
    except AirflowNotFoundException:
        raise CustomerError(
            "CONNECTION_MISSING",
            f"there is no Connection {conn_id!r} ({form}): create it under Admin → Connections, "
            "as an AIRFLOW_CONN_… variable or in the secrets backend, then clear this task",
        ) from None
    return connection


def _incomplete(conn_id: str, what: str) -> CustomerError:
    return CustomerError("CONNECTION_INCOMPLETE", f"Connection {conn_id!r} lacks {what}")
