"""Makes images of every layout and encoding, with chance pixels, for tests of masks."""

from __future__ import annotations

from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.encoders.base import get_encoder
from pydicom.sequence import Sequence

from tests.support.dicom import ct, decode, encode, put

US_IMAGE = "1.2.840.10008.5.1.4.1.1.6.1"
US_MULTIFRAME = "1.2.840.10008.5.1.4.1.1.3.1"


def samples_of(
    rows: int = 12, columns: int = 16, samples: int = 1, frames: int = 1, **kind: Any
) -> NDArray[Any]:
    """Return chance samples (frames, rows, columns, samples) that fill `stored` bits."""
    stored, signed = kind.get("stored", 8), kind.get("signed", False)
    low = -(1 << (stored - 1)) if signed else 0
    size = 1 if stored <= 8 else 2 if stored <= 16 else 4
    chance = np.random.default_rng(kind.get("seed", 1))
    shape = (frames, rows, columns, samples)
    return chance.integers(
        low + 1, low + (1 << stored) - 1, shape, f"{'i' if signed else 'u'}{size}"
    )


def picture(
    pixels: NDArray[Any], photometric: str = "MONOCHROME2", **attributes: object
) -> Dataset:
    """Return an image that holds these samples; bits are those of the array unless given."""
    frames, rows, columns, samples = pixels.shape
    bits = pixels.dtype.itemsize * 8
    image = ct(
        Rows=rows,
        Columns=columns,
        SamplesPerPixel=samples,
        PhotometricInterpretation=photometric,
        BitsAllocated=bits,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelRepresentation=int(pixels.dtype.kind == "i"),
    )
    if frames > 1:
        image.NumberOfFrames = frames
    if samples > 1:
        image.PlanarConfiguration = 0
    put(image, **attributes)
    if "BitsStored" in attributes:
        image.HighBit = attributes.get("HighBit", image.BitsStored - 1)
    image.PixelData = even(pixels.tobytes())
    return image


def even(data: bytes) -> bytes:
    """Return the bytes padded to an even length."""
    return data + bytes(len(data) % 2)


def native(image: Dataset, syntax: str = uid.ExplicitVRLittleEndian) -> Dataset:
    """Return the image as it is read back from a file in an uncompressed syntax."""
    data = image.PixelData
    image["PixelData"].VR = "OW"
    if syntax == uid.ExplicitVRBigEndian:
        words = max(image.BitsAllocated // 8, 2)
        image.PixelData = np.frombuffer(data, f"u{words}").byteswap().tobytes()
    return decode(encode(image, syntax))


def compressed(image: Dataset, syntax: str) -> Dataset:
    """Return the image as it is read back from a file in a compressed syntax."""
    frames = _frames(image)
    image.PixelData = encapsulate([_stream(image, frame, syntax) for frame in frames])
    image["PixelData"].VR = "OB"
    image["PixelData"].is_undefined_length = True
    return decode(encode(image, syntax))


def decoded(image: Dataset) -> NDArray[Any]:
    """Return the samples of all frames, as (frames, rows, columns, samples)."""
    shape = (-1, image.Rows, image.Columns, image.SamplesPerPixel)
    array, _ = get_decoder(image.file_meta.TransferSyntaxUID).as_array(image, raw=True)
    return array.reshape(shape)


def ultrasound(
    rows: int = 100, columns: int = 160, scan: tuple[int, ...] = (20, 10, 149, 89), **kind: object
) -> Dataset:
    """Return an ultrasound image with one region (left, top, right, bottom) of tissue."""
    image = picture(samples_of(rows, columns, 3), "RGB", Modality="US", SOPClassUID=US_IMAGE)
    image.SequenceOfUltrasoundRegions = Sequence([region(*scan)])
    return put(image, **kind)


def region(
    left: int, top: int, right: int, bottom: int, data_type: int = 1, spatial: int = 1
) -> Dataset:
    """Return an item of SequenceOfUltrasoundRegions."""
    item = Dataset()
    item.RegionDataType, item.RegionSpatialFormat, item.RegionFlags = data_type, spatial, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = left, top
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = right, bottom
    return item


def _frames(image: Dataset) -> list[NDArray[Any]]:
    kind = "i" if image.PixelRepresentation else "u"
    shape = (-1, image.Rows, image.Columns, image.SamplesPerPixel)
    array = np.frombuffer(image.PixelData, f"{kind}{image.BitsAllocated // 8}")
    size = array.size // int(np.prod(shape[1:])) * int(np.prod(shape[1:]))
    frames = array[:size].reshape(shape)
    return [frame if frame.shape[-1] > 1 else frame[..., 0] for frame in frames]


def _stream(image: Dataset, frame: NDArray[Any], syntax: str) -> bytes:
    unsigned = frame.view(f"u{frame.itemsize}") & ((1 << image.BitsStored) - 1)
    match syntax:
        case uid.JPEGLSLossless:
            return bytes(imagecodecs.jpegls_encode(frame.view(f"u{frame.itemsize}")))
        case uid.JPEGLSNearLossless:
            return bytes(imagecodecs.jpegls_encode(unsigned, level=2))
        case uid.JPEGBaseline8Bit:
            colours = {"colorspace": 3, "outcolorspace": 3} if frame.ndim == 3 else {}
            return bytes(imagecodecs.jpeg8_encode(frame, level=90, **colours))
        case uid.JPEGLossless | uid.JPEGLosslessSV1:
            kind = {"RGB": "RGB", "YBR_FULL": "UNKNOWN"}.get(image.PhotometricInterpretation)
            options = {"bitspersample": image.BitsStored, "colorspace": kind, "outcolorspace": kind}
            return bytes(imagecodecs.jpeg8_encode(unsigned, lossless=True, predictor=1, **options))
        case uid.HTJ2KLossless | uid.HTJ2KLosslessRPCL:
            return bytes(imagecodecs.htj2k_encode(frame, reversible=True))
        case uid.HTJ2K:
            return bytes(imagecodecs.htj2k_encode(frame, reversible=False))
        case uid.JPEG2000:
            return bytes(imagecodecs.jpeg2k_encode(frame, level=40, codecformat="j2k"))
    planar = {"planar_configuration": 0} if image.SamplesPerPixel > 1 else {}
    return get_encoder(syntax).encode(
        np.ascontiguousarray(frame),
        rows=image.Rows,
        columns=image.Columns,
        samples_per_pixel=image.SamplesPerPixel,
        bits_allocated=image.BitsAllocated,
        bits_stored=image.BitsStored,
        pixel_representation=image.PixelRepresentation,
        photometric_interpretation=image.PhotometricInterpretation,
        number_of_frames=1,
        **planar,
    )
