"""Intake: the bytes of one item, read once into a bundle, hashed, with its header's facts."""

from __future__ import annotations

import hashlib
import mmap
from dataclasses import replace

from include.imaging.archives.protocol import ByteStream, ItemReadError
from include.imaging.dicom.header import read_facts
from include.imaging.landing.bundles import Bundle
from include.imaging.model import CensusItem, Finding, IndexEntry

CHUNK_BYTES = 1024 * 1024


def refused(item: CensusItem, finding: Finding) -> IndexEntry:
    """Return the entry of an item whose bytes are not there."""
    return IndexEntry(item.item_id, item.size, findings=(finding,))


def take(item: CensusItem, stream: ByteStream, bundle: Bundle) -> None:
    """Read an item into a bundle in memory; an item that breaks leaves only its finding."""
    chunks: list[bytes] = []
    try:
        while chunk := stream.read(CHUNK_BYTES):
            chunks.append(chunk)
    except ItemReadError as error:
        bundle.add(refused(item, error.finding), b"")
        return
    data = b"".join(chunks)
    bundle.add(_entry(item, data, hashlib.sha256(data).hexdigest()), data)


def spool(item: CensusItem, stream: ByteStream) -> Bundle:
    """Return a bundle of its own for a large item, in a private file that no name leads to."""
    bundle = Bundle(spooled=True)
    try:
        offset = bundle.begin(item.item_id, item.size)
        digest = hashlib.sha256()
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            bundle.file.write(chunk)
    except ItemReadError as error:
        bundle.file.close()
        bundle = Bundle()
        bundle.add(refused(item, error.finding), b"")
        return bundle
    bundle.file.flush()
    with (
        mmap.mmap(bundle.file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as whole,
        whole[offset : offset + item.size] as data,
    ):
        entry = _entry(item, data, digest.hexdigest())
    bundle.end(replace(entry, offset=offset, length=item.size))
    return bundle


def _entry(item: CensusItem, data: bytes | memoryview, sha256: str) -> IndexEntry:
    header = read_facts(data)
    content_hash = sha256
    if header.dataset_offset:
        with memoryview(data) as view, view[header.dataset_offset :] as dataset:
            content_hash = hashlib.sha256(dataset).hexdigest()
    return IndexEntry(
        item_id=item.item_id,
        size=len(data),
        sha256=sha256,
        content_hash=content_hash,
        facts=header.facts,
        findings=header.findings,
    )
