"""Hides identity where nobody looks: private and unknown elements, overlays, wrong VRs."""

from __future__ import annotations

from collections.abc import Callable

from pydicom import config
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.support.answer_key import courses
from tests.support.answer_key.checks import Kind
from tests.support.answer_key.courses import uid
from tests.support.answer_key.draft import Draft
from tests.support.answer_key.modules import put
from tests.support.answer_key.people import Patient, plain
from tests.support.answer_key.texts import KNOWN, Text, composed

# entries of PS3.15 Table E.3.10-1: group, private creator, element, VR, value without identity
SAFE = {
    "CT": [
        (0x0019, "GEMS_ACQU_01", 0x23, "DS", "1.375"),
        (0x0043, "GEMS_PARM_01", 0x27, "SH", "0.984:1"),
    ],
    "MR": [
        (0x0019, "SIEMENS MR HEADER", 0x0C, "IS", "800"),
        (0x2005, "Philips MR Imaging DD 001", 0x0D, "FL", 1.5),
    ],
    "PT": [(0x7053, "Philips PET Private Group", 0x00, "DS", "0.00037")],
}
UNSAFE = [
    (0x0009, "GEMS_IDEN_01", 0x02, "SH"),
    (0x0029, "SIEMENS CSA HEADER", 0x10, "OB"),
    (0x0033, "MITRA OBJECT UTF8 ATTRIBUTES 1.0", 0x13, "PN"),
    (0x0011, "ACME ARCHIVE", 0x01, "UT"),
    (0x0031, "WARD SYSTEM", 0x05, "SH"),
]
# attributes that the table leaves alone and where technicians write what they like
# numbers and dates that hold a name, and the VR it is written with
WRONG = {
    "SliceLocation": "LO",
    "FlipAngle": "LO",
    "ScheduledProcedureStepStartDate": "DA",
    "DetectorActiveTime": "SH",
    "TimeOfFlightContrast": "LO",
}
FREE_TEXT = (
    "AcquisitionDeviceProcessingCode",
    "ContrastBolusRoute",
    "ReconstructionMethod",
)


def hide(draft: Draft, who: Patient) -> None:
    """Plant one to three hidden things, and the safe private elements of the modality."""
    for group, creator, element, vr, value in SAFE.get(draft.modality, []):
        block = draft.dataset.private_block(group, creator, create=True)
        block.add_new(element, vr, value)
        path = f"{group:04x}[{creator}]{element:02x}"
        draft.expect(path, "", Kind.TEXT_RETAINED, str(value))
    for place in draft.random.sample(PLACES, draft.random.randint(1, 3)):
        place(draft, who)


def _private(draft: Draft, who: Patient) -> None:
    group, creator, element, vr = draft.random.choice(UNSAFE)
    value = who.person.name if vr == "PN" else who.patient_id
    block = draft.dataset.private_block(group, creator, create=True)
    written = value.encode() + b" " * (len(value.encode()) % 2)
    block.add_new(element, vr, written if vr == "OB" else value)
    draft.expect(f"{group:04x}[{creator}]{element:02x}", "", Kind.TEXT_REMOVED, value)
    draft.gone_everywhere(who.patient_id)


def _private_sequence(draft: Draft, who: Patient) -> None:
    item = Dataset()
    put(item, PatientID=who.other_id, InstitutionName=who.institution.name)
    block = draft.dataset.private_block(0x0051, "NIGHTLY SYNC", create=True)
    block.add_new(0x10, "SQ", Sequence([item]))
    draft.gone_everywhere(who.other_id)


def _overlay(draft: Draft, who: Patient) -> None:
    item, word = draft.dataset, draft.random.randbytes(8).hex()
    item.add_new(0x60000010, "US", 8)
    item.add_new(0x60000011, "US", 8)
    item.add_new(0x60000040, "CS", "G")
    item.add_new(0x60000050, "SS", [1, 1])
    item.add_new(0x60000100, "US", 1)
    item.add_new(0x60000102, "US", 0)
    item.add_new(0x60003000, "OW", word[:8].encode())
    item.add_new(0x60004000, "LT", f"{who.person.family} marked")
    draft.expect("60003000", "OverlayData", Kind.TEXT_REMOVED, word[:8])
    draft.expect("60004000", "OverlayComments", Kind.TEXT_REMOVED, who.person.family)


def _curve(draft: Draft, who: Patient) -> None:
    word = draft.random.randbytes(8).hex()
    draft.dataset.add_new(0x50003000, "OW", word.encode())
    draft.dataset.add_new(0x50000022, "LO", who.person.family)
    draft.expect("50003000", "CurveData", Kind.TEXT_REMOVED, word)
    draft.expect("50000022", "CurveDescription", Kind.TEXT_REMOVED, who.person.family)


def _unknown(draft: Draft, who: Patient) -> None:
    tag = draft.random.choice([0x00189ACE, 0x0010FACE, 0x0040FF01])
    draft.dataset.add_new(tag, "LO", f"{who.person.family} {who.patient_id}")
    draft.mark(draft.dataset, tag, Text("", (who.person.family, who.patient_id)))
    draft.gone_everywhere(who.patient_id)


def _wrong_vr(draft: Draft, who: Patient) -> None:
    keyword = draft.random.choice([*WRONG])
    written, value = draft.dataset.get(keyword), plain(who.person.family)[:14]
    if written is not None or not value.isascii():
        put(draft.dataset, ScanOptions=who.patient_id.upper())
        draft.mark(
            draft.dataset, draft.dataset["ScanOptions"].tag, Text("", (who.patient_id.upper(),))
        )
        return
    element = DataElement(_tag(keyword), WRONG[keyword], value, validation_mode=config.IGNORE)
    draft.dataset[element.tag] = element
    draft.mark(draft.dataset, element.tag, Text("", (value,)))


def _free_text(draft: Draft, who: Patient) -> None:
    keyword = draft.random.choice(FREE_TEXT)
    if keyword in draft.dataset:
        return
    text = composed(draft.random, who, "*Standard*", 1, 64, KNOWN)
    draft.say(draft.dataset, keyword, text)


def _deep(draft: Draft, who: Patient) -> None:
    inner, outer = Dataset(), Dataset()
    put(outer, ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.200.1")
    put(outer, ReferencedSOPInstanceUID=uid(draft.random, courses.ROOTS[0]))
    put(inner, CodeValue="113040", CodingSchemeDesignator="DCM", CodeMeaning="Lossy Compression")
    put(outer, PatientID=who.patient_id, PatientBirthDate=f"{who.birth:%Y%m%d}")
    put(outer, AccessionNumber="ACC77120934", PatientTelephoneNumbers=who.phone)
    outer.DerivationCodeSequence = Sequence([inner])
    draft.dataset.ReferencedDefinedProtocolSequence = Sequence([outer])
    draft.gone_everywhere("ACC77120934", who.patient_id)


def _original_attributes(draft: Draft, who: Patient) -> None:
    before, record = Dataset(), Dataset()
    put(before, PatientName=who.person.name, PatientID=who.other_id)
    put(record, AttributeModificationDateTime="20190312101112", ModifyingSystem="PACSADMIN")
    put(
        record,
        SourceOfPreviousValues=who.institution.short,
        ReasonForTheAttributeModification="COERCE",
    )
    record.ModifiedAttributesSequence = Sequence([before])
    draft.dataset.OriginalAttributesSequence = Sequence([record])


def _around(draft: Draft, who: Patient) -> None:
    """Before and after the data set: preamble, file meta information, trailing padding."""
    draft.preamble = f"exported for {who.patient_id}".encode()
    draft.source_ae = f"{who.institution.short}_PACS"[-16:]
    padding = f"{who.other_id}  "
    draft.dataset.add_new(0xFFFCFFFC, "OB", padding[: len(padding) // 2 * 2].encode())
    draft.gone_everywhere(who.patient_id, who.other_id, draft.source_ae)


def _tag(keyword: str) -> int:
    found = tag_for_keyword(keyword)
    assert found is not None
    return int(found)


PLACES: list[Callable[[Draft, Patient], None]] = [
    _private,
    _private,
    _private_sequence,
    _overlay,
    _curve,
    _unknown,
    _wrong_vr,
    _free_text,
    _deep,
    _original_attributes,
    _around,
]
