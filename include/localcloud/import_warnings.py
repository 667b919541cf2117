"""The warnings with which HealthImaging imports a file all the same (reference-warning-codes)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FileWarning:
    """An entry of a line of warning.ndjson, under the names it has there."""

    warning_reason_code: int
    type: str
    message: str


COERCION = FileWarning(
    45056,
    "CoercionOfDataElements",
    "The file was imported but values of some of its elements were changed.",
)
ELEMENTS_DISCARDED = FileWarning(
    45062,
    "ElementsDiscarded",
    "The file was imported but some of its elements were discarded.",
)
SOP_CLASS = FileWarning(
    45063,
    "SopClassDataMismatch",
    "The file was imported but its data set does not match its SOP class.",
)
TRANSCODING = FileWarning(
    45312,
    "TranscodingException",
    "The file was imported but its pixel data could not be transcoded and is stored as a blob.",
)
FRAMES_EXTRACTION = FileWarning(
    45328,
    "FramesExtractionFailure",
    "The file was imported but its frames could not be extracted; "
    "its pixel data is stored as a blob.",
)
FRAME_NUMBER = FileWarning(
    45329,
    "FrameNumberMismatch",
    "The file was imported but its number of frames differs from NumberOfFrames.",
)
OFFSET_TABLE = FileWarning(
    45330,
    "InvalidOffsetTable",
    "The file was imported but contains an invalid offset table, "
    "may see issues when retrieving certain frames.",
)
UNSUPPORTED_SYNTAX = FileWarning(
    45344,
    "UnsupportedTransferSyntax",
    "The file was imported but its transfer syntax is not supported; "
    "its pixel data is stored as a blob.",
)
UID_FORMAT = FileWarning(
    45570,
    "InvalidUidFormat",
    "The file was imported but contains unique identifiers of an invalid format.",
)
VALUE_LENGTH = FileWarning(
    45571,
    "InvalidDicomValueLength",
    "The file was imported but contains values longer than allowed; "
    "some fields may not be parseable and therefore cannot be searched on.",
)
OTHER = FileWarning(
    47513,
    "Other",
    "The file was imported but something about it is unusual.",
)
# where the decimals of reference-warning-codes are not its hexadecimal numbers
HEXADECIMAL = {45570: 0xB201, 45571: 0xB202, 47513: 0xBFFF}
BY_CODE = {
    warning.warning_reason_code: warning
    for warning in (
        *(COERCION, ELEMENTS_DISCARDED, SOP_CLASS, TRANSCODING, FRAMES_EXTRACTION, FRAME_NUMBER),
        *(OFFSET_TABLE, UNSUPPORTED_SYNTAX, UID_FORMAT, VALUE_LENGTH, OTHER),
    )
}
