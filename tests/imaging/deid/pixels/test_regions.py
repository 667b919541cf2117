"""Regions are clipped, aligned and turned inside out without losing or gaining a pixel."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from include.imaging.deid.pixels.regions import Region, aligned, clipped, outside

ROWS, COLUMNS = 9, 12
EDGES = st.integers(-5, 20)
REGIONS = st.lists(st.builds(Region, EDGES, EDGES, EDGES, EDGES), max_size=5)


def _covered(regions: tuple[Region, ...] | list[Region]) -> NDArray[np.int64]:
    """How many regions cover each pixel, by looking at each pixel."""
    image = np.zeros((ROWS, COLUMNS), int)
    for row in range(ROWS):
        for column in range(COLUMNS):
            image[row, column] = sum(
                r.top <= row < r.bottom and r.left <= column < r.right for r in regions
            )
    return image


@given(REGIONS)
def test_what_lies_outside_is_covered_once_and_what_is_kept_never(kept: list[Region]) -> None:
    assert np.array_equal(_covered(outside(kept, ROWS, COLUMNS)), _covered(kept) == 0)


@given(REGIONS)
def test_a_clipped_region_lies_in_the_image_and_covers_the_same_pixels(
    regions: list[Region],
) -> None:
    inside = clipped(regions, ROWS, COLUMNS)
    assert all(0 <= r.top < r.bottom <= ROWS and 0 <= r.left < r.right <= COLUMNS for r in inside)
    assert np.array_equal(_covered(inside) > 0, _covered(regions) > 0)


@given(REGIONS)
def test_aligned_regions_cover_at_least_what_they_covered(regions: list[Region]) -> None:
    inside = clipped(regions, ROWS, COLUMNS)
    wide = aligned(inside, COLUMNS)
    assert all(r.left % 2 == 0 and r.right % 2 == 0 for r in wide)
    assert not ((_covered(inside) > 0) & (_covered(wide) == 0)).any()


def test_without_anything_kept_the_whole_image_lies_outside() -> None:
    assert outside([], ROWS, COLUMNS) == (Region(0, 0, ROWS, COLUMNS),)
