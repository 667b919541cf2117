"""Writes the corpora of de-identification's speed: headers as scanners write, pixels by size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless

from tests.support.answer_key import burned_in, images, modules
from tests.support.answer_key.courses import series, study, uid
from tests.support.answer_key.draft import Draft
from tests.support.answer_key.people import patient

ELEMENTS = 155
PRIVATE_CREATOR = "SCANNER PARAMETERS 01"
PRIVATE_GROUP = 0x0029


@dataclass(frozen=True)
class Corpus:
    """A kind of file: modality, pixels, and how many of them a bench has."""

    modality: str
    sop_class: str
    count: int
    rows: int
    columns: int
    frames: int = 1
    samples: int = 1
    bytes_each: int = 2
    syntax: str = ExplicitVRLittleEndian


CORPORA = {
    "CT, 0.5 MB": Corpus("CT", images.SOP_CLASSES["CT"], 200, 512, 512),
    "MR, 0.15 MB": Corpus("MR", images.SOP_CLASSES["MR"], 500, 272, 272),
    "US multi-frame, 50 MB": Corpus("US", burned_in.ULTRASOUND_FRAMES, 4, 480, 640, 54, 3, 1),
    "NM multi-frame, 50 MB": Corpus("NM", images.SOP_CLASSES["NM"], 4, 512, 512, 95),
    "MG, 25 MB": Corpus("MG", images.SOP_CLASSES["MG"], 8, 4096, 3060),
    "CT, JPEG 2000": Corpus("CT", images.SOP_CLASSES["CT"], 200, 512, 512, syntax=JPEG2000Lossless),
}


@contextmanager
def write(target: str, name: str, count: int) -> Iterator[Callable[[], None]]:
    """Write `count` files of a corpus below `target`, one series of one patient."""
    yield lambda: _write(Path(target), CORPORA[name], count)


def _write(target: Path, corpus: Corpus, count: int) -> None:
    target.mkdir(parents=True)
    for number in range(1, count + 1):
        (target / f"{number:06d}.dcm").write_bytes(one(corpus, number))


def one(corpus: Corpus, number: int) -> bytes:
    """Return one file of a corpus, with ELEMENTS elements, nested ones counted."""
    random = Random(corpus.modality)
    who = patient(random)
    at = study(random, who, corpus.modality)
    of = series(random, at, who, corpus.modality, 1)
    draft = Draft(random, corpus.modality)
    modules.patient(draft, who)
    modules.history(draft, who)
    modules.study(draft, who, at)
    modules.series(draft, who, of)
    modules.request(draft, who, at)
    modules.instance(draft, who, of, at, corpus.sop_class, number)
    if corpus.modality == "US":
        burned_in.ultrasound(draft, who, of, at, number)
    else:
        images.image(draft, who, of, at, number)
    draft.dataset.SOPInstanceUID = f"{uid(random, at.root)}.{number}"
    _pixels(draft, corpus)
    _filled(draft.dataset)
    return draft.encoded()


def _pixels(draft: Draft, corpus: Corpus) -> None:
    item = draft.dataset
    item.Rows, item.Columns = corpus.rows, corpus.columns
    item.SamplesPerPixel = corpus.samples
    if corpus.samples > 1:
        item.PhotometricInterpretation, item.PlanarConfiguration = "RGB", 0
    if corpus.frames > 1:
        item.NumberOfFrames = corpus.frames
    item.PixelData = _content(corpus)
    compressed = corpus.syntax != ExplicitVRLittleEndian
    item["PixelData"].VR = "OB" if compressed or corpus.bytes_each == 1 else "OW"
    item["PixelData"].is_undefined_length = compressed
    draft.syntax = corpus.syntax


@cache
def _content(corpus: Corpus) -> bytes:
    """Return pixels that do not compress to nothing; files of a corpus share them."""
    shape = (corpus.frames, corpus.rows, corpus.columns, corpus.samples)
    kind, most = (np.uint8, 250) if corpus.bytes_each == 1 else (np.uint16, 4000)
    values = np.random.default_rng(1).integers(0, most, shape, kind)
    if corpus.syntax != JPEG2000Lossless:
        return values.tobytes()
    frame = values.reshape(corpus.rows, corpus.columns)
    return encapsulate(
        [bytes(imagecodecs.jpeg2k_encode(frame, codecformat="j2k", reversible=True, level=0))]
    )


def _filled(dataset: Dataset) -> None:
    """Add a nested protocol and private elements until there are ELEMENTS of them."""
    protocol, parameter = Dataset(), Dataset()
    modules.put(parameter, CodeValue="113961", CodingSchemeDesignator="DCM", CodeMeaning="Recon")
    modules.put(protocol, ProtocolName="Thorax")
    protocol.ConceptNameCodeSequence = Sequence([parameter])
    dataset.PerformedProtocolCodeSequence = Sequence([protocol])
    block = dataset.private_block(PRIVATE_GROUP, PRIVATE_CREATOR, create=True)
    there = sum(1 for _ in dataset.iterall())
    for number in range(ELEMENTS - there):
        block.add_new(number, "LO" if number % 3 else "DS", str(1000 + number))
