"""Client tokens: the same call twice is one call."""

import hashlib
import json
import sqlite3

from include.localcloud.calls import Call
from include.localcloud.dialect import Dialect
from include.localcloud.errors import ConflictError


def earlier_result(
    connection: sqlite3.Connection, call: Call, dialect: Dialect | None = None
) -> str | None:
    """The id that the first call with this client token made, or None if this is the first.

    Tokens are kept as long as what they made; no source tells how long the service keeps them.

    Args:
        connection: Where they are kept.
        call: The call, with a clientToken.
        dialect: Tells whether other parameters than the first call's are an error.

    Raises:
        ConflictError: They are.
    """
    row = connection.execute(
        "SELECT request, result FROM tokens WHERE operation = ? AND region = ? AND token = ?",
        (call.operation, call.region, call["clientToken"]),
    ).fetchone()
    is_strict = (dialect or Dialect())["client-token"] == "error"
    if row and is_strict and row["request"] != _fingerprint(call):
        raise ConflictError("clientToken was used before with other parameters")
    return row["result"] if row else None


def remember(connection: sqlite3.Connection, call: Call, result: str) -> None:
    """Keep what this call made, for the same call to find."""
    connection.execute(
        "INSERT INTO tokens (operation, region, token, request, result) VALUES (?, ?, ?, ?, ?)",
        (call.operation, call.region, call["clientToken"], _fingerprint(call), result),
    )


def forget(connection: sqlite3.Connection, operation: str, result: str) -> None:
    """Forget the token of a call whose result is gone; the same call makes another one."""
    connection.execute("DELETE FROM tokens WHERE operation = ? AND result = ?", (operation, result))


def _fingerprint(call: Call) -> str:
    others = {k: v for k, v in call.parameters.items() if k != "clientToken"}
    return hashlib.sha256(json.dumps(others, sort_keys=True).encode()).hexdigest()
