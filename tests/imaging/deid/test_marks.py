"""What an output says of how it was made is what PS3.15 E.1.1 wants, and true."""

from __future__ import annotations

import pytest

from include.imaging.deid.policy import load_policy, shipped_policies
from include.imaging.deid.results import Deidentified
from tests.support.deidentification import deidentifier
from tests.support.dicom import ct, decode, encode

TEMPORAL = {
    "basic": "REMOVED",
    "minimal-metadata": "REMOVED",
    "research": "MODIFIED",
    "limited-data-set": "UNMODIFIED",
}


def made(policy: str, **attributes: object) -> object:
    done = deidentifier(policy=policy).deidentify(encode(ct(**attributes)))
    assert isinstance(done, Deidentified), done
    return decode(done.data)


@pytest.mark.parametrize("policy", shipped_policies())
def test_an_output_names_the_profile_and_every_option_with_its_code(policy: str) -> None:
    output = made(policy)
    codes = [item.CodeValue for item in output.DeidentificationMethodCodeSequence]
    assert codes[0] == "113100"
    assert len(codes) == len(set(codes)) == 1 + len(load_policy(policy).options)
    assert {item.CodingSchemeDesignator for item in output.DeidentificationMethodCodeSequence} == {
        "DCM"
    }
    assert all(len(text) <= 64 for text in output.DeidentificationMethod)
    assert output.PatientIdentityRemoved == "YES"
    assert output.LongitudinalTemporalInformationModified == TEMPORAL[policy]


@pytest.mark.parametrize("policy", shipped_policies())
def test_dates_that_were_modified_before_are_never_called_unmodified(policy: str) -> None:
    output = made(policy, LongitudinalTemporalInformationModified="MODIFIED")
    kept = TEMPORAL[policy] == "UNMODIFIED"
    wanted = "MODIFIED" if kept else TEMPORAL[policy]
    assert output.LongitudinalTemporalInformationModified == wanted
