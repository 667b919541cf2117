"""Presentation states lose the texts that name somebody, and keep what is drawn."""

from __future__ import annotations

from functools import cache

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import shipped_policies
from include.imaging.deid.results import Deidentified, Held
from include.imaging.validation.conformance import faults
from tests.support.content_items import FINDING
from tests.support.deidentification import deidentifier
from tests.support.dicom import ROOT, ct, decode, encode, put
from tests.support.drawn import WHOSE, annotation, presentation

HELD = [policy for policy in shipped_policies() if policy != "research"]


@cache
def engine() -> Deidentifier:
    return deidentifier(policy="research")


def made_of(state: Dataset) -> Deidentified:
    made = engine().deidentify(encode(state))
    assert isinstance(made, Deidentified), made
    return made


def texts(annotated: Dataset) -> list[str]:
    return [each.UnformattedTextValue for each in annotated.get("TextObjectSequence") or ()]


def test_texts_lose_identity_and_go_where_nothing_is_left() -> None:
    state = presentation(
        annotation("ONE", [f"{FINDING} {WHOSE}", WHOSE]),
        annotation("TWO", [WHOSE]),
        annotation("THREE", ["Quillfeather"], is_circled=True),
    )
    made = made_of(state)
    first, second = decode(made.data).GraphicAnnotationSequence
    assert texts(first) == [FINDING]
    assert "TextObjectSequence" not in second
    assert second.GraphicObjectSequence == state.GraphicAnnotationSequence[2].GraphicObjectSequence
    for value in (b"Quillfeather", b"Ophelia", b"Drumgoole"):
        assert value not in made.data


@pytest.mark.parametrize(
    "annotations",
    [
        [annotation("ONE", [FINDING])],
        [annotation("ONE", [WHOSE])],
        [annotation("ONE", [WHOSE], is_circled=True), annotation("TWO", [WHOSE, FINDING])],
    ],
)
def test_a_presentation_state_is_as_conformant_as_before(annotations: list[Dataset]) -> None:
    state = presentation(*annotations)
    original = encode(state)
    assert faults(original) == frozenset()
    assert faults(made_of(state).data) == frozenset()


def test_a_state_whose_texts_all_go_has_no_annotations_left() -> None:
    after = decode(made_of(presentation(annotation("ONE", [WHOSE]))).data)
    assert "GraphicAnnotationSequence" not in after
    assert after.DisplayedAreaSelectionSequence[0].DisplayedAreaTopLeftHandCorner == [1, 1]


def test_layers_lose_their_names_and_still_belong_together() -> None:
    state = presentation(
        annotation("SMITH", [FINDING]),
        annotation("JONES", [FINDING]),
        annotation("SMITH", ["lung"]),
    )
    made = made_of(state)
    after = decode(made.data)
    used = [each.GraphicLayer for each in after.GraphicAnnotationSequence]
    assert used == [used[0], used[1], used[0]]
    assert used[0] != used[1]
    assert {each.GraphicLayer for each in after.GraphicLayerSequence} == set(used)
    assert b"SMITH" not in made.data


def test_overlays_and_curves_go_and_a_shutter_that_is_one_is_held() -> None:
    state = presentation(annotation("ONE", [FINDING]))
    state.add_new(0x60001001, "CS", "ONE")
    state.add_new(0x60003000, "OW", b"BITS")
    state.add_new(0x50003000, "OW", b"CURV")
    after = decode(made_of(state).data)
    assert not [tag for tag in after.keys() if tag.group >> 8 in (0x50, 0x60)]  # noqa: SIM118
    put(state, ShutterShape="BITMAP", ShutterOverlayGroup=0x6000)
    held = engine().deidentify(encode(state))
    assert isinstance(held, Held)
    assert [found.code for found in held.findings] == ["DRAWN_ANNOTATIONS"]


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_every_transfer_syntax_gives_the_same_state(syntax: str) -> None:
    state = presentation(annotation("ONE", [FINDING, WHOSE]), annotation("TWO", [WHOSE]))
    other = engine().deidentify(encode(state, syntax))
    assert isinstance(other, Deidentified)
    assert decode(other.data) == decode(made_of(state).data)


def test_references_follow_the_images() -> None:
    after = decode(made_of(presentation(annotation("ONE", [FINDING]))).data)
    image = engine().deidentify(encode(ct(1)))
    assert isinstance(image, Deidentified)
    shown = after.ReferencedSeriesSequence[0]
    assert shown.SeriesInstanceUID == image.series_instance_uid == engine().uid(f"{ROOT}.2.1")
    drawn_on = after.GraphicAnnotationSequence[0].ReferencedImageSequence[0]
    for reference in (shown.ReferencedImageSequence[0], drawn_on):
        assert reference.ReferencedSOPInstanceUID == image.sop_instance_uid


@pytest.mark.parametrize("policy", HELD)
def test_without_the_option_it_is_held(policy: str) -> None:
    made = deidentifier(policy=policy).deidentify(encode(presentation(annotation("A", ["lung"]))))
    assert isinstance(made, Held)
    assert [found.code for found in made.findings] == ["DRAWN_ANNOTATIONS"]


def test_ticks_of_a_drawn_ruler_lose_identity() -> None:
    ruler = put(Dataset(), CompoundGraphicInstanceID=1, CompoundGraphicType="RULER")
    ruler.MajorTicksSequence = Sequence([put(Dataset(), TickPosition=0.5, TickLabel="Ophelia")])
    drawn = annotation("ONE", [])
    drawn.CompoundGraphicSequence = Sequence([ruler])
    after = decode(made_of(presentation(drawn)).data)
    ticks = after.GraphicAnnotationSequence[0].CompoundGraphicSequence[0].MajorTicksSequence
    assert ticks[0].TickLabel == "ANONYMIZED"
    assert ticks[0].TickPosition == 0.5
