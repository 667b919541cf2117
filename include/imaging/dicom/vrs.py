"""The VRs that the data dictionary allows an attribute (PS3.6)."""

from __future__ import annotations

from functools import cache

from pydicom.datadict import dictionary_VR

# VRs of people, machines, moments and objects: what they say is of somebody, in every attribute.
ALWAYS_IDENTIFY = frozenset(["AE", "DA", "DT", "PN", "UI"])


@cache
def own_vrs(tag: int) -> tuple[str, ...]:
    """Return the VRs of an attribute, usual one first; none for one that PS3.6 does not define."""
    try:
        return tuple(dictionary_VR(tag).split(" or "))
    except KeyError:
        return ()
