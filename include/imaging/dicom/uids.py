"""UIDs: which are the standard's, which name classes, and which name a patient's objects."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from pydicom.uid import UID_dictionary  # type: ignore[attr-defined]  # PS3.6 Annex A

_VALID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")
# PS3.6 Table A-3 and the registry of HL7 that PS3.16 Table 8-1 names its coding schemes by.
_VOCABULARY = re.compile(r"(1\.2\.840\.10008\.6\.1|2\.16\.840\.1\.113883\.6)\.[1-9][0-9]{0,3}")
MAXIMUM_LENGTH = 64
_CODING_KEYWORDS = frozenset({"CodingSchemeUID", "ContextUID", "MappingResourceUID"})


@lru_cache(maxsize=8192)
def is_valid(uid: str) -> bool:
    """Return whether `uid` is formed as PS3.5 9.1 says."""
    return len(uid) <= MAXIMUM_LENGTH and _VALID.fullmatch(uid) is not None


@lru_cache(maxsize=8192)
def is_standard(uid: str) -> bool:
    """Return whether `uid` is in a registry of standards, so names no object and no owner.

    These are PS3.6 Annex A with its context groups, and HL7's code systems (SNOMED, LOINC, …).
    """
    return uid in UID_dictionary or _VOCABULARY.fullmatch(uid) is not None


def is_transfer_syntax(uid: str) -> bool:
    """Return whether `uid` is a transfer syntax of PS3.6 Table A-1."""
    return uid in UID_dictionary and UID_dictionary[uid][1] == "Transfer Syntax"


def sop_class_keyword(uid: str) -> str:
    """Return the keyword of a standard SOP class, or '' for a private or unknown one."""
    entry = UID_dictionary.get(uid)
    return str(entry[4]) if entry and entry[1] == "SOP Class" else ""


@cache
def sop_class_keywords() -> frozenset[str]:
    """Return the keywords of all standard SOP classes."""
    return frozenset(entry[4] for entry in UID_dictionary.values() if entry[1] == "SOP Class")


def names_a_class(keyword: str) -> bool:
    """Return whether the attribute holds UIDs of classes, syntaxes or codes, and of no object."""
    return (
        "ClassUID" in keyword
        or "SOPClasses" in keyword
        or "TransferSyntaxUID" in keyword
        or (keyword in _CODING_KEYWORDS)
    )
