"""Makes content items of documents: of every value type, and full of people."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, TwelveLeadECGWaveformStorage

from tests.support.dicom import ROOT, put

PATIENT, STAFF, PATIENT_ID = "Quillfeather^Ophelia", "Drumgoole^Barnaby", "MRN-551207"
# Every value that says who: of the patient, of the staff, of the house, of machines, of orders.
PLANTED = {
    "121030": PATIENT_ID,
    "121020": "PLC-40021",
    "121021": "FIL-40022",
    "121022": "ACC-40023",
    "121009": "Saint Zephyrine",
    "121013": "CTSUITE7Q",
    "121016": "SN-77120-Q",
    "121017": "Annex Zeta 4",
    "110119": "AE7Q",
    "128774": "bdrumgoole",
    "113873": "Zephyrine",
    "121041": "SPC-40024",
}
NAMED = {"121029": PATIENT, "121036": "Quillfeather^Hortense", "121008": STAFF, "121114": STAFF}
FINDING = "nodule in right upper lobe"
BIRTH_DATE, OBSERVED = "19410203", "20240517"


def code(value: str, meaning: str, scheme: str = "DCM") -> Dataset:
    """Return a code."""
    return put(Dataset(), CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def item(
    value_type: str, concept: Dataset | None, relation: str = "CONTAINS", **value: object
) -> Dataset:
    """Return a content item."""
    made = put(Dataset(), RelationshipType=relation, ValueType=value_type)
    if concept is not None:
        made.ConceptNameCodeSequence = Sequence([concept])
    return put(made, **value)


def image_reference(number: int, sop_class: str = CTImageStorage) -> Dataset:
    """Return a reference to an image of `tests.support.dicom.ct`."""
    return put(
        Dataset(),
        ReferencedSOPClassUID=sop_class,
        ReferencedSOPInstanceUID=f"{ROOT}.3.{number}",
    )


def subject_context() -> list[Dataset]:
    """Return what a report says of observers, devices, orders and its subject (TID 1001)."""
    told = "HAS OBS CONTEXT"
    texts = [
        item("TEXT", code(concept, "Context"), told, TextValue=value)
        for concept, value in PLANTED.items()
    ]
    names = [
        item("PNAME", code(concept, "Context"), told, PersonName=value)
        for concept, value in NAMED.items()
    ]
    return [
        *names,
        *texts,
        item("DATE", code("121031", "Subject Birth Date"), told, Date=BIRTH_DATE),
        item("UIDREF", code("121012", "Device Observer UID"), told, UID=f"{ROOT}.7.1"),
        item(
            "CODE",
            code("121032", "Subject Sex"),
            told,
            ConceptCodeSequence=Sequence([code("F", "Female")]),
        ),
        measured(code("121033", "Subject Age"), 64, code("a", "year", "UCUM"), told),
    ]


def measured(concept: Dataset, number: float, unit: Dataset, relation: str = "CONTAINS") -> Dataset:
    """Return a NUM item."""
    value = put(
        Dataset(), NumericValue=f"{number:g}", MeasurementUnitsCodeSequence=Sequence([unit])
    )
    return item("NUM", concept, relation, MeasuredValueSequence=Sequence([value]))


def findings() -> list[Dataset]:
    """Return clinical content of every value type, with the same people in its texts."""
    return [*_told(), *_moments(), *_references(), *_regions()]


def _told() -> list[Dataset]:
    words = f"{FINDING} seen by Barnaby Drumgoole in Ophelia Quillfeather {PATIENT_ID}"
    lung = Sequence([code("39607008", "Lung structure", "SCT")])
    return [
        item("TEXT", code("121071", "Finding"), TextValue=words),
        item("TEXT", code("121106", "Comment"), TextValue="Quillfeather"),
        item("CODE", code("363698007", "Finding Site", "SCT"), ConceptCodeSequence=lung),
        measured(code("103339001", "Long Axis", "SCT"), 12.5, code("mm", "mm", "UCUM")),
        item("PNAME", code("121435", "Service Performer"), PersonName=STAFF),
    ]


def _moments() -> list[Dataset]:
    return [
        item("DATETIME", code("111060", "Study Date"), DateTime=f"{OBSERVED}101112"),
        item("DATE", code("111060", "Study Date"), Date=OBSERVED),
        item("TIME", code("111061", "Study Time"), Time="101112"),
    ]


def _references() -> list[Dataset]:
    shown, other = Sequence([image_reference(1)]), Sequence([image_reference(2)])
    return [
        item("UIDREF", code("121018", "Procedure Study Instance UID"), UID=f"{ROOT}.1.1"),
        item("IMAGE", code("121191", "Referenced Segment"), ReferencedSOPSequence=shown),
        item("COMPOSITE", code("113000", "Of Interest"), ReferencedSOPSequence=other),
    ]


def _regions() -> list[Dataset]:
    selected = item("IMAGE", None, "SELECTED FROM", ReferencedSOPSequence=[image_reference(1)])
    wave = image_reference(9, TwelveLeadECGWaveformStorage)
    wave.ReferencedWaveformChannels = [1, 1]
    signal = item("WAVEFORM", None, "SELECTED FROM", ReferencedSOPSequence=[wave])
    flat = item("SCOORD", code("111030", "Image Region"), GraphicType="POINT")
    deep = item("SCOORD3D", code("111030", "Image Region"), GraphicType="POINT")
    while_it_lasts = item("TCOORD", code("111030", "Image Region"), TemporalRangeType="POINT")
    return [
        put(flat, GraphicData=[4.0, 5.0], ContentSequence=Sequence([selected])),
        put(deep, GraphicData=[4.0, 5.0, 6.0], ReferencedFrameOfReferenceUID=f"{ROOT}.4.1"),
        put(
            while_it_lasts,
            ReferencedDateTime=f"{OBSERVED}101112",
            ContentSequence=Sequence([signal]),
        ),
    ]


def container(concept: Dataset, *inside: Dataset) -> Dataset:
    """Return a CONTAINER item."""
    return item(
        "CONTAINER", concept, ContinuityOfContent="SEPARATE", ContentSequence=Sequence(inside)
    )
