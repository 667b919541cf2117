"""Texts drawn on pictures and signals: what is left of them once their identity is gone."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.deid.dummies import TEXT
from include.imaging.dicom.limits import DEPTH
from include.imaging.dicom.vrs import own_vrs

# Sequences whose items are texts, or are there for what is drawn in them.
_TEXTS = ("TextObjectSequence", "StructuredDisplayTextBoxSequence", "WaveformAnnotationSequence")
_ANNOTATIONS = ("GraphicAnnotationSequence", "VolumetricAnnotationSequence")
_DRAWN = (
    *("TextObjectSequence", "GraphicObjectSequence", "CompoundGraphicSequence"),
    *("GraphicData", "UnformattedTextValue"),
)
LAYER = "LAYER"


def without_emptied_texts(dataset: Dataset) -> None:
    """Take out, in place, the texts of which a stand-in is left, and annotations without anything.

    A sequence without items goes, too (Type 1C or a module of its own, PS3.3 C.10.5, C.10.8).
    """
    for holder in list(_holders(dataset)):
        for keyword in _TEXTS:
            _filter(holder, keyword, [item for item in holder.get(keyword) or () if _tells(item)])
        for keyword in _ANNOTATIONS:
            drawn = [item for item in holder.get(keyword) or () if any(w in item for w in _DRAWN)]
            _filter(holder, keyword, drawn)


def without_layer_names(dataset: Dataset) -> None:
    """Number the graphic layers in place: their names are codes of somebody's own making."""
    numbers: dict[str, int] = {}
    for holder in _holders(dataset):
        if name := str(holder.get("GraphicLayer") or ""):
            holder.GraphicLayer = f"{LAYER}{numbers.setdefault(name, len(numbers) + 1)}"


def _tells(item: Dataset) -> bool:
    text = item.get("UnformattedTextValue")
    return text is None or str(text).strip() not in ("", TEXT)


def _filter(holder: Dataset, keyword: str, kept: list[Dataset]) -> None:
    if keyword not in holder or len(kept) == len(holder[keyword].value or ()) > 0:
        return
    if kept:
        setattr(holder, keyword, Sequence(kept))
    else:
        delattr(holder, keyword)


def _holders(dataset: Dataset, depth: int = 0) -> Iterator[Dataset]:
    """Yield a data set's items before itself: what is inside is taken out first."""
    for tag in [tag for tag in dataset.keys() if not tag.is_private]:  # noqa: SIM118
        encoded_as = dataset.get_item(tag).VR or own_vrs(int(tag))
        value = dataset[tag].value if "SQ" in encoded_as else None
        if isinstance(value, Sequence) and depth <= DEPTH:
            for item in value:
                yield from _holders(item, depth + 1)
    yield dataset
