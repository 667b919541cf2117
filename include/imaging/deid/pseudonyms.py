"""Keyed stand-ins for UIDs and patients: the same wherever the key and the namespace are."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import lru_cache

from include.imaging.deid.subjects import Subjects
from include.imaging.dicom.elements import WalkError
from include.imaging.dicom.uids import MAXIMUM_LENGTH, is_standard
from include.imaging.keyring import Keyring, Purpose

# A series repeats its study, its series and its frame of reference in every slice.
REMEMBERED = 8192
LONGEST_REMEMBERED = 2 * MAXIMUM_LENGTH
_PATIENT_BYTES = 10


class Pseudonyms:
    """Makes stand-ins by HMAC, so that no table of them is needed; safe among threads.

    `subjects` are patients whose pseudonyms were given beforehand, if the policy asks for them.
    """

    def __init__(
        self, keyring: Keyring, patient_namespace: str, subjects: Subjects | None = None
    ) -> None:
        self._keyring = keyring
        self._namespace = patient_namespace
        self._subjects = subjects
        self._known_uid: Callable[[str], str] = lru_cache(REMEMBERED)(self._keyed_uid)

    def uid(self, original: str) -> str:
        """Return `2.25.` and 128 keyed bits (PS3.5 B.2); UIDs of the standard stay as they are.

        Blanks and NULs around it say nothing: with and without them it is one UID, also where it
        is malformed otherwise. An empty one stays empty.
        """
        is_usual = len(original) <= LONGEST_REMEMBERED
        return self._known_uid(original) if is_usual else self._keyed_uid(original)

    def patient(self, original: str) -> str:
        """Return 17 characters for a PatientID of the namespace, or what the subjects give it.

        An empty one stays empty. Raises WalkError with SUBJECT_NOT_LISTED for a patient that the
        subjects lack, where the policy holds such, and for one whose keyed pseudonym was given
        to somebody else.
        """
        known = original.strip(" \0")
        if self._subjects is None:
            return self._keyed_patient(known) if known else ""
        if known and (given := self._subjects.listed.pseudonym(known)) is not None:
            return given
        keyed = self._keyed_patient(known) if known else ""
        if self._subjects.missing == "hold" or self._subjects.listed.gives(keyed):
            raise WalkError("", "SUBJECT_NOT_LISTED")
        return keyed

    def _keyed_uid(self, original: str) -> str:
        known = original.strip(" \0")
        if not known or is_standard(known):
            return known
        digest = self._keyring.digest(Purpose.UID, known)
        return f"2.25.{int.from_bytes(digest[:16], 'big')}"

    def _keyed_patient(self, known: str) -> str:
        digest = self._keyring.digest(Purpose.PATIENT, self._namespace, known)
        return "P" + base64.b32encode(digest[:_PATIENT_BYTES]).decode()
