"""deid, with its default recipe read once, and private elements removed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from deid.config import DeidRecipe
from deid.dicom import replace_identifiers
from deid.logger import bot


def rewriter() -> Callable[[Path, Path], None]:
    """Return what rewrites one file by the default recipe."""
    recipe = DeidRecipe()
    bot.level = -5  # it says something for every element otherwise

    def one(source: Path, target: Path) -> None:
        (made,) = replace_identifiers([str(source)], deid=recipe, remove_private=True)
        made.save_as(target)

    return one
