"""Waveforms keep their samples; annotations are cleaned, or go where no option cleans them."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.deid.results import Deidentified
from include.imaging.validation.conformance import faults
from tests.support.content_items import FINDING, code
from tests.support.deidentification import deidentifier
from tests.support.dicom import decode, encode
from tests.support.drawn import LEAD_CODES, WHOSE, ecg, waveform_annotation

CLEANING, REMOVING = ["limited-data-set", "research"], ["basic", "minimal-metadata"]


def annotated() -> Dataset:
    duration = waveform_annotation(
        ConceptNameCodeSequence=Sequence([code("122239", "P duration")]),
        NumericValue="120",
        MeasurementUnitsCodeSequence=Sequence([code("ms", "ms", "UCUM")]),
    )
    texts = [f"{FINDING} {WHOSE}", WHOSE]
    return ecg(duration, *(waveform_annotation(UnformattedTextValue=text) for text in texts))


def made_by(policy: str, original: bytes) -> Dataset:
    made = deidentifier(policy=policy).deidentify(original)
    assert isinstance(made, Deidentified), made
    for value in (b"Quillfeather", b"Ophelia", b"Drumgoole", b"19410203"):
        assert value in original
        assert value not in made.data
    assert faults(original) == faults(made.data) == frozenset()
    return decode(made.data)


@pytest.mark.parametrize("policy", [*CLEANING, *REMOVING])
def test_samples_and_channels_stay(policy: str) -> None:
    before, after = annotated(), made_by(policy, encode(annotated()))
    old, new = before.WaveformSequence[0], after.WaveformSequence[0]
    assert new.WaveformData == old.WaveformData
    assert new.SamplingFrequency == 500
    leads = [each.ChannelSourceSequence[0].CodeValue for each in new.ChannelDefinitionSequence]
    assert leads == list(LEAD_CODES)


@pytest.mark.parametrize("policy", CLEANING)
def test_annotations_are_cleaned_and_measurements_stay(policy: str) -> None:
    measured, told = made_by(policy, encode(annotated())).WaveformAnnotationSequence
    assert measured == annotated().WaveformAnnotationSequence[0]
    assert told.UnformattedTextValue == FINDING


@pytest.mark.parametrize("policy", REMOVING)
def test_without_the_option_annotations_go(policy: str) -> None:
    assert "WaveformAnnotationSequence" not in made_by(policy, encode(annotated()))


def test_annotations_that_all_name_somebody_leave_none() -> None:
    only = ecg(waveform_annotation(UnformattedTextValue=WHOSE))
    assert "WaveformAnnotationSequence" not in made_by("research", encode(only))
