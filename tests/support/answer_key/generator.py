"""Generates the objects of synthetic patients, and of each the checks that score an output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from random import Random

from pydicom import dcmread

from include.imaging.dicom.silence import silenced
from tests.support.answer_key import (
    burned_in,
    documents,
    hiding,
    images,
    modules,
    paths,
    radiotherapy,
)
from tests.support.answer_key.checks import ANYWHERE, Check, Kind, Planted
from tests.support.answer_key.courses import Series, Study
from tests.support.answer_key.courses import series as new_series
from tests.support.answer_key.courses import study as new_study
from tests.support.answer_key.draft import Draft
from tests.support.answer_key.encodings import choose
from tests.support.answer_key.matching import holds, in_bytes
from tests.support.answer_key.people import Patient, patient, plain

Fill = Callable[[Draft, Patient, Series, Study, list[str]], None]

# modalities of a study, with how many objects each series has
STUDIES: tuple[tuple[tuple[str, int], ...], ...] = (
    (("CT", 3), ("SR", 1)),
    (("MR", 2), ("MR", 2)),
    (("US", 3), ("SC", 1)),
    (("CR", 2),),
    (("DX", 2), ("PDF", 1)),
    (("MG", 3),),
    (("CT", 2), ("PT", 3), ("SEG", 1)),
    (("NM", 2),),
    (("CT", 2), ("RTSTRUCT", 1), ("RTPLAN", 1), ("RTDOSE", 1)),
    (("CT", 2), ("SEG", 1), ("SR", 1)),
)
OTHERS: dict[str, tuple[str, str, str, Fill]] = {
    "SR": ("SR", "SR", documents.REPORT, documents.report),
    "PDF": ("DOC", "OT", documents.PDF, documents.pdf),
    "SEG": ("SEG", "OT", radiotherapy.SEGMENTATION, radiotherapy.segmentation),
    "RTSTRUCT": ("RTSTRUCT", "RT", radiotherapy.STRUCTURES, radiotherapy.structures),
    "RTPLAN": ("RTPLAN", "RT", radiotherapy.PLAN, radiotherapy.plan),
    "RTDOSE": ("RTDOSE", "RT", radiotherapy.DOSE, radiotherapy.dose),
}
STUDIES_OF_A_PATIENT = 2


def generate(seed: int, patients: int) -> Iterator[Planted]:
    """Yield the objects of so many patients, two studies each; equal seeds give equal bytes.

    The studies go round STUDIES, so that five patients hold every modality.
    """
    for number in range(patients):
        random = Random(f"{seed}/{number}")
        who = patient(random)
        for visit in range(STUDIES_OF_A_PATIENT):
            content = STUDIES[(number * STUDIES_OF_A_PATIENT + visit) % len(STUDIES)]
            yield from _study(random, number, who, content)


def _study(
    random: Random, number: int, who: Patient, content: tuple[tuple[str, int], ...]
) -> Iterator[Planted]:
    kind = content[0][0]
    at = new_study(random, who, "RT" if content[1:2] == (("RTSTRUCT", 1),) else kind)
    images_so_far: list[str] = []
    for position, (name, count) in enumerate(content, 1):
        modality = OTHERS[name][0] if name in OTHERS else {"SC": "OT"}.get(name, name)
        of = new_series(random, at, who, modality, position)
        for instance in range(1, count + 1):
            draft = _object(random, who, of, at, name, instance, images_so_far)
            made = str(draft.dataset.SOPInstanceUID)
            if name in {"RTSTRUCT", "RTPLAN"}:
                images_so_far.insert(0, made)
            elif name not in OTHERS:
                images_so_far.append(made)
            yield _planted(draft, number, who, name, made)


def _object(
    random: Random, who: Patient, of: Series, at: Study, name: str, number: int, seen: list[str]
) -> Draft:
    draft = Draft(random, name)
    modules.patient(draft, who)
    modules.history(draft, who)
    modules.study(draft, who, at)
    modules.series(draft, who, of)
    if random.random() < 0.5:
        modules.request(draft, who, at)
    modules.instance(draft, who, of, at, _sop_class(random, name), number)
    if name in OTHERS:
        OTHERS[name][3](draft, who, of, at, seen)
    elif name == "US":
        burned_in.ultrasound(draft, who, of, at, number)
    elif name == "SC":
        burned_in.capture(draft, who, of, at, number)
    else:
        images.image(draft, who, of, at, number)
    hiding.hide(draft, who)
    choose(draft)
    return draft


def _sop_class(random: Random, name: str) -> str:
    if name in OTHERS:
        return OTHERS[name][2]
    if name == "US":
        return random.choice([burned_in.ULTRASOUND, burned_in.ULTRASOUND_FRAMES])
    return burned_in.CAPTURE if name == "SC" else images.SOP_CLASSES[name]


def _planted(draft: Draft, number: int, who: Patient, name: str, instance: str) -> Planted:
    """Return the object under a file name that holds the patient's name, as archives have them."""
    data = draft.encoded()
    file_name = f"{plain(who.person.family)}_{who.patient_id}_{instance}.dcm".replace(" ", "_")
    asked = tuple(_askable(draft.checks(), data))
    return Planted(file_name, name, number, instance, data, asked, draft.may_be_held)


def _askable(checks: Iterable[Check], data: bytes) -> Iterator[Check]:
    """Yield the checks but those of text that the encoded object does not hold in that place."""
    lowered = data.lower()
    with silenced():
        written = dcmread(BytesIO(data))
        for check in checks:
            if check.path == ANYWHERE:
                if in_bytes(check.expected, lowered):
                    yield check
            elif check.kind not in {Kind.TEXT_REMOVED, Kind.TEXT_RETAINED} or holds(
                paths.shown(paths.element_at(written, check.path)), check.expected
            ):
                yield check
