"""Reads Airflow Connections at run time and turns them into what the steps need."""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from sqlalchemy import URL

from include.imaging.errors import CustomerError
from include.imaging.keyring import Keyring

CATALOG = "imaging_catalog"
DEIDENTIFICATION = "imaging_deid"
EXPORT = "imaging_export"


def catalog_url() -> str:
    """Return the SQLAlchemy URL of the catalog's Connection (type sqlite or postgres)."""
    connection = _get(CATALOG, "type sqlite (host: path of the file) or postgres")
    if connection.conn_type == "sqlite":
        if not connection.host:
            raise _incomplete(CATALOG, "`host`: the path of the SQLite file")
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
    raise _incomplete(CATALOG, "a type that the catalog runs on: sqlite or postgres")


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


def _get(conn_id: str, form: str) -> Connection:
    try:
        connection: Connection = Connection.get(conn_id)
    except AirflowNotFoundException:
        raise CustomerError(
            "CONNECTION_MISSING",
            f"there is no Connection {conn_id!r} ({form}): create it under Admin → Connections, "
            "as an AIRFLOW_CONN_… variable or in the secrets backend, then clear this task",
        ) from None
    return connection


def _incomplete(conn_id: str, what: str) -> CustomerError:
    return CustomerError("CONNECTION_INCOMPLETE", f"Connection {conn_id!r} lacks {what}")
