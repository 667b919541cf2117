"""The forms of answers that the dialect decides on."""

import sqlite3

from include.localcloud.database import Database
from include.localcloud.dialect import Dialect
from include.localcloud.search_tags import load_metadata
from include.localcloud.transfer_syntaxes import (
    CONTENT_TYPES,
    JPEG_2000_LOSSLESS,
    OCTETS,
    STORED_AS,
)

METADATA_TYPES = {"json": "application/json", "text": "text/plain"}


def metadata_type(dialect: Dialect) -> str:
    """The content type of image set metadata."""
    return METADATA_TYPES[dialect["metadata-type"]]


def implied_syntax(dialect: Dialect, datastore: sqlite3.Row) -> str:
    """The stored transfer syntax that goes without saying, if any: the data store's own."""
    is_told = dialect["stored-syntax"] == "present"
    return "" if is_told else STORED_AS[datastore["storage_format"]]


def frame_type(dialect: Dialect, database: Database, frame: sqlite3.Row) -> str:
    """The content type of a frame."""
    kind = str(frame["content_type"])
    is_unclear = kind == CONTENT_TYPES[JPEG_2000_LOSSLESS]
    if dialect["jpeg2000-type"] == "image" or not is_unclear:
        return kind
    row = database.one("SELECT metadata FROM instances WHERE blob = ? LIMIT 1", frame["blob"])
    is_lossless = row is not None and load_metadata(row)["syntax"] == JPEG_2000_LOSSLESS
    return OCTETS if is_lossless else kind
