"""Tokens that carry a listing on where its last page ended."""

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from include.localcloud.calls import Call
from include.localcloud.errors import ValidationError

PAGE_SIZE = 50


def page_size(call: Call) -> int:
    """How many results a page of this call may hold."""
    return int(call.get("maxResults", PAGE_SIZE))


def last_seen(call: Call, size: int = 1) -> list[Any] | None:
    """Where the page before ended, in so many values; None for the first page.

    Raises:
        ValidationError: The token is not one of ours, or belongs to another listing.
    """
    token = call.get("nextToken")
    if token is None:
        return None
    try:
        listing, position = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError, RecursionError):
        raise ValidationError("nextToken is not valid") from None
    if listing != _listing(call):
        raise ValidationError("nextToken belongs to another listing")
    if not isinstance(position, list) or len(position) != size or not all(map(_is_plain, position)):
        raise ValidationError("nextToken is not valid")
    return position


def _is_plain(value: Any) -> bool:
    """Whether a value of a token is one that a row can hold."""
    return isinstance(value, str | float) or (isinstance(value, int) and abs(value) < 1 << 63)


def cut(call: Call, rows: Sequence[Any], position: Any) -> tuple[Sequence[Any], str | None]:
    """The page, and the token for the next one; `rows` holds one more if there is a next one.

    Args:
        call: The listing's call.
        rows: At most a page and one more.
        position: What of a row tells its place in the order, as a list.
    """
    size = page_size(call)
    if len(rows) <= size:
        return rows, None
    text = json.dumps([_listing(call), position(rows[size - 1])])
    return rows[:size], base64.urlsafe_b64encode(text.encode()).decode()


def _listing(call: Call) -> str:
    asked = {k: v for k, v in call.parameters.items() if k not in ("nextToken", "maxResults")}
    text = json.dumps([call.operation, asked], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
