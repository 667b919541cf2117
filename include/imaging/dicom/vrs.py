"""The VRs that the data dictionary allows an attribute (PS3.6)."""

from __future__ import annotations

from functools import cache

from pydicom.datadict import dictionary_VR

# VRs of people, machines, moments and objects: what they say is of somebody, in every attribute.
ALWAYS_IDENTIFY = frozenset(["AE", "DA", "DT", "PN", "UI"])

# Bytes of one value of the VRs that hold numbers or tags in binary (PS3.5 6.2).
NUMBER_BYTES = {"AT": 4, "FD": 8, "FL": 4, "SL": 4, "SS": 2, "SV": 8, "UL": 4, "US": 2, "UV": 8}


@cache
def own_vrs(tag: int) -> tuple[str, ...]:
    """Return the VRs of an attribute, usual one first; none for one that PS3.6 does not define."""
    try:
        return tuple(dictionary_VR(tag).split(" or "))
    except KeyError:
        return ()
