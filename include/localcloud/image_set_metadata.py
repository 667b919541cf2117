"""Image set metadata put together from its instances (DG/understanding-image-sets)."""

import sqlite3
from collections.abc import Iterable
from typing import Any

from include.localcloud.search_tags import load_metadata

SCHEMA_VERSION = "1.1"


def assemble(
    members: Iterable[sqlite3.Row], image_set: sqlite3.Row, implied: str = ""
) -> dict[str, Any]:
    """The document of an image set; patient, study and series are the latest instance's.

    Args:
        members: Rows of its instances, the latest last.
        image_set: Its own row.
        implied: A stored transfer syntax that goes without saying.
    """
    instances: dict[str, Any] = {}
    levels: dict[str, Any] = {}
    series_uid = image_set["series_uid"]
    for row in members:
        metadata = load_metadata(row)
        levels, series_uid = metadata["levels"], row["series_uid"]
        instances[row["sop_uid"]] = _instance(metadata, implied)
    series = {"DICOM": _level(levels, "Series"), "Instances": instances}
    return {
        "SchemaVersion": SCHEMA_VERSION,
        "DatastoreID": image_set["datastore_id"],
        "ImageSetID": image_set["id"],
        "Patient": {"DICOM": _level(levels, "Patient")},
        "Study": {
            "DICOM": _level(levels, "Study"),
            "Series": {series_uid: series},
        },
    }


def _instance(metadata: dict[str, Any], implied: str) -> dict[str, Any]:
    level = metadata["levels"]["Instance"]
    described = {
        "DICOM": level["DICOM"],
        "DICOMVRs": level["DICOMVRs"],
        "ImageFrames": metadata["frames"],
    }
    if metadata["syntax"] not in (None, implied):
        described["StoredTransferSyntaxUID"] = metadata["syntax"]
    return described


def _level(levels: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = levels.get(name, {}).get("DICOM", {})
    return found
