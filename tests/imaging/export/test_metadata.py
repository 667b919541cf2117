"""Metadata that is damaged, hostile or not the service's is refused, and nothing else happens."""

from __future__ import annotations

import gzip
import json
from io import BytesIO
from typing import Any

import pytest

from include.imaging.errors import CustomerError
from include.imaging.export.metadata import fetch, instances
from include.imaging.export.selection import ImageSet

MOST_BYTES = 1 << 16
WHOLE = gzip.compress(json.dumps({"Study": {"Series": {}}}).encode())


class Client:
    """A client whose image sets all have this metadata."""

    def __init__(self, blob: bytes) -> None:
        self._blob = blob

    def get_image_set_metadata(self, **_: str) -> dict[str, Any]:
        return {"imageSetMetadataBlob": BytesIO(self._blob)}


def fetched(blob: bytes) -> dict[str, Any]:
    client: Any = Client(blob)
    return fetch(client, "1" * 32, ImageSet("2" * 32, 1), most_bytes=MOST_BYTES)


def test_metadata_comes_packed_or_not() -> None:
    assert fetched(WHOLE) == fetched(gzip.decompress(WHOLE)) == {"Study": {"Series": {}}}


@pytest.mark.parametrize(
    "blob",
    [b"", b"[]", WHOLE[:-12], WHOLE[:10] + b"\xff" * 9, b"[" * MOST_BYTES, b"\x1f\x8b"],
    ids=["empty", "no object", "cut off", "damaged", "deep", "head alone"],
)
def test_what_is_no_metadata_is_refused(blob: bytes) -> None:
    with pytest.raises(CustomerError, match="METADATA_UNREADABLE"):
        fetched(blob)


def test_a_bomb_is_refused() -> None:
    with pytest.raises(CustomerError, match="METADATA_TOO_LARGE"):
        fetched(gzip.compress(bytes(1 << 24)))


@pytest.mark.parametrize(
    "study",
    [
        ["1"],
        {"Series": ["1"]},
        {"Series": {"1": None}},
        {"Series": {"1": {"Instances": {"2": None}}}},
        {"Series": {"1": {"Instances": {"2": {"DICOM": [1]}}}}},
        {"Series": {"1": {"Instances": {"2": {"DICOMVRs": ["00190010"]}}}}},
        {"Series": {"1": {"Instances": {"2": {"ImageFrames": [{}]}}}}},
    ],
)
def test_metadata_of_another_build_is_refused(study: Any) -> None:
    with pytest.raises(CustomerError, match="METADATA_UNREADABLE"):
        list(instances({"Study": study}))
