"""The modules that objects share: patient, study, series, equipment, and a request."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.dicom.silence import silenced
from tests.support.answer_key import clinical, places
from tests.support.answer_key.checks import Kind
from tests.support.answer_key.courses import Series, Study, uid
from tests.support.answer_key.draft import Draft
from tests.support.answer_key.people import Patient, Person, digits, phone
from tests.support.answer_key.texts import SHORTEST_PIECE, Text, composed

SHORT, LONG, ST, LT = 16, 64, 1024, 10240


def named(draft: Draft, item: Dataset, keyword: str, *who: Person) -> None:
    """Set an attribute to persons' names, each part of which has to go."""
    with silenced():
        setattr(item, keyword, [each.name for each in who] if len(who) > 1 else who[0].name)
    parts = [part for each in who for part in (each.family, each.given)]
    pieces = tuple(part for part in parts if len(part) >= SHORTEST_PIECE)
    draft.mark(item, item[keyword].tag, Text("", pieces))


def put(item: Dataset, **attributes: object) -> None:
    """Set attributes by keyword, valid or not."""
    with silenced():
        for keyword, value in attributes.items():
            setattr(item, keyword, value)


def patient(draft: Draft, who: Patient) -> None:
    """Patient, Patient Study and what archives add to them (PS3.3 C.7.1.1, C.7.2.2)."""
    item, random = draft.dataset, draft.random
    named(draft, item, "PatientName", who.person)
    put(item, PatientID=who.patient_id, PatientBirthDate=f"{who.birth:%Y%m%d}", PatientSex=who.sex)
    put(item, PatientAge=f"{who.age_years:03d}Y", PatientWeight=random.randint(45, 110))
    put(item, PatientSize=round(random.uniform(1.5, 1.95), 2))
    put(item, IssuerOfPatientID=who.institution.short, OtherPatientIDs=who.other_id)
    if random.random() < 0.6:
        named(draft, item, "PatientMotherBirthName", who.mother)
        address = f"{who.house} {who.street}, {who.town} {who.postcode}"
        put(item, PatientAddress=address[:LONG], PatientTelephoneNumbers=who.phone)
        put(item, EthnicGroup=random.choice(["Caucasian", "Asian", "Hispanic"]))
        put(item, PatientReligiousPreference=random.choice(places.RELIGIONS))
        put(item, CountryOfResidence=random.choice(places.COUNTRIES), MilitaryRank="Sergeant Major")
    if random.random() < 0.5:
        other = Dataset()
        put(other, PatientID=who.social_number, TypeOfPatientID="TEXT")
        item.OtherPatientIDsSequence = Sequence([other])
        put(item, InsurancePlanIdentification=who.insurance, SmokingStatus="NO")
        put(
            item, RegionOfResidence=random.choice(places.REGIONS), MedicalRecordLocator=who.other_id
        )
    draft.expect("PatientID", "PatientID", Kind.PATIENT_ID_CONSISTENT, who.patient_id)
    draft.expect("PatientID", "PatientID", Kind.TEXT_NOT_NULL, "")
    draft.gone_everywhere(who.patient_id, who.other_id)


def history(draft: Draft, who: Patient) -> None:
    """The free texts about the patient."""
    item, random = draft.dataset, draft.random
    texts = {
        "PatientComments": (LT, clinical.SENTENCES),
        "AdditionalPatientHistory": (LT, clinical.SENTENCES),
        "AdmittingDiagnosesDescription": (LONG, clinical.SENTENCES),
        "MedicalAlerts": (LONG, clinical.ALERTS),
        "Allergies": (LONG, clinical.ALLERGIES),
        "Occupation": (SHORT, places.OCCUPATIONS),
    }
    for keyword, (most, choices) in texts.items():
        if random.random() < 0.5:
            text = composed(random, who, random.choice(choices), random.randint(0, 2), most)
            if len(text.text) <= most:
                draft.say(item, keyword, text)


def study(draft: Draft, who: Patient, of: Study) -> None:
    """General Study and the visit (PS3.3 C.7.2.1)."""
    item, random = draft.dataset, draft.random
    put(item, StudyInstanceUID=of.uid, StudyID=of.study_id, AccessionNumber=of.accession)
    put(item, StudyDate=f"{of.start:%Y%m%d}", StudyTime=f"{of.start:%H%M%S}")
    named(draft, item, "ReferringPhysicianName", who.staff[0])
    draft.say(item, "StudyDescription", composed(random, who, of.description, _few(random), LONG))
    if random.random() < 0.6:
        named(draft, item, "NameOfPhysiciansReadingStudy", who.staff[1], who.staff[2])
        named(draft, item, "PhysiciansOfRecord", who.staff[3])
        put(
            item,
            ReferringPhysicianTelephoneNumbers=phone(random),
            AdmissionID=digits(random, "ADM######"),
        )
    if random.random() < 0.3:
        reference = Dataset()
        put(reference, ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1")
        put(reference, ReferencedSOPInstanceUID=uid(random, of.root))
        item.ReferencedStudySequence = Sequence([reference])
    draft.gone_everywhere(of.uid, of.accession)


def series(draft: Draft, who: Patient, of: Series) -> None:
    """General Series and General Equipment (PS3.3 C.7.3.1, C.7.5.1)."""
    item, random = draft.dataset, draft.random
    put(item, Modality=of.modality, SeriesInstanceUID=of.uid, SeriesNumber=of.number)
    put(item, SeriesDate=f"{of.start:%Y%m%d}", SeriesTime=f"{of.start:%H%M%S.%f}")
    draft.say(item, "SeriesDescription", composed(random, who, of.description, _few(random), LONG))
    draft.say(item, "ProtocolName", composed(random, who, of.protocol, random.randint(0, 1), LONG))
    named(draft, item, "OperatorsName", who.staff[4])
    named(draft, item, "PerformingPhysicianName", who.staff[1])
    put(item, Manufacturer=of.maker, ManufacturerModelName=of.model, StationName=of.station)
    put(item, DeviceSerialNumber=of.serial, SoftwareVersions="VB20A")
    place = who.institution
    put(item, InstitutionName=place.name, InstitutionAddress=place.address)
    put(item, InstitutionalDepartmentName=place.department)
    put(item, DateOfLastCalibration=f"{of.start - timedelta(days=40):%Y%m%d}")
    put(item, PerformedProcedureStepID=digits(random, "PPS#####"))
    put(item, PerformedProcedureStepStartDate=f"{of.start:%Y%m%d}")
    put(item, PerformedProcedureStepStartTime=f"{of.start:%H%M%S}")
    if random.random() < 0.5:
        text = composed(random, who, random.choice(clinical.SENTENCES), 2, ST)
        draft.say(item, "CommentsOnThePerformedProcedureStep", text)
        put(item, StationAETitle=f"{place.short}_{of.modality}"[:SHORT])


def request(draft: Draft, who: Patient, of: Study) -> None:
    """Request Attributes (PS3.3 10.6): descriptors inside a sequence that has to be cleaned."""
    item, random = Dataset(), draft.random
    put(item, RequestedProcedureID=digits(random, "RP######"), AccessionNumber=of.accession)
    put(item, ScheduledProcedureStepID=digits(random, "SPS######"), StudyInstanceUID=of.uid)
    for keyword in ("RequestedProcedureDescription", "ScheduledProcedureStepDescription"):
        draft.say(item, keyword, composed(random, who, of.description, _few(random), LONG))
    sentence = random.choice([each for each in clinical.SENTENCES if len(each) <= LONG])
    draft.say(item, "ReasonForTheRequestedProcedure", composed(random, who, sentence, 1, LONG))
    draft.dataset.RequestAttributesSequence = Sequence([item])


def instance(draft: Draft, who: Patient, of: Series, at: Study, sop_class: str, number: int) -> str:
    """SOP Common and General Image (PS3.3 C.12.1, C.7.6.1); returns the new SOPInstanceUID."""
    item, random = draft.dataset, draft.random
    made = of.start + timedelta(seconds=7 * number)
    name = uid(random, at.root)
    put(item, SOPClassUID=sop_class, SOPInstanceUID=name, InstanceNumber=number)
    put(item, InstanceCreationDate=f"{made:%Y%m%d}", InstanceCreationTime=f"{made:%H%M%S}")
    put(item, InstanceCreatorUID=uid(random, at.root))
    draft.gone_everywhere(name)
    return name


def _few(random: Random) -> int:
    return random.choice([0, 1, 1, 2])
