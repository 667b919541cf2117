"""Boxes of a mask share what fills them, so that many wide ones cost what one line does."""

from __future__ import annotations

import pytest
from pydicom import uid

from include.imaging.deid.pixels.layout import layout_of
from include.imaging.deid.pixels.lines import lines_of
from include.imaging.deid.pixels.regions import Region
from tests.support.pictures import picture, samples_of


@pytest.mark.parametrize("planar", [0, 1])
def test_boxes_are_filled_from_one_line_a_plane(planar: int) -> None:
    image = picture(samples_of(40, 500, 3), "RGB", PlanarConfiguration=planar)
    regions = [Region(row, 3, row + 1, 497) for row in range(0, 40, 2)]
    black = (1, 2, 3)
    lines = lines_of(layout_of(image, uid.ExplicitVRLittleEndian), regions, black)
    planes = 3 if planar else 1
    assert len(lines.boxes) == 20 * planes
    for number, box in enumerate(lines.boxes):
        wanted = [black[number // 20]] if planar else black
        assert box.filling.tobytes() == bytes(wanted) * 494
    whole = {id(box.filling.base): box.filling.base for box in lines.boxes}
    assert sum(line.nbytes for line in whole.values() if line is not None) == 1500
