"""The options of PS3.15 E.3: which column of Table E.1-1 each is, and how an object names it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Option(StrEnum):
    """An option as policies spell it."""

    SAFE_PRIVATE = "retain-safe-private"
    UIDS = "retain-uids"
    DEVICE = "retain-device-identity"
    INSTITUTION = "retain-institution-identity"
    PATIENT = "retain-patient-characteristics"
    FULL_DATES = "retain-longitudinal-full-dates"
    MODIFIED_DATES = "retain-longitudinal-modified-dates"
    DESCRIPTORS = "clean-descriptors"
    STRUCTURED_CONTENT = "clean-structured-content"
    GRAPHICS = "clean-graphics"
    PIXEL_DATA = "clean-pixel-data"
    VISUAL_FEATURES = "clean-recognizable-visual-features"


@dataclass(frozen=True, slots=True)
class Code:
    """A code of CID 7050 (PS3.16), its scheme being DCM."""

    value: str
    meaning: str


BASIC_PROFILE = Code("113100", "Basic Application Confidentiality Profile")
# The column of the table; the last two options have none (PS3.15 E.3.1, E.3.2).
COLUMNS: dict[Option, str] = {
    Option.SAFE_PRIVATE: "safe_private",
    Option.UIDS: "uids",
    Option.DEVICE: "device",
    Option.INSTITUTION: "institution",
    Option.PATIENT: "patient",
    Option.FULL_DATES: "full_dates",
    Option.MODIFIED_DATES: "modified_dates",
    Option.DESCRIPTORS: "descriptors",
    Option.STRUCTURED_CONTENT: "structured_content",
    Option.GRAPHICS: "graphics",
}
CODES: dict[Option, Code] = {
    Option.PIXEL_DATA: Code("113101", "Clean Pixel Data Option"),
    Option.VISUAL_FEATURES: Code("113102", "Clean Recognizable Visual Features Option"),
    Option.GRAPHICS: Code("113103", "Clean Graphics Option"),
    Option.STRUCTURED_CONTENT: Code("113104", "Clean Structured Content Option"),
    Option.DESCRIPTORS: Code("113105", "Clean Descriptors Option"),
    Option.FULL_DATES: Code("113106", "Retain Longitudinal Temporal Information Full Dates Option"),
    Option.MODIFIED_DATES: Code(
        "113107", "Retain Longitudinal Temporal Information Modified Dates Option"
    ),
    Option.PATIENT: Code("113108", "Retain Patient Characteristics Option"),
    Option.DEVICE: Code("113109", "Retain Device Identity Option"),
    Option.UIDS: Code("113110", "Retain UIDs Option"),
    Option.SAFE_PRIVATE: Code("113111", "Retain Safe Private Option"),
    Option.INSTITUTION: Code("113112", "Retain Institution Identity Option"),
}
CONTRADICTIONS: tuple[tuple[frozenset[Option], str], ...] = (
    (
        frozenset({Option.FULL_DATES, Option.MODIFIED_DATES}),
        "dates are either kept or shifted (PS3.15 E.3.6)",
    ),
)
# What a temporal option is written as (0028,0303), PS3.3 C.12.1.1.
TEMPORAL: dict[Option, str] = {Option.FULL_DATES: "UNMODIFIED", Option.MODIFIED_DATES: "MODIFIED"}
