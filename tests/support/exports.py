"""What tests of the export share: an exporter on a stage, and pixels to compare."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.pixels import iter_pixels

from include.imaging.dicom.silence import silenced
from include.imaging.export.destination import Destination, Folder
from include.imaging.export.dicomweb import DicomWeb, dicomweb_endpoint
from include.imaging.export.image_sets import Exporter
from include.imaging.export.metadata import FrameEntry, Instance
from include.imaging.export.outcomes import Format, InstanceOutcome
from include.imaging.export.selection import ImageSet
from tests.support.cloud import REGION, Stage


def exporter(
    stage: Stage, place: Path | Destination, formats: Sequence[Format] = (Format.DICOM,)
) -> Exporter:
    """An exporter of the stage's data store into a folder or other place."""
    client = stage.clients.imaging
    credentials = stage.clients.session.get_credentials()
    assert credentials is not None
    endpoint = dicomweb_endpoint(client.meta.endpoint_url)
    web = DicomWeb(endpoint, REGION, credentials, stage.datastore_id)
    target = Folder(place) if isinstance(place, Path) else place
    return Exporter(client, stage.datastore_id, target, tuple(formats), web)


def image_sets(stage: Stage) -> list[ImageSet]:
    """All image sets of the stage, primary or not."""
    return [
        ImageSet(found["imageSetId"], found["version"], found["isPrimary"])
        for found in stage.search()
    ]


def export_all(made: Exporter, stage: Stage) -> list[InstanceOutcome]:
    """What becomes of every instance of the stage."""
    return [
        outcome
        for image_set in image_sets(stage)
        for outcome in made.run(image_set).instances.values()
    ]


def pixels_of(source: bytes | Path) -> list[Any]:
    """The frames of a file as pydicom decodes them, no colour converted."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else io.BytesIO(source.read_bytes())
    with silenced():
        dataset = pydicom.dcmread(stream)
        if dataset.get("BitsAllocated") == 1:  # frame by frame pydicom wants whole bytes
            many = int(dataset.get("NumberOfFrames") or 1)
            return list(dataset.pixel_array.reshape(many, dataset.Rows, dataset.Columns))
        return [frame.copy() for frame in iter_pixels(dataset, raw=True)]


def same_pixels(left: list[Any], right: list[Any]) -> bool:
    """Whether two lists of frames hold the same shapes and values."""
    return len(left) == len(right) and all(
        a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        for a, b in zip(left, right, strict=True)
    )


def instance(
    attributes: dict[str, Any] | None = None, syntax: str = "", frames: Sequence[bytes] = ()
) -> Instance:
    """An instance as metadata would describe it, its frames with the checksum of these bytes."""
    entries = tuple(
        FrameEntry(f"{number:032x}", zlib.crc32(data), len(data))
        for number, data in enumerate(frames)
    )
    return Instance("1.2.2", "1.2.3", attributes or {}, {}, entries, syntax)
