"""Makes a changed instance out of a stored one: new attributes, the same pixel data."""

import json
import sqlite3
from collections.abc import Iterable

from pydicom import Dataset
from pydicom.charset import convert_encodings

from include.localcloud.attribute_documents import Attributes
from include.localcloud.attribute_rules import tag_of, vr_of
from include.localcloud.attribute_values import make_element, require_encodable
from include.localcloud.headers import pack_header
from include.localcloud.importer import Instance, describe_again, load_header, save_instance
from include.localcloud.metadata import grouping, level_of
from include.localcloud.search_tags import load_metadata

UPPER = frozenset({"Patient", "Study", "Series"})


def save_revised(connection: sqlite3.Connection, row: sqlite3.Row, changed: Dataset) -> int:
    """The id of a new row for an instance whose header was changed.

    Its metadata is derived from the header again; blob, frames and stored syntax stay.
    """
    metadata = load_metadata(row)
    levels = describe_again(changed, metadata["levels"])
    instance = Instance(
        series_uid=str(changed.SeriesInstanceUID),
        sop_uid=str(changed.SOPInstanceUID),
        header=pack_header(changed),
        metadata={**metadata, "levels": levels},
        grouping=grouping(levels),
        blob=row["blob"],
    )
    return save_instance(connection, instance, json.loads(row["reasons"]))


def save_copy(connection: sqlite3.Connection, row: sqlite3.Row) -> int:
    """The id of a new row that is as the old one."""
    cursor = connection.execute(
        "INSERT INTO instances (series_uid, sop_uid, grouping, metadata, metadata_bytes, header,"
        " reasons, blob) SELECT series_uid, sop_uid, grouping, metadata, metadata_bytes, header,"
        " reasons, blob FROM instances"
        " WHERE id = ?",
        (row["id"],),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def amended(
    row: sqlite3.Row, updates: Iterable[Attributes], removals: Iterable[Attributes]
) -> Dataset:
    """An instance's attributes after an update; removals come first.

    Raises:
        ValidationError: A value cannot be encoded.
    """
    dataset = load_header(row)
    for attributes in removals:
        for name in attributes.values:
            dataset.pop(tag_of(name), None)
    for attributes in updates:
        for name, value in attributes.values.items():
            tag = tag_of(name)
            held = dataset.get_item(tag)
            vr = vr_of(name, tag, attributes)
            if held is not None and held.VR and name not in attributes.vrs:
                vr = str(held.VR)
            dataset[tag] = element = make_element(tag, vr, value)
            require_encodable(element, encodings_of(dataset))
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


def filed_like(row: sqlite3.Row, other: sqlite3.Row) -> Dataset:
    """An instance's attributes with patient, study and series of another one.

    Raises:
        ValidationError: Its character set cannot hold them.
    """
    dataset, model = load_header(row), load_header(other)
    for held in list(dataset):
        if level_of().get(held.keyword) in UPPER:
            del dataset[held.tag]
    for given in model:
        if level_of().get(given.keyword) in UPPER:
            dataset[given.tag] = given
            require_encodable(given, encodings_of(dataset))
    return dataset


def encodings_of(dataset: Dataset) -> list[str]:
    """Python's names of a data set's character sets (PS3.3 C.12.1.1.2)."""
    return convert_encodings(dataset.get("SpecificCharacterSet") or "ISO_IR 6")
