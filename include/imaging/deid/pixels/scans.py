"""Which regions of an ultrasound object are believed, so that all else can be masked."""

from __future__ import annotations

from collections.abc import Iterable

from include.imaging.deid.pixels.facts import Scan
from include.imaging.deid.pixels.regions import Region
from include.imaging.deid.pixels.rule_data import ScanLimits


def kept_regions(
    scans: tuple[Scan, ...],
    rows: int,
    columns: int,
    limits: ScanLimits,
    *,
    knows_banner: bool = False,
) -> tuple[Region, ...]:
    """Return what of the image shows the scan and its traces; nothing when that is not believed.

    Args:
        scans: the regions that the object declares (PS3.3 C.8.5.5).
        rows: of the image, like `columns` in pixels.
        columns: of the image.
        limits: when regions are believed.
        knows_banner: whether the console's banner is masked whatever the regions say.
    """
    if not scans or len(scans) > limits.most or not all(_fits(s, rows, columns) for s in scans):
        return ()
    if not any(_is_scan(scan, limits) for scan in scans):
        return ()
    kept = tuple(_kept(scans, limits))
    highest = 0 if knows_banner else max(limits.lowest_top * rows, 1)
    return () if any(region.top < highest for region in kept) else kept


def _fits(scan: Scan, rows: int, columns: int) -> bool:
    """Return whether the region lies inside the image; consoles count its far edge by one more."""
    return 0 <= scan.left < scan.right <= columns and 0 <= scan.top < scan.bottom <= rows


def _is_scan(scan: Scan, limits: ScanLimits) -> bool:
    return scan.data_type in limits.scan_types and scan.spatial_format in limits.scan_formats


def _kept(scans: Iterable[Scan], limits: ScanLimits) -> Iterable[Region]:
    for scan in scans:
        if scan.data_type in limits.kept_types and scan.spatial_format in limits.kept_formats:
            yield Region(scan.top, scan.left, scan.bottom + 1, scan.right + 1)
