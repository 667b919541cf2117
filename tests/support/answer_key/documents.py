"""Structured reports and encapsulated PDF files full of identity."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.support.answer_key import clinical
from tests.support.answer_key.checks import Kind
from tests.support.answer_key.courses import Series, Study, uid
from tests.support.answer_key.draft import Draft
from tests.support.answer_key.modules import named, put
from tests.support.answer_key.people import Patient, plain
from tests.support.answer_key.radiotherapy import reference
from tests.support.answer_key.texts import composed

REPORT = "1.2.840.10008.5.1.4.1.1.88.11"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"
LONGEST = 4096


def report(draft: Draft, who: Patient, of: Series, at: Study, images: list[str]) -> None:
    """Basic Text SR (PS3.3 A.35.1): texts, names, dates and UIDs in a tree of content."""
    item = draft.dataset
    put(item, ContentDate=f"{of.start:%Y%m%d}", ContentTime=f"{of.start:%H%M%S}")
    put(item, CompletionFlag="COMPLETE", VerificationFlag="VERIFIED", ValueType="CONTAINER")
    put(item, ContinuityOfContent="SEPARATE", ReferencedPerformedProcedureStepSequence=Sequence())
    put(item, PerformedProcedureCodeSequence=Sequence(), ConceptNameCodeSequence=_code("Report"))
    item.VerifyingObserverSequence = Sequence([_observer(draft, who, of)])
    item.ContentSequence = Sequence(
        [
            _person(draft, who),
            _moment(of),
            _uid(draft, at),
            _section(draft, who, "History", clinical.SENTENCES),
            _section(draft, who, "Findings", clinical.FINDINGS),
            _section(draft, who, "Impression", clinical.IMPRESSIONS),
            _picture(images[0]),
        ]
    )
    evidence, series = Dataset(), Dataset()
    put(series, SeriesInstanceUID=of.uid)
    series.ReferencedSOPSequence = Sequence([reference("1.2.840.10008.5.1.4.1.1.2", images[0])])
    put(evidence, StudyInstanceUID=at.uid, ReferencedSeriesSequence=Sequence([series]))
    item.CurrentRequestedProcedureEvidenceSequence = Sequence([evidence])


def pdf(draft: Draft, who: Patient, of: Series, at: Study, images: list[str]) -> None:
    """Encapsulated PDF (PS3.3 A.45.1): holding it, or leaving nothing of it, are both answers."""
    item = draft.dataset
    draft.may_be_held = True
    pieces = [who.patient_id, who.phone]
    if plain(who.person.family).isascii():
        pieces.append(plain(who.person.family))
    put(item, MIMETypeOfEncapsulatedDocument="application/pdf", BurnedInAnnotation="YES")
    put(item, ContentDate=f"{of.start:%Y%m%d}", ContentTime=f"{of.start:%H%M%S}")
    put(item, AcquisitionDateTime=f"{of.start:%Y%m%d%H%M%S}", ConversionType="WSD")
    put(item, DocumentTitle="", ConceptNameCodeSequence=_code("Report"))
    draft.say(item, "DocumentTitle", composed(draft.random, who, "*Report*", 1, 1024))
    item.EncapsulatedDocument = _page(pieces)
    item["EncapsulatedDocument"].VR = "OB"
    for piece in pieces:
        draft.expect("EncapsulatedDocument", "EncapsulatedDocument", Kind.TEXT_REMOVED, piece)


def _page(lines: list[str]) -> bytes:
    shown = " ".join(f"({line.replace('(', '[').replace(')', ']')}) Tj" for line in lines)
    stream = f"BT /F1 12 Tf {shown} ET"
    text = f"%PDF-1.4\n1 0 obj<</Length {len(stream)}>>stream\n{stream}\nendstream endobj\n%%EOF\n"
    made = text.encode("latin-1")
    return made + b" " * (len(made) % 2)


def _code(meaning: str) -> Sequence:
    item = Dataset()
    put(item, CodeValue=f"1{len(meaning)}2-1", CodingSchemeDesignator="LN", CodeMeaning=meaning)
    return Sequence([item])


def _content(kind: str, meaning: str, relation: str = "CONTAINS") -> Dataset:
    item = Dataset()
    put(item, RelationshipType=relation, ValueType=kind, ConceptNameCodeSequence=_code(meaning))
    return item


def _observer(draft: Draft, who: Patient, of: Series) -> Dataset:
    item = Dataset()
    named(draft, item, "VerifyingObserverName", who.staff[1])
    put(item, VerifyingOrganization=who.institution.name)
    put(item, VerificationDateTime=f"{of.start:%Y%m%d%H%M%S}")
    put(item, VerifyingObserverIdentificationCodeSequence=Sequence())
    return item


def _person(draft: Draft, who: Patient) -> Dataset:
    item = _content("PNAME", "Person Observer Name", "HAS OBS CONTEXT")
    named(draft, item, "PersonName", who.staff[1])
    return item


def _moment(of: Series) -> Dataset:
    item = _content("DATETIME", "Procedure DateTime", "HAS OBS CONTEXT")
    put(item, DateTime=f"{of.start:%Y%m%d%H%M%S}")
    return item


def _uid(draft: Draft, at: Study) -> Dataset:
    item = _content("UIDREF", "Procedure Study Instance UID", "HAS OBS CONTEXT")
    put(item, UID=at.uid)
    draft.gone_everywhere(at.uid, uid(draft.random, at.root))
    return item


def _section(draft: Draft, who: Patient, meaning: str, sentences: list[str]) -> Dataset:
    item, random = _content("CONTAINER", meaning), draft.random
    put(item, ContinuityOfContent="SEPARATE")
    inner = []
    for _ in range(random.randint(1, 3)):
        text = _content("TEXT", meaning)
        said = composed(random, who, random.choice(sentences), random.randint(0, 3), LONGEST)
        draft.say(text, "TextValue", said)
        inner.append(text)
    item.ContentSequence = Sequence(inner)
    return item


def _picture(image: str) -> Dataset:
    item = Dataset()
    put(item, RelationshipType="CONTAINS", ValueType="IMAGE")
    item.ReferencedSOPSequence = Sequence([reference("1.2.840.10008.5.1.4.1.1.2", image)])
    return item
