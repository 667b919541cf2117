"""The three buckets of a pipeline, as the steps are handed them."""

from __future__ import annotations

from dataclasses import dataclass

from include.imaging.store import ObjectStore


@dataclass(frozen=True, slots=True)
class Zones:
    """Landing (raw, with identity), import (verified objects alone) and results."""

    landing: ObjectStore
    imports: ObjectStore
    results: ObjectStore
