"""Native pixels that are masked piece by piece become what they become as a whole."""

from __future__ import annotations

import gc
import io
import tracemalloc
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import uid
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.deid import judge
from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.pixels import streamed
from include.imaging.deid.results import Deidentified
from include.imaging.validation.masked_bytes import is_proven
from tests.support.deidentification import deidentifier, held
from tests.support.dicom import decode, encode, put
from tests.support.pictures import (
    US_IMAGE,
    compressed,
    decoded,
    even,
    picture,
    region,
    samples_of,
    ultrasound,
)

MIB = 2**20
SYNTAXES = (uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian)
GREY = [("MONOCHROME1", 8), ("MONOCHROME2", 8), ("MONOCHROME2", 12), ("MONOCHROME2", 16)]
KINDS = [*GREY, ("MONOCHROME2", 32), ("PALETTE COLOR", 8), ("RGB", 8), ("RGB", 16)]
COLOURS = [("YBR_FULL", 8), ("YBR_FULL_422", 8)]
SAID = st.fixed_dictionaries(
    {},
    optional={
        "BurnedInAnnotation": st.sampled_from(["YES", "NO", ""]),
        "LargestImagePixelValue": st.just(200),
        "SmallestImagePixelValue": st.just(3),
        "PixelPaddingValue": st.just(17),
        "NumberOfFrames": st.just("1"),
    },
)


@cache
def engine(policy: str = "basic") -> Deidentifier:
    return deidentifier(policy=policy)


@st.composite
def images(draw: st.DrawFn) -> Dataset:
    """Ultrasound of every kind that consoles write bare, with up to four regions."""
    photometric, stored = draw(st.sampled_from([*KINDS, *COLOURS]))
    samples = 3 if photometric in ("RGB", "YBR_FULL", "YBR_FULL_422") else 1
    rows, columns = draw(st.integers(3, 14)), draw(st.integers(2, 14))
    frames, signed = draw(st.integers(1, 5)), stored == 12 and draw(st.booleans())
    columns += columns % 2 if photometric == "YBR_FULL_422" else 0
    pixels = samples_of(rows, columns, samples, frames, stored=stored, signed=signed)
    image = picture(pixels, photometric, BitsStored=stored, Modality="US", SOPClassUID=US_IMAGE)
    if photometric == "YBR_FULL_422":
        image.PixelData = even(samples_of(rows, 2 * columns, 1, frames).tobytes())
    elif samples == 3 and draw(st.booleans()):
        image.PlanarConfiguration = 1
        image.PixelData = even(np.moveaxis(pixels, -1, 1).tobytes())
    if photometric == "PALETTE COLOR":
        _put_palette(image)
    image["PixelData"].VR = draw(st.sampled_from(["OB", "OW"])) if stored == 8 else "OW"
    boxes = draw(st.lists(_scans(rows, columns), min_size=1, max_size=4))
    image.SequenceOfUltrasoundRegions = Sequence([region(*box) for box in boxes])
    if stored == 12 and draw(st.booleans()):
        image.add_new(0x60000102, "US", 14)
        drawn = np.frombuffer(image.PixelData, np.uint16) ^ (1 << 14)
        image.PixelData = drawn.tobytes()
    return put(image, **(draw(SAID) if frames == 1 else {}))


@st.composite
def _scans(draw: st.DrawFn, rows: int, columns: int) -> tuple[int, int, int, int]:
    left, top = draw(st.integers(0, columns - 1)), draw(st.integers(1, rows - 1))
    return left, top, draw(st.integers(left + 1, columns)), draw(st.integers(top + 1, rows))


def _put_palette(image: Dataset) -> None:
    for number, colour in enumerate(("Red", "Green", "Blue")):
        entries = np.arange(256, dtype=np.uint16)[::-1] * 200 + 300 * number
        setattr(image, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(image, f"{colour}PaletteColorLookupTableData", entries.tobytes())


def _through_files(original: bytes, path: Path) -> bytes:
    (path / "original").write_bytes(original)
    with (path / "original").open("rb") as source, (path / "made").open("wb") as target:
        engine().deidentify_file(source, target)
    return (path / "made").read_bytes()


@pytest.mark.parametrize("policy", ["basic", "minimal-metadata"])
def test_both_paths_write_the_same_bytes_of_masked_objects(policy: str, tmp_path: Path) -> None:
    masked: list[bool] = []

    @settings(max_examples=150, deadline=None, database=None, derandomize=True)
    @given(images(), st.sampled_from(SYNTAXES), st.sampled_from([1, 40, 300, MIB]))
    def agree(image: Dataset, syntax: str, piece_bytes: int) -> None:
        original = encode(image, syntax)
        careful = engine(policy).careful(original)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(streamed, "COPY_BYTES", piece_bytes)
            assert engine(policy).fast(original) == careful
            if policy == "basic" and isinstance(careful, Deidentified):
                assert _through_files(original, tmp_path) == careful.data
                target = io.BytesIO()
                engine().deidentify_file(io.BytesIO(original), target)
                assert target.getvalue() == careful.data
        assert isinstance(careful, Deidentified)
        masked.append(careful.is_masked and bool(careful.regions))

    agree()
    assert sum(masked) > len(masked) / 2


def _relabelled(vr: str, value: str) -> Dataset:
    image = ultrasound()
    image.add(DataElement("BurnedInAnnotation", vr, value))
    return image


def _padded_with_nul() -> bytes:
    return encode(ultrasound()).replace(b"CS\x04\0RGB ", b"CS\x04\0RGB\0")


def _shared_chroma_of_odd_rows() -> Dataset:
    image = ultrasound(columns=161)
    image.PhotometricInterpretation = "YBR_FULL_422"
    return image


@pytest.mark.parametrize(
    "original",
    [
        encode(compressed(ultrasound(), uid.RLELossless), uid.RLELossless),
        encode(ultrasound(), uid.ExplicitVRBigEndian),
        encode(_relabelled("LO", "YES")),
        _padded_with_nul(),
        encode(put(ultrasound(), PixelData=ultrasound().PixelData + bytes(64))),
        encode(put(ultrasound(), NumberOfFrames=2)),
        encode(_shared_chroma_of_odd_rows()),
        encode(put(ultrasound(), BitsStored=9)),
    ],
    ids=["compressed", "big-endian", "vr", "nul", "surplus", "short", "chroma", "contradicting"],
)
def test_what_is_not_as_usual_is_left_to_the_careful_path(original: bytes) -> None:
    assert engine().fast(original) is None
    assert engine().deidentify(original) == engine().careful(original)


def test_a_verdict_of_very_many_regions_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    original = encode(ultrasound())
    made = deidentifier().fast(original)
    assert made is not None
    assert len(made.regions) > 1
    monkeypatch.setattr(judge, "MOST_BOXES", len(made.regions) - 1)
    few = deidentifier()
    assert few.deidentify(original) == made
    assert few.fast(original) is None


def test_what_cannot_be_masked_is_held_and_nothing_written() -> None:
    original, target = encode(put(ultrasound(), NumberOfFrames=2)), io.BytesIO()
    engine().deidentify_file(io.BytesIO(original), target)
    assert target.getvalue() == b""
    assert held(original) == ["PIXELS_MAY_HOLD_TEXT"]


def test_objects_that_tell_alike_are_masked_by_what_each_says_of_its_pixels() -> None:
    grey = picture(samples_of(100, 160, stored=16), Modality="US", SOPClassUID=US_IMAGE)
    grey.SequenceOfUltrasoundRegions = ultrasound().SequenceOfUltrasoundRegions
    for padding in (7, 9, 7):
        grey.PixelPaddingValue = padding
        made = engine().fast(encode(grey))
        assert made is not None
        assert (decoded(decode(made.data))[:, :10] == padding).all()


def test_memory_does_not_grow_with_the_pixels_that_are_masked(tmp_path: Path) -> None:
    image = ultrasound(480, 640, scan=(60, 50, 579, 439), NumberOfFrames=57)
    image.PixelData = bytes(range(1, 241)) * (57 * 480 * 640 * 3 // 240)
    original = encode(image)
    assert len(original) > 50 * MIB
    _through_files(encode(ultrasound()), tmp_path)  # what is made once is not counted
    (tmp_path / "original").write_bytes(original)
    gc.collect()
    tracemalloc.start()
    try:
        source, target = (tmp_path / "original").open("rb"), (tmp_path / "made").open("wb")
        with source, target:
            made = engine().deidentify_file(source, target)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(made, Deidentified)
    assert peak < 4 * MIB
    assert is_proven(original, (tmp_path / "made").read_bytes(), made.regions)
