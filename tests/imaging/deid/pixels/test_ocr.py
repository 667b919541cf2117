"""The second look finds text that no rule knew, and can only add suspicion."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset

from include.imaging.deid.pixels import ocr
from include.imaging.deid.pixels.ocr import second_look
from include.imaging.deid.pixels.rules import Verdict
from include.imaging.deid.pixels.treatment import treat
from include.imaging.errors import CustomerError
from tests.support.pictures import native, picture

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="Tesseract is not installed (apt: tesseract-ocr)"
)


def _frame(text: str = "") -> NDArray[Any]:
    """A frame of dim chance, with a line of text such as consoles write."""
    noise = np.random.default_rng(3).integers(20, 60, (200, 400), np.uint8)
    image = Image.fromarray(noise)
    ImageDraw.Draw(image).text((30, 60), text, fill=230, font=ImageFont.load_default(18))
    return np.asarray(image)


def _image(*texts: str, photometric: str = "MONOCHROME2") -> Dataset:
    frames = np.stack([_frame(text) for text in texts])[..., None]
    return native(picture(255 - frames if photometric == "MONOCHROME1" else frames, photometric))


@needs_tesseract
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_a_name_that_stayed_holds_the_object(photometric: str) -> None:
    image = _image("ROE RICHARD 20461738", photometric=photometric)
    assert [found.code for found in second_look(image)] == ["PIXELS_MAY_HOLD_TEXT"]


@needs_tesseract
def test_the_last_frame_is_looked_at_too() -> None:
    assert second_look(_image("", "ROE RICHARD 20461738"))


@needs_tesseract
@pytest.mark.parametrize("text", ["", "2D 60% Dyn R 58", "TIS0.4 MI 1.3"])
def test_settings_of_the_console_are_no_suspicion(text: str) -> None:
    assert second_look(_image(text)) == ()


@needs_tesseract
def test_what_cannot_be_read_is_suspicious() -> None:
    image = _image("")
    image.PixelData = image.PixelData[:100]
    assert [found.code for found in second_look(image)] == ["PIXELS_MAY_HOLD_TEXT"]


@needs_tesseract
def test_a_verdict_that_asks_for_it_gets_the_second_look() -> None:
    image = _image("ROE RICHARD 20461738")
    assert treat(image, Verdict(look_again=False)) == ()
    assert len(treat(image, Verdict(look_again=True))) == 1


def test_without_tesseract_the_policy_cannot_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "COMMAND", "no-such-reader")
    with pytest.raises(CustomerError, match="apt-get install tesseract-ocr"):
        second_look(_image(""))


def test_a_reader_that_does_not_end_is_suspicious(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    slow = tmp_path / "slow-reader"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(ocr, "COMMAND", str(slow))
    limits = ocr.rule_data().model_copy(
        update={"second_look": ocr.rule_data().second_look.model_copy(update={"seconds": 0.2})}
    )
    monkeypatch.setattr(ocr, "rule_data", lambda: limits)
    assert "time" in second_look(_image(""))[0].text
