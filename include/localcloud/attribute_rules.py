"""Which attributes of which level an update may touch (DG/dicom-metadata-constraints)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.tag import BaseTag, Tag

from include.localcloud.attribute_documents import Attributes
from include.localcloud.attribute_values import VRS, is_compatible
from include.localcloud.errors import ValidationError
from include.localcloud.metadata import PIXELS, level_of

UIDS = frozenset({"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"})
WITH_FORCE = UIDS | {"StudyID"}
GENERATED = PIXELS | {
    "SchemaVersion", "DatastoreID", "ImageSetID", "Checksum", "Width", "Height", "MinPixelValue",
    "MaxPixelValue", "FrameSizeInBytes",
}  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """The constraints that hold for one update.

    Attributes:
        force: The caller overrides those that can be overridden.
        is_primary: A primary image set is updated.
        whole_study: All primary image sets of the study are updated with it.
    """

    force: bool
    is_primary: bool
    whole_study: bool

    def check(self, updates: Iterable[Attributes], removals: Iterable[Attributes]) -> None:
        """Pass if the update may be tried.

        Raises:
            ValidationError: It breaks a constraint; the message names attributes, no values.
        """
        faults = [fault for attributes in updates for fault in self._of_update(attributes)]
        faults += [fault for attributes in removals for fault in self._of_removal(attributes)]
        if faults:
            raise ValidationError("; ".join(dict.fromkeys(faults)))

    def _of_update(self, attributes: Attributes) -> Iterator[str]:
        yield from self._of_place(attributes)
        for name, value in attributes.values.items():
            tag, fault = _tag(name)
            if tag is None:
                yield fault
                continue
            keyword = _keyword(name, tag)
            yield from self._of_name(attributes, keyword, tag)
            if not self.force:
                yield from _of_value(keyword, vr_of(keyword, tag, attributes), value)

    def _of_removal(self, attributes: Attributes) -> Iterator[str]:
        yield from self._of_place(attributes)
        for name in attributes.values:
            tag, fault = _tag(name)
            if tag is None:
                yield fault
                continue
            keyword = _keyword(name, tag)
            yield from self._of_name(attributes, keyword, tag)
            if keyword in UIDS:
                yield f"{keyword} cannot be removed"

    def _of_place(self, attributes: Attributes) -> Iterator[str]:
        level = attributes.place.level
        allowed = self.whole_study and level == "Patient"
        if self.is_primary and attributes.values and level in ("Patient", "Series") and not allowed:
            yield f"{level} level attributes of a primary image set cannot be updated"
        if any(str(vr) not in VRS for vr in attributes.vrs.values()):
            yield "DICOMVRs names what is no VR"

    def _of_name(self, attributes: Attributes, name: str, tag: BaseTag) -> Iterator[str]:
        level = attributes.place.level
        if name in GENERATED or tag.group in (0x0000, 0x0002, 0x7FE0) or tag.element == 0:
            yield f"{name} is generated and cannot be updated"
        elif tag.is_private:
            if level != "Instance":
                yield "private attributes can be updated on the Instance level only"
            elif not self.force:
                yield "private attributes cannot be updated without force"
        elif level_of().get(name, "Instance") != level:
            yield f"{name} is not an attribute of the {level} level"
        elif name in UIDS and (self.is_primary or self.whole_study):
            yield f"{name} of a primary image set cannot be updated"
        elif name in WITH_FORCE and not self.force:
            yield f"{name} cannot be updated without force"


def vr_of(name: str, tag: BaseTag, attributes: Attributes) -> str:
    """The VR that an attribute is to have: the given one, the dictionary's, or UN."""
    if tag.is_private or not dictionary_has_tag(tag):
        return str(attributes.vrs.get(name, "UN"))
    return str(dictionary_VR(tag)).partition(" ")[0]


def tag_of(name: str) -> BaseTag:
    """The tag of a keyword, or of eight hexadecimal digits."""
    number = tag_for_keyword(name)
    return Tag(int(name, 16) if number is None else number)


def _tag(name: str) -> tuple[BaseTag | None, str]:
    if name in GENERATED:
        return Tag(0x7FE00010), ""
    is_number = len(name) == 8 and all(digit in "0123456789abcdefABCDEF" for digit in name)
    if tag_for_keyword(name) is None and not is_number:
        return None, "there is a keyword that the DICOM dictionary does not have"
    tag = tag_of(name)
    if is_number and not tag.is_private and not dictionary_has_tag(tag):
        return None, "there is a tag that the DICOM dictionary does not have"
    return tag, ""


def _of_value(name: str, vr: str, value: Any) -> Iterator[str]:
    if vr == "SQ":
        yield f"{name} is a sequence and cannot be updated without force"
    elif isinstance(value, list) and len(value) > 1:
        yield f"{name} has several values and cannot be updated without force"
    elif not is_compatible(vr, value):
        yield f"{name} cannot have such a value without force"


def _keyword(name: str, tag: BaseTag) -> str:
    """The keyword of what a tag may be given for; what has none keeps its name."""
    return name if name in GENERATED else keyword_for_tag(tag) or name
