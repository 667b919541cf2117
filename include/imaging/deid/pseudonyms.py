"""Keyed stand-ins for UIDs and patients: the same wherever the key and the namespace are."""

from __future__ import annotations

import base64

from include.imaging.dicom.uids import is_standard
from include.imaging.keyring import Keyring, Purpose

_PATIENT_BYTES = 10


class Pseudonyms:
    """Makes stand-ins by HMAC, so that no table of them is needed."""

    def __init__(self, keyring: Keyring, patient_namespace: str) -> None:
        self._keyring = keyring
        self._namespace = patient_namespace

    def uid(self, original: str) -> str:
        """Return `2.25.` and 128 keyed bits (PS3.5 B.2); UIDs of the standard stay as they are."""
        if not original or is_standard(original):
            return original
        digest = self._keyring.digest(Purpose.UID, original)
        return f"2.25.{int.from_bytes(digest[:16], 'big')}"

    def patient(self, original: str) -> str:
        """Return 17 characters for a PatientID of the namespace; an empty one stays empty."""
        known = original.strip(" \0")
        if not known:
            return ""
        digest = self._keyring.digest(Purpose.PATIENT, self._namespace, known)
        return "P" + base64.b32encode(digest[:_PATIENT_BYTES]).decode()
