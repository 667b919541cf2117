"""A second look at frames with Tesseract, which can only add suspicion."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import iter_pixels
from pydicom.uid import UID

from include.imaging.deid.pixels.compressed import check_sizes
from include.imaging.deid.pixels.layout import layout_of
from include.imaging.deid.pixels.rule_data import SecondLook, rule_data
from include.imaging.errors import CustomerError
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage

COMMAND = "tesseract"
# Scattered text, as a table of words; the frame comes as PGM.
ARGUMENTS = ("stdin", "stdout", "--psm", "11", "tsv")
# Letters of consoles are 8 to 16 pixels high; Tesseract wants twice that.
ENLARGED, ENLARGED_BELOW = 2, 1600
CONFIDENCE_FIELD, TEXT_FIELD, FIELDS = 10, 11, 12
NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def require_reader() -> str:
    """Return the path of Tesseract; raises CustomerError where it is not installed."""
    found = shutil.which(COMMAND)
    if found is None:
        raise CustomerError(
            "OCR_MISSING",
            "the policy says `pixels.ocr: suspect`, and Tesseract is not installed here: install"
            " it (Debian: apt-get install tesseract-ocr), or set `pixels.ocr` to `off`",
        )
    return found


def second_look(dataset: Dataset) -> tuple[Finding, ...]:
    """Return PIXELS_MAY_HOLD_TEXT where the first, middle or last frame still shows text.

    Also when a frame cannot be read in time: the look can only add suspicion. Raises
    CustomerError where Tesseract is missing.
    """
    reader, limits = require_reader(), rule_data().second_look
    deadline = time.monotonic() + limits.seconds
    try:
        _check(dataset)
        for index in _indices(dataset, limits.frames):
            seconds = max(deadline - time.monotonic(), 0.1)
            frame = _grey(dataset, index)
            if _legible(_read(reader, frame, seconds), limits) >= limits.characters:
                return (_suspicion("the second look read text"),)
    except subprocess.TimeoutExpired:
        return (_suspicion("the second look did not end in time"),)
    except (CustomerError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - a decoder's own error may quote values
        return (_suspicion("the second look failed"),)
    return ()


def _check(dataset: Dataset) -> None:
    """Raise UnmaskableError for frames that would decode to more than the object says."""
    layout = layout_of(dataset, UID(dataset.file_meta.TransferSyntaxUID))
    if layout.syntax.is_encapsulated:
        check_sizes(dataset, layout)


def _suspicion(why: str) -> Finding:
    return finding("PIXELS_MAY_HOLD_TEXT", Stage.DEIDENTIFY, why)


def _indices(dataset: Dataset, most: int) -> list[int]:
    frames = int(dataset.get("NumberOfFrames") or 1)
    return sorted({round(at) for at in np.linspace(0, frames - 1, min(most, frames))})


def _grey(dataset: Dataset, index: int) -> NDArray[np.uint8]:
    """Return a frame as a viewer might show it: grey, its whole range, large enough to read."""
    frame: NDArray[Any] = next(iter(iter_pixels(dataset, indices=[index])))
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        frame = apply_color_lut(frame, dataset)
    values = frame[..., :3].max(axis=-1) if frame.ndim == 3 else frame  # text of any colour
    values = np.nan_to_num(values.astype(np.float32))
    low, high = np.percentile(values, (0.5, 99.9))
    grey = np.clip((values - low) * (255 / max(high - low, 1e-9)), 0, 255).astype(np.uint8)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        grey = 255 - grey
    times = ENLARGED if max(grey.shape) < ENLARGED_BELOW else 1
    large: NDArray[np.uint8] = grey.repeat(times, 0).repeat(times, 1)
    return large


def _read(reader: str, frame: NDArray[np.uint8], seconds: float) -> list[tuple[float, str]]:
    """Return confidence (of 100) and text of each word."""
    rows, columns = frame.shape
    result = subprocess.run(  # noqa: S603 - a fixed command, the frame on stdin
        [reader, *ARGUMENTS],
        input=b"P5 %d %d 255\n" % (columns, rows) + frame.tobytes(),
        capture_output=True,
        timeout=seconds,
        check=True,
        env={"OMP_THREAD_LIMIT": "1"},
    )
    lines = (line.split("\t") for line in result.stdout.decode("utf-8", "replace").splitlines()[1:])
    rows_of_words = (line for line in lines if len(line) == FIELDS)
    return [(float(line[CONFIDENCE_FIELD]), line[TEXT_FIELD]) for line in rows_of_words]


def _legible(words: list[tuple[float, str]], limits: SecondLook) -> int:
    """Return how many letters and digits stand in words that count.

    These are words of letters, and long numbers; not what consoles write over a scan, nor
    figures with their unit.
    """
    plain = [
        NOT_ALPHANUMERIC.sub("", text).upper() for sure, text in words if sure >= limits.confidence
    ]
    return sum(len(word) for word in plain if _counts(word, limits))


def _counts(word: str, limits: SecondLook) -> bool:
    if word in limits.screen_words:
        return False
    if word.isalpha():
        return len(word) >= limits.letters
    return sum(character.isdigit() for character in word) >= limits.digits
