"""Sets the scene of an object: whose it is, how its texts are encoded, how far its dates move."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from include.imaging.deid.dates import Dates
from include.imaging.deid.options import Option
from include.imaging.deid.policy import Policy
from include.imaging.deid.pseudonyms import Pseudonyms
from include.imaging.deid.scene import Characters, Scene, Telling, identity_in

REMEMBERED = 256


class Patients:
    """Makes scenes under one policy and key; safe among threads."""

    def __init__(self, policy: Policy, pseudonyms: Pseudonyms, dates: Dates) -> None:
        self._pseudonyms = pseudonyms
        self._dates = dates
        self.shifts_dates = policy.has(Option.MODIFIED_DATES)
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._scene)
        self.cleans_texts = policy.has(Option.DESCRIPTORS) or policy.has(Option.SAFE_PRIVATE)

    def scene(
        self,
        patient_id: str,
        study_instance_uid: str,
        characters: Characters,
        telling: Iterable[Telling],
    ) -> Scene:
        """Return the scene of an object; that of objects that tell the same is the same one.

        Args:
            patient_id: As it reads in the original, '' where it has none.
            study_instance_uid: Stands for the patient of an object without a PatientID, whose
                studies then have shifts of their own.
            characters: The object's character sets.
            telling: What its attributes tell of identity; not asked for where no text is cleaned.

        Raises WalkError for a patient that the subject list lacks.
        """
        known = tuple(telling) if self.cleans_texts else ()
        shifted_as = ""
        if self.shifts_dates:
            shifted_as = patient_id.strip(" \0") or study_instance_uid
        return self._remembered(patient_id, shifted_as, characters, known)

    def _scene(
        self,
        patient_id: str,
        shifted_as: str,
        characters: Characters,
        known: tuple[Telling, ...],
    ) -> Scene:
        return Scene(
            characters=characters,
            identity=identity_in(known, characters),
            days=self._dates.days(shifted_as) if shifted_as else 0,
            pseudonym=self._pseudonyms.patient(patient_id),
        )
