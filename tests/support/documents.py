"""Makes structured reports and key object selections that dciodvfy finds no error in."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    Comprehensive3DSRStorage,
    KeyObjectSelectionDocumentStorage,
    TwelveLeadECGWaveformStorage,
)

from tests.support.content_items import (
    BIRTH_DATE,
    FINDING,
    OBSERVED,
    PATIENT,
    PATIENT_ID,
    STAFF,
    code,
    container,
    findings,
    image_reference,
    item,
    subject_context,
)
from tests.support.dicom import ROOT, put


def evidence(*references: Dataset) -> Dataset:
    """Return an item of the sequences that list what a document refers to."""
    series = put(
        Dataset(),
        SeriesInstanceUID=f"{ROOT}.2.1",
        ReferencedSOPSequence=Sequence(references),
    )
    return put(
        Dataset(), StudyInstanceUID=f"{ROOT}.1.1", ReferencedSeriesSequence=Sequence([series])
    )


def report(**attributes: object) -> Dataset:
    """Return a verified report with every kind of content item, some of them deep down."""
    deep = container(code("121070", "Findings"), container(code("121070", "Findings"), *findings()))
    made = _document(Comprehensive3DSRStorage, "SR", [*subject_context(), *findings(), deep])
    made.ConceptNameCodeSequence = Sequence([code("126000", "Imaging Measurement Report")])
    made.CompletionFlag, made.VerificationFlag = "COMPLETE", "VERIFIED"
    made.PerformedProcedureCodeSequence = Sequence()
    _add_people(made)
    _add_references(made)
    return put(made, **attributes)


def _add_people(made: Dataset) -> None:
    signed = put(
        Dataset(),
        VerifyingObserverName=STAFF,
        VerifyingObserverIdentificationCodeSequence=[code("STAFF7", "Barnaby Drumgoole", "99ZEPH")],
        VerifyingOrganization="Saint Zephyrine",
        VerificationDateTime=f"{OBSERVED}120000",
    )
    made.VerifyingObserverSequence = Sequence([signed])
    wrote = put(
        Dataset(),
        ObserverType="PSN",
        PersonName=STAFF,
        PersonIdentificationCodeSequence=[code("STAFF7", "Barnaby Drumgoole", "99ZEPH")],
        InstitutionName="Saint Zephyrine",
        InstitutionCodeSequence=Sequence(),
    )
    made.AuthorObserverSequence = Sequence([wrote])
    took_part = put(
        Dataset(),
        ParticipationType="ENT",
        ParticipationDateTime=f"{OBSERVED}110000",
        ObserverType="PSN",
        PersonName=STAFF,
        PersonIdentificationCodeSequence=Sequence(),
        InstitutionName="Saint Zephyrine",
        InstitutionCodeSequence=Sequence(),
    )
    made.ParticipantSequence = Sequence([took_part])
    keeper = put(Dataset(), InstitutionName="Saint Zephyrine", InstitutionCodeSequence=Sequence())
    made.CustodialOrganizationSequence = Sequence([keeper])


def _add_references(made: Dataset) -> None:
    earlier = evidence(put(image_reference(70), ReferencedSOPClassUID=Comprehensive3DSRStorage))
    made.PredecessorDocumentsSequence = Sequence([earlier])
    made.IdenticalDocumentsSequence = Sequence(
        [evidence(put(image_reference(71), ReferencedSOPClassUID=Comprehensive3DSRStorage))]
    )
    made.CurrentRequestedProcedureEvidenceSequence = Sequence(
        [evidence(image_reference(1), image_reference(2))]
    )
    made.PertinentOtherEvidenceSequence = Sequence(
        [evidence(image_reference(9, TwelveLeadECGWaveformStorage))]
    )


def selection(**attributes: object) -> Dataset:
    """Return a key object selection with a text and an observer."""
    words = f"{FINDING} of Ophelia Quillfeather"
    observer = item("PNAME", code("121008", "Person Observer Name"), "HAS OBS CONTEXT")
    kind = item("CODE", code("121005", "Observer Type"), "HAS OBS CONTEXT")
    kind.ConceptCodeSequence = Sequence([code("121006", "Person")])
    made = _document(
        KeyObjectSelectionDocumentStorage,
        "KO",
        [
            kind,
            put(observer, PersonName=STAFF),
            item("TEXT", code("113012", "Key Object Description"), TextValue=words),
            item("IMAGE", None, ReferencedSOPSequence=[image_reference(1)]),
        ],
    )
    made.ConceptNameCodeSequence = Sequence([code("113000", "Of Interest")])
    template = put(Dataset(), MappingResource="DCMR", TemplateIdentifier="2010")
    made.ContentTemplateSequence = Sequence([template])
    made.CurrentRequestedProcedureEvidenceSequence = Sequence([evidence(image_reference(1))])
    return put(made, **attributes)


def of_patient(sop_class: str, modality: str, number: int, **attributes: object) -> Dataset:
    """Return what all composite objects of the patient share, in the study of `ct`."""
    made = put(Dataset(), SOPClassUID=sop_class, SOPInstanceUID=f"{ROOT}.3.{number}")
    put(made, StudyInstanceUID=f"{ROOT}.1.1", SeriesInstanceUID=f"{ROOT}.2.{number}")
    put(made, Modality=modality, SeriesNumber=number, InstanceNumber=1)
    put(made, StudyDate=OBSERVED, StudyTime="101112", AccessionNumber="ACC-40023", StudyID="")
    put(made, ReferringPhysicianName=STAFF, PatientName=PATIENT, PatientID=PATIENT_ID)
    put(made, PatientBirthDate=BIRTH_DATE, PatientSex="F", Manufacturer="Maker")
    return put(made, **attributes)


def _document(sop_class: str, modality: str, content: list[Dataset]) -> Dataset:
    made = of_patient(sop_class, modality, 90)
    put(made, ReferencedPerformedProcedureStepSequence=Sequence())
    put(made, ContentDate=OBSERVED, ContentTime="101112", ManufacturerModelName="Model")
    put(made, DeviceSerialNumber="SN-77120-Q", SoftwareVersions="1.0")
    put(made, ValueType="CONTAINER", ContinuityOfContent="SEPARATE")
    return put(made, ContentSequence=Sequence(content))
