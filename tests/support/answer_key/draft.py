"""An object in the making, with what was planted in it; its checks follow from the table."""

from __future__ import annotations

import io
from collections.abc import Iterator
from random import Random

import pydicom
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.tag import BaseTag
from pydicom.uid import ExplicitVRLittleEndian

from include.imaging.dicom.silence import silenced
from tests.support.answer_key import paths
from tests.support.answer_key.checks import ANYWHERE, Check, Kind
from tests.support.answer_key.expected import expectations
from tests.support.answer_key.table import Duty, duty
from tests.support.answer_key.texts import Text

CHARSETS = (("", "ascii"), ("ISO_IR 100", "latin-1"), ("ISO_IR 192", "utf-8"))
PREAMBLE_LENGTH = 128
STRUCTURED = "ContentSequence"


class Draft:
    """A data set, the texts planted in its elements, and checks of other kinds."""

    def __init__(self, random: Random, modality: str) -> None:
        self.random = random
        self.modality = modality
        self.dataset = Dataset()
        self.syntax: str = ExplicitVRLittleEndian
        self.may_be_held = False
        self.preamble = b""
        self.source_ae = ""
        self._texts: dict[tuple[int, int], Text] = {}
        self._more: list[tuple[str, str, Kind, str]] = []
        self._keep_whole: set[tuple[int, int]] = set()

    def say(self, item: Dataset, keyword: str, text: Text) -> None:
        """Set an attribute of an item to a text whose pieces are checked."""
        with silenced():
            setattr(item, keyword, text.text)
        self.mark(item, item[keyword].tag, text)

    def mark(self, item: Dataset, tag: int, text: Text) -> None:
        """Have the pieces of an element that is set already checked."""
        self._texts[id(item), int(tag)] = text

    def expect(self, path: str, keyword: str, kind: Kind, expected: str) -> None:
        """Add a check by itself."""
        self._more.append((path, keyword, kind, expected))

    def gone_everywhere(self, *pieces: str) -> None:
        """Check that none of the pieces is anywhere in the bytes of the output."""
        for piece in pieces:
            self._more.append((ANYWHERE, "", Kind.TEXT_REMOVED, piece))

    def encoded(self) -> bytes:
        """Return the object as a PS3.10 file, in the smallest character set that takes it."""
        charset = _charset(self.dataset)
        if charset:
            self.dataset.SpecificCharacterSet = charset
        self.dataset.file_meta = FileMetaDataset()
        self.dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(self.syntax)
        if self.source_ae:
            self.dataset.file_meta.SourceApplicationEntityTitle = self.source_ae
        self.dataset.preamble = self.preamble.ljust(PREAMBLE_LENGTH, b"\0")
        buffer = io.BytesIO()
        with silenced():
            dcmwrite(buffer, self.dataset, enforce_file_format=True)
        return buffer.getvalue()

    def checks(self) -> tuple[Check, ...]:
        """Return what must become of everything in the object."""
        instance = str(self.dataset.SOPInstanceUID)
        made = [
            (p, k, kind, value) for p, k, kind, value in self._walk(self.dataset, "", gone=False)
        ]
        return tuple(dict.fromkeys(Check(instance, *each) for each in made + self._more))

    def _walk(
        self, item: Dataset, above: str, *, gone: bool
    ) -> Iterator[tuple[str, str, Kind, str]]:
        for element in item:
            path = above + paths.step(item, element.tag)
            if element.VR == "SQ":
                yield from self._sequence(element, path, gone=gone)
                continue
            text = self._texts.get((id(item), int(element.tag)))
            for kind, value in expectations(element, text, gone=gone, random=self.random):
                yield path, element.keyword, kind, value

    def _sequence(
        self, element: DataElement, path: str, *, gone: bool
    ) -> Iterator[tuple[str, str, Kind, str]]:
        goes = gone or (_goes(element.tag) and element.keyword != STRUCTURED)
        if not goes and len(element.value):
            yield path, element.keyword, Kind.TAG_RETAINED, ""
        for number, inner in enumerate(element.value):
            yield from self._walk(inner, f"{path}#{number}/", gone=goes)


def _goes(tag: BaseTag) -> bool:
    if tag.is_private:
        return True
    return duty(int(tag)) in {Duty.GO, Duty.DUMMY}


def _charset(dataset: Dataset) -> str:
    text = "".join(_strings(dataset))
    for name, codec in CHARSETS:
        try:
            text.encode(codec)
        except UnicodeEncodeError:
            continue
        return name
    raise ValueError("no character set takes the text")


def _strings(dataset: Dataset) -> Iterator[str]:
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from _strings(item)
        elif not isinstance(element.value, bytes):
            yield str(element.value)
