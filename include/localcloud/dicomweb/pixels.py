"""The pixel data of a stored instance: its frames as they are stored, or decoded to native ones."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID

from include.localcloud.blobs import Blobs, MappedBytes
from include.localcloud.codecs import CODECS, HTJ2K, JPEG_2000
from include.localcloud.codestreams import is_too_large
from include.localcloud.decoding import Pixels
from include.localcloud.dicomweb.accept import NotAcceptableError
from include.localcloud.errors import ResourceNotFoundError
from include.localcloud.metadata import PIXELS
from include.localcloud.search_tags import load_metadata
from include.localcloud.transfer_syntaxes import (
    EXPLICIT_LITTLE_ENDIAN,
    HTJ2K_RPCL,
    JPEG_2000_LOSSLESS,
    KEPT_FRAMES,
    OCTETS,
    VIDEO,
)

NATIVE = ("1.2.840.10008.1.2", EXPLICIT_LITTLE_ENDIAN, "1.2.840.10008.1.2.1.99")
LOSSLESS: dict[str, Callable[[bytes], Pixels]] = {
    HTJ2K_RPCL: CODECS[HTJ2K].decode,
    JPEG_2000_LOSSLESS: CODECS[JPEG_2000].decode,
}
CHUNK_BYTES = 1 << 20
Buffer = MappedBytes | bytes
RETRY = "it cannot be given in that transfer syntax; ask for transfer-syntax=*"
IMAGE = (
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
)


@dataclass(frozen=True)
class PixelStore:
    """The stored pixel data of an instance.

    Attributes:
        header: Its attributes.
        frames: Rows of its frames in order.
        syntax: What they are stored in; native data sets count as Explicit VR Little Endian.
        keyword: PixelData, FloatPixelData or DoubleFloatPixelData; empty without pixel data.
        is_blob: Whether the one frame is pixel data as it came, which could not be taken apart.
        data: The file of the frames, open since before the answer began: a deletion of the
            instance does not end it.
    """

    header: Dataset
    frames: list[sqlite3.Row]
    syntax: str
    keyword: str
    is_blob: bool
    data: Buffer

    def stored(self, number: int) -> Iterator[bytes]:
        """The bytes of a frame as they are stored; the first is 0."""
        frame = self.frames[number]
        end = frame["position"] + frame["length"]
        for at in range(frame["position"], end, CHUNK_BYTES):
            yield self.data[at : min(at + CHUNK_BYTES, end)]

    def can_decode(self) -> bool:
        """Whether native frames can be made of the stored ones."""
        return self.syntax == EXPLICIT_LITTLE_ENDIAN or not (
            self.is_blob or self.syntax in VIDEO or self.syntax not in (*LOSSLESS, *KEPT_FRAMES)
        )

    def native(self, number: int) -> tuple[bytes, str]:
        """A frame decoded as Explicit VR Little Endian has it, and how its colours are meant.

        Raises:
            NotAcceptableError: No decoder can.
        """
        data = b"".join(self.stored(number))
        colours = str(self.header.get("PhotometricInterpretation", ""))
        if self.syntax == EXPLICIT_LITTLE_ENDIAN:
            return data, colours
        if not self.can_decode() or is_too_large(data):
            raise NotAcceptableError(RETRY)
        try:
            if self.syntax in LOSSLESS:
                return self._as_native(LOSSLESS[self.syntax](data)), decoded_colours(colours)
            pixels, told = self._decode_kept(data)
        except Exception:  # noqa: BLE001 - any fault of any decoder
            raise NotAcceptableError(RETRY) from None
        return self._as_native(pixels), told

    def _as_native(self, pixels: Pixels) -> bytes:
        header = self.header
        bits = int(header.get("BitsAllocated") or 8)
        if bits == 1:
            return np.packbits(pixels.astype(bool), bitorder="little").tobytes()
        kind = "i" if header.get("PixelRepresentation") else "u"
        native = pixels.astype(f"<{kind}{bits // 8}", copy=False)
        if native.ndim == 3 and header.get("PlanarConfiguration") == 1:
            native = np.moveaxis(native, -1, 0)
        return np.ascontiguousarray(native).tobytes()

    def _decode_kept(self, data: bytes) -> tuple[Pixels, str]:
        if self.syntax.endswith(".112"):
            return imagecodecs.jpegxl_decode(data), decoded_colours(
                str(self.header.PhotometricInterpretation)
            )
        single = Dataset()
        for keyword in IMAGE:
            if keyword in self.header:
                setattr(single, keyword, self.header[keyword].value)
        single.file_meta = FileMetaDataset()
        single.file_meta.TransferSyntaxUID = UID(self.syntax)
        single.PixelData = encapsulate([data])
        single["PixelData"].VR = "OB"
        pixels, told = get_decoder(self.syntax).as_array(single, index=0)
        return pixels, str(told["photometric_interpretation"])


def pixel_store(
    row: sqlite3.Row, frames: list[sqlite3.Row], header: Dataset, blobs: Blobs
) -> PixelStore:
    """The pixel data of an instance's row.

    Raises:
        ResourceNotFoundError: The instance was deleted in the meantime.
    """
    try:
        data = blobs.get(row["blob"]) if row["blob"] else b""
    except FileNotFoundError:
        raise ResourceNotFoundError("the instance is deleted") from None
    metadata: dict[str, Any] = load_metadata(row)
    instance = metadata["levels"]["Instance"]["DICOM"]
    keyword = next((k for k in sorted(PIXELS, key=len) if k in instance), "") if frames else ""
    stored = metadata["syntax"] or EXPLICIT_LITTLE_ENDIAN
    syntax = EXPLICIT_LITTLE_ENDIAN if stored in NATIVE else stored
    is_blob = syntax != EXPLICIT_LITTLE_ENDIAN and any(f["content_type"] == OCTETS for f in frames)
    return PixelStore(header, frames, syntax, keyword, is_blob, data)


def decoded_colours(interpretation: str) -> str:
    """How colours are meant once a codec undid its own colour transform (PS3.5 8.2)."""
    if interpretation in ("YBR_ICT", "YBR_RCT"):
        return "RGB"
    return "YBR_FULL" if interpretation.endswith("_422") else interpretation
