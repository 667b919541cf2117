"""Whether text drawn into pixels is hidden, and whether the rest stayed as it was."""

from __future__ import annotations

from io import BytesIO

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import JPEG2000Lossless

from include.imaging.dicom.silence import silenced
from tests.support.answer_key.checks import Check, Kind

INK = 255
# of the contrast that the text had, so much may be left
CONTRAST_LEFT = 0.1

Pixels = NDArray[np.int64]


def answers(check: Check, original: bytes, output: Dataset) -> bool:
    """Return whether a check of pixels is answered; pixels that cannot be read are not."""
    try:
        with silenced():
            before = dcmread(BytesIO(original))
            if _same_bytes(before, output):
                return check.kind is Kind.PIXELS_RETAINED
            return _answers(check, pixels(before), pixels(output))
    except Exception:  # noqa: BLE001 - whatever a tool wrote, it is not the answer
        return False


def _answers(check: Check, before: Pixels, after: Pixels) -> bool:
    if before.shape != after.shape:
        return False
    if not check.expected:
        return bool((before == after).all())
    frame, left, top, right, bottom = (int(part) for part in check.expected.split(","))
    box = (frame, slice(top, bottom), slice(left, right))
    if check.kind is Kind.PIXELS_RETAINED:
        return bool((before[box] == after[box]).all())
    text = before[box] == INK
    contrast = abs(after[box][text].mean() - after[box][~text].mean())
    return bool(contrast <= CONTRAST_LEFT * INK)


def _same_bytes(before: Dataset, after: Dataset) -> bool:
    syntaxes = {each.file_meta.TransferSyntaxUID for each in (before, after)}
    return len(syntaxes) == 1 and before.get("PixelData") == after.get("PixelData")


def pixels(dataset: Dataset) -> Pixels:
    """Return the pixels of an image of one sample, by frame, row and column."""
    shape = (int(dataset.get("NumberOfFrames") or 1), dataset.Rows, dataset.Columns)
    if dataset.file_meta.TransferSyntaxUID == JPEG2000Lossless:
        frames = generate_frames(dataset.PixelData, number_of_frames=shape[0])
        made = np.stack([imagecodecs.jpeg2k_decode(frame) for frame in frames])
    else:
        made = dataset.pixel_array
    return made.reshape(shape).astype(np.int64)
