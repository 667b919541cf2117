"""What live batches are about to send, as conditions on the items of a run."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, exists
from sqlalchemy.sql.elements import ColumnElement

from include.imaging.catalog.tables import claims


def claim_on(datastore_id: str, of: Any) -> ColumnElement[bool]:
    """Return the condition that a claim is on an item's instance, with the item's content."""
    return and_(_claim_on_instance(datastore_id, of), claims.c.content_hash == of.c.content_hash)


def is_on_its_way(datastore_id: str, of: Any) -> ColumnElement[bool]:
    """Return the condition that a live batch carries an item's instance with its content."""
    return exists().where(claim_on(datastore_id, of))


def is_other_content_on_its_way(datastore_id: str, of: Any) -> ColumnElement[bool]:
    """Return the condition that a live batch carries an item's instance with other content."""
    other = claims.c.content_hash != of.c.content_hash
    return exists().where(_claim_on_instance(datastore_id, of), other)


def _claim_on_instance(datastore_id: str, of: Any) -> ColumnElement[bool]:
    return and_(
        claims.c.datastore_id == datastore_id,
        claims.c.sop_instance_uid == of.c.sop_instance_uid,
    )
