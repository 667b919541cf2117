"""What a policy says of pixels."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class PixelOptions(BaseModel):
    """The key `pixels` of a policy: Clean Pixel Data and Clean Recognizable Visual Features.

    `text`: what the rules can mask is masked, or held back like the rest. `faces`: heads in
    fine slices leave, leave with a warning, or are held back. `ocr`: whether a reading machine
    looks at what shows text more often than slices do; it can only add suspicion.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Literal["mask", "hold"] = "mask"
    faces: Literal["keep", "flag", "hold"] = "flag"
    ocr: Literal["off", "suspect"] = "off"
