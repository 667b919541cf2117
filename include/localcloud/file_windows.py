"""Pixel data that stays in its file and is read frame by frame."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom import DataElement, Dataset
from pydicom.dataelem import RawDataElement

from include.localcloud.metadata import PIXEL_TAGS

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

UNDEFINED = 0xFFFFFFFF


class FileWindow(io.RawIOBase):
    """A part of a file as a file of its own; ends with the file if it has no length."""

    def __init__(self, path: Path, start: int, length: int | None) -> None:
        super().__init__()
        self._file = path.open("rb", buffering=0)
        rest = max(0, path.stat().st_size - start)
        self._start, self._length, self._at = start, min(length or rest, rest), 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Bytes read into the buffer; 0 at the end."""
        self._file.seek(self._start + self._at)
        data = self._file.read(min(memoryview(buffer).nbytes, max(0, self._length - self._at)))
        memoryview(buffer).cast("B")[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """The new position."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = max(0, origin + offset)
        return self._at

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def leave_pixels_in_file(dataset: Dataset, path: Path) -> None:
    """Make the value of pixel data that was not read yet a stream over its part of the file."""
    for tag in PIXEL_TAGS & set(dataset.keys()):
        raw = dataset.get_item(tag, keep_deferred=True)
        if isinstance(raw, RawDataElement) and raw.value is None:
            length = None if raw.length == UNDEFINED else raw.length
            stream = io.BufferedReader(FileWindow(path, raw.value_tell, length))
            vr = raw.VR if raw.VR in ("OB", "OW", "OF", "OD") else "OW"
            element = DataElement(tag, vr, stream)
            element.is_undefined_length = length is None
            dataset[tag] = element


def pixel_bytes(dataset: Dataset, keyword: str = "PixelData") -> bytes | io.BufferedReader:
    """The value of pixel data; a stream comes from its beginning."""
    value: bytes | io.BufferedReader = dataset[keyword].value or b""
    if isinstance(value, io.BufferedReader):
        value.seek(0)
    return value
