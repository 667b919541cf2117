"""Takes the verified frames of an instance and makes its files: PNGs, or one DICOM file."""

from __future__ import annotations

import hashlib
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Protocol, cast

from pydicom import Dataset, dcmread

from include.imaging.export import picture, syntaxes
from include.imaging.export.destination import Destination
from include.imaging.export.elements import Elements
from include.imaging.export.frames import Frame
from include.imaging.export.metadata import Instance
from include.imaging.export.outcomes import FileMade, Format, FormatOutcome, Outcome
from include.imaging.export.part10 import FileTooLargeError, Part10Writer
from include.imaging.export.pixel_element import PixelWriter, pixel_element
from include.imaging.export.png import png
from include.imaging.export.rebuilding import PIXELS, Rebuilt

SPOOL_BYTES = 64 << 20
CHUNK_BYTES = 1 << 20


class Sink(Protocol):
    """What an instance becomes in one format."""

    def add(self, number: int, frame: Frame) -> None:
        """Take a frame, counted from 1; frames come in order."""

    def end(self, fault: str) -> FormatOutcome:
        """Return what was made; `fault` is the code of a frame that could not be had, or ''."""

    def close(self) -> None:
        """Let go of what is not finished."""


class PngSink:
    """One PNG a frame, `<path>/<frame>.png`, or `.display.png` for those of 8 bits."""

    def __init__(
        self, instance: Instance, elements: Elements, kind: Format, path: str, place: Destination
    ) -> None:
        self._instance = instance
        self._kind = kind
        self._path = path
        self._place = place
        self._dataset = _looked_at(elements)
        self._files: list[FileMade] = []
        self._notes: set[str] = set()
        self._code = ""

    def add(self, number: int, frame: Frame) -> None:
        """Write the frame's picture, or keep the reason why there is none."""
        try:
            pixels = picture.pixels_of(frame, self._instance)
            if self._kind is Format.PNG8:
                made = picture.displayed(pixels, self._instance, self._dataset)
            else:
                made = picture.lossless(pixels, self._instance, self._dataset)
        except picture.NoPictureError as error:
            self._code = self._code or error.code
            return
        rule = f"stored value = sample * {made.slope:.17g} + {made.intercept:.17g}"
        data = png(made.samples, {"Comment": rule})
        if made.note:
            self._notes.add(made.note)
        elif made.intercept:
            self._notes.add(rule)
        ending = "display.png" if self._kind is Format.PNG8 else "png"
        path = f"{self._path}/{number:06d}.{ending}"
        self._files.append(delivered(BytesIO(data), path, self._place))

    def end(self, fault: str) -> FormatOutcome:
        """Return the files that were written."""
        code = fault or self._code or ("" if self._instance.frames else "NO_FRAMES")
        outcome = _outcome(fault, code)
        files, notes = tuple(self._files), tuple(sorted(self._notes))
        return FormatOutcome(self._kind, outcome, code, files, notes=notes)

    def close(self) -> None:
        """Nothing is open between frames."""


class DicomSink:
    """One DICOM file, `<path>.dcm`, rebuilt from metadata and frames; on disk while it is large."""

    def __init__(self, instance: Instance, rebuilt: Rebuilt, path: str, place: Destination) -> None:
        self._place = place
        self._path = f"{path}.dcm"
        self._lost = rebuilt.lost
        self._code = ""
        self._spool = cast("IO[bytes]", _spool())
        element = pixel_element(instance)
        elements = rebuilt.elements | (element.changes if instance.frames else {})
        syntax = element.syntax if instance.frames else syntaxes.EXPLICIT_LITTLE_ENDIAN
        self._writer = Part10Writer(self._spool, elements, syntax)
        self._pixels: PixelWriter | None = None
        if instance.frames:
            self._pixels = PixelWriter(self._writer, instance, element)
        else:
            self._lost = (*self._lost, *sorted(PIXELS & instance.attributes.keys()))

    def add(self, number: int, frame: Frame) -> None:
        """Write the frame into the file."""
        if self._pixels and not self._code:
            try:
                self._pixels.add(frame)
            except FileTooLargeError:
                self._code = "FRAME_TOO_LARGE"

    def end(self, fault: str) -> FormatOutcome:
        """Deliver the file, unless a frame is missing."""
        code = fault or self._code
        files: tuple[FileMade, ...] = ()
        if not code:
            try:
                self._finish()
                files = (delivered(self._spool, self._path, self._place),)
            except FileTooLargeError:
                code = "PIXELS_TOO_LARGE"
        return FormatOutcome(Format.DICOM, _outcome(fault, code), code, files, self._lost)

    def close(self) -> None:
        """Forget the temporary file."""
        self._spool.close()

    def _finish(self) -> None:
        if self._pixels:
            self._pixels.end()
        else:
            self._writer.write_all()


def delivered(body: IO[bytes], path: str, place: Destination) -> FileMade:
    """Return the file that was put from the beginning of `body` to its end."""
    body.seek(0)
    found, size = hashlib.sha256(), 0
    while chunk := body.read(CHUNK_BYTES):
        found.update(chunk)
        size += len(chunk)
    body.seek(0)
    place.put(path, body, size, found.hexdigest())
    return FileMade(path, size, found.hexdigest())


def _spool() -> SpooledTemporaryFile[bytes]:
    """Return a file in memory that moves to disk when it grows; `close` ends it."""
    return SpooledTemporaryFile(max_size=SPOOL_BYTES)


def _outcome(fault: str, code: str) -> Outcome:
    if fault:
        return Outcome.FAILED
    return Outcome.NOT_POSSIBLE if code else Outcome.WRITTEN


def _looked_at(elements: Elements) -> Dataset:
    """Return the elements as a data set whose values can be looked at."""
    made = BytesIO()
    Part10Writer(made, elements, syntaxes.EXPLICIT_LITTLE_ENDIAN).write_all()
    made.seek(0)
    return dcmread(made)
