"""De-identifies one object: the fast path where it can, the careful path where it must."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import BinaryIO

from include.imaging.deid import additions, iod, kinds, private, published, structured, table
from include.imaging.deid.careful import CarefulPath
from include.imaging.deid.dates import Dates
from include.imaging.deid.fast import (
    MODALITY,
    PATIENT_ID,
    SERIES,
    SERIES_NUMBER,
    SOP_INSTANCE,
    STUDY,
    FastPath,
    Rewritten,
)
from include.imaging.deid.judge import Judge
from include.imaging.deid.marks import Marks
from include.imaging.deid.originals import Identifiers, plain_identifiers
from include.imaging.deid.patients import Patients
from include.imaging.deid.pixels import rule_data
from include.imaging.deid.policy import Policy
from include.imaging.deid.pseudonyms import Pseudonyms
from include.imaging.deid.readiness import read_tables
from include.imaging.deid.results import Deidentified, Held
from include.imaging.deid.rules import Rules
from include.imaging.deid.slow import SlowPath, unfit_finding
from include.imaging.deid.sources import FileSource, MemorySource, Source, write
from include.imaging.deid.subjects import SubjectList, Subjects
from include.imaging.deid.text.cleaner import TextCleaner
from include.imaging.deid.values import Values
from include.imaging.dicom.elements import WalkError
from include.imaging.dicom.explicit import DoubtError
from include.imaging.dicom.modalities import defined_modality
from include.imaging.dicom.silence import silenced
from include.imaging.errors import ImagingError
from include.imaging.findings import finding
from include.imaging.keyring import Keyring
from include.imaging.model import Provenance, Stage

SERIES_NUMBERS = re.compile(r"[+-]?[0-9]{1,12}")  # PS3.5 6.2: IS
# Raised with every change that alters an output.
ENGINE_VERSION = "6"


class Deidentifier:
    """Applies one policy with one key; safe among threads.

    `fingerprint` (hex) names everything an output depends on: policy, tables, engine, key id,
    patient namespace and subject list.
    """

    def __init__(
        self,
        policy: Policy,
        keyring: Keyring,
        patient_namespace: str,
        subjects: SubjectList | None = None,
    ) -> None:
        listed = Subjects(subjects, policy.subject_rule.missing) if subjects else None
        self.policy = policy
        rules = Rules(policy)
        self._pseudonyms = Pseudonyms(keyring, patient_namespace, listed)
        dates = Dates(keyring, patient_namespace, policy.date_shift)
        cleaner = TextCleaner(vocabulary=policy.text_cleaning.vocabulary)
        capped = policy.ages_above_89 == "capped"
        values = Values(self._pseudonyms, dates, cleaner, caps_ages=capped)
        patients, marks = Patients(policy, self._pseudonyms, dates), Marks(policy)
        judge = Judge(policy)
        self._fast = FastPath(rules, values, patients, marks, judge.undecoded)
        careful = CarefulPath(rules, values)
        self._slow = SlowPath(careful, rules, patients, marks, judge)
        rules.prepare()
        read_tables(with_words=patients.cleans_texts)
        self.fingerprint = fingerprint(
            policy,
            keyring.key_id,
            patient_namespace,
            cleaner.fingerprint,
            subjects.digest(keyring) if subjects else "",
        )
        self.provenance = Provenance(
            policy=policy.name,
            fingerprint=self.fingerprint,
            key_id=keyring.key_id,
            engine_version=ENGINE_VERSION,
            table_edition=table.EDITION,
        )

    def uid(self, original: str) -> str:
        """Return the keyed UID that stands for `original`; the standard's own UIDs stay."""
        return self._pseudonyms.uid(original)

    def deidentify(self, original: bytes) -> Deidentified | Held:
        """Return the object without identity, or why it is held back; never raises on input.

        Equal input gives equal bytes. The transfer syntax stays, and pixel bytes are not
        touched unless a pixel rule says so. `original` is a whole PS3.10 file.
        """
        source = MemorySource(original)
        return _guarded(lambda: self._fast_or(source, lambda made: made.whole(source), original))

    def deidentify_file(self, source: BinaryIO, target: BinaryIO) -> Deidentified | Held:
        """Write the object without identity to `target`, and return what it says of itself.

        Returns why it is held back, with nothing written, if it is. Does not raise on what the
        source holds; OSError of the files themselves leaves, as does that of a source which
        becomes shorter meanwhile: then a part is written. Pixels are copied or masked in
        pieces, so that memory does not grow with them, unless the object needs the careful path.
        """
        read = FileSource(source)

        def written(made: Rewritten) -> bytes:
            write(target, made.pieces(read))
            return b""

        done = _guarded(lambda: self._fast_or(read, written, None))
        if isinstance(done, Deidentified) and done.data:
            target.write(done.data)
        return done

    def originals(self, original: bytes) -> Identifiers:
        """Return what identifies an object of which `deidentify` gave an output.

        It is read as the engine reads it. Only for what is sealed or stays in memory.
        """
        with silenced():
            return plain_identifiers(original) or self._slow.originals(original)

    def fast(self, original: bytes) -> Deidentified | None:
        """Return what the fast path alone makes of an object; None where it leaves it alone."""
        source = MemorySource(original)
        try:
            with silenced():
                made = self._fast.rewrite(source)
        except DoubtError:
            return None
        return _told(made, made.whole(source))

    def careful(self, original: bytes) -> Deidentified | Held:
        """Return what `deidentify` does, by the careful path alone."""
        return _guarded(lambda: self._carefully(original))

    def _carefully(self, whole: bytes) -> Deidentified | Held:
        try:
            return self._slow.deidentify(whole)
        except OSError:  # pydicom's word for a sequence that is none: nothing is read here
            raise WalkError("") from None

    def _fast_or(
        self, source: Source, give: Callable[[Rewritten], bytes], original: bytes | None
    ) -> Deidentified | Held:
        try:
            made = self._fast.rewrite(source)
        except DoubtError:
            whole = source.read(0, source.size) if original is None else original
            return self._carefully(whole)
        return _told(made, give(made))


def _guarded(work: Callable[[], Deidentified | Held]) -> Deidentified | Held:
    try:
        with silenced():
            return work()
    except WalkError as error:
        return Held((finding(error.code, Stage.DEIDENTIFY, error.cause),))
    except (MemoryError, OSError, ImagingError):
        raise
    except Exception:  # noqa: BLE001 - a parser's own error quotes values: only the fact leaves
        return Held((finding("UNPARSABLE", Stage.DEIDENTIFY),))


def _told(made: Rewritten, data: bytes) -> Deidentified:
    def text(tag: int) -> str:
        return made.value(tag).decode("ascii", "replace").strip(" \0")

    number = text(SERIES_NUMBER).partition("\\")[0].strip()
    return Deidentified(
        data=data,
        sop_instance_uid=text(SOP_INSTANCE),
        series_instance_uid=text(SERIES),
        study_instance_uid=text(STUDY),
        patient_id=text(PATIENT_ID),
        modality=defined_modality(text(MODALITY)),
        transfer_syntax_uid=made.transfer_syntax_uid,
        actions=dict(sorted(made.actions.items())),
        series_number=str(int(number)) if SERIES_NUMBERS.fullmatch(number) else "",
        findings=(*made.verdict.findings, *unfit_finding(made.unfit)),
        rules=made.verdict.rules,
        is_masked=made.mask is not None,
        regions=made.verdict.regions,
    )


def fingerprint(
    policy: Policy, key_id: str, namespace: str, cleaner: str = "", subjects: str = ""
) -> str:
    """Return the SHA-256 (hex) of all that an output depends on beside its original."""
    parts = {
        "policy": policy.model_dump(mode="json", exclude={"description", "reidentification"}),
        "table": [table.EDITION, table.digest(), iod.digest()],
        "house": [
            additions.digest(),
            kinds.digest(),
            structured.digest(),
            published.digest(),
            private.digest(),
            rule_data.digest(),
            cleaner,
        ],
        "engine": ENGINE_VERSION,
        "key": key_id,
        "namespace": namespace,
        "subjects": subjects,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
