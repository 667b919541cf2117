"""Rectangles of an image: what lies outside of some, and how they meet its edges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of every frame, in pixels; `bottom` and `right` are the first beyond it."""

    top: int
    left: int
    bottom: int
    right: int


def clipped(regions: Iterable[Region], rows: int, columns: int) -> tuple[Region, ...]:
    """Return what lies inside the image of each region; what lies beyond it altogether goes."""
    within = (
        Region(max(r.top, 0), max(r.left, 0), min(r.bottom, rows), min(r.right, columns))
        for r in regions
    )
    return tuple(dict.fromkeys(r for r in within if r.top < r.bottom and r.left < r.right))


def aligned(regions: Iterable[Region], columns: int) -> tuple[Region, ...]:
    """Return regions that begin and end at even columns, as shared chroma needs (YBR_FULL_422)."""
    return tuple(
        Region(r.top, r.left // 2 * 2, r.bottom, min(-(-r.right // 2) * 2, columns))
        for r in regions
    )


def outside(kept: Sequence[Region], rows: int, columns: int) -> tuple[Region, ...]:
    """Return disjoint regions that cover the image but for `kept`, from the top down."""
    inside = clipped(kept, rows, columns)
    edges = sorted({0, rows, *(r.top for r in inside), *(r.bottom for r in inside)})
    found: list[Region] = []
    for top, bottom in pairwise(edges):
        spans = sorted((r.left, r.right) for r in inside if r.top <= top and bottom <= r.bottom)
        found.extend(Region(top, left, bottom, right) for left, right in _gaps(spans, columns))
    return tuple(found)


def _gaps(spans: list[tuple[int, int]], columns: int) -> list[tuple[int, int]]:
    gaps, reached = [], 0
    for left, right in spans:
        if left > reached:
            gaps.append((reached, left))
        reached = max(reached, right)
    return [*gaps, (reached, columns)] if reached < columns else gaps
