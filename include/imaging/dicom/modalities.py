"""The modalities that the standard defines; anything else in their place may be a name."""

from __future__ import annotations

# PS3.3 C.7.3.1.1.1: the defined terms, then the retired ones
MODALITIES = frozenset(
    """
    ANN AR ASMT AU BDUS BI BMD CFM CR CT CTPROTOCOL DG DMS DOC DX ECG EEG EMG EOG EPS ES FID GM
    HC HD IO IOL IVOCT IVUS KER KO LEN LS M3D MG MR NM OAM OCT OP OPM OPT OPTBSV OPTENF OPV OSS
    OT PA PLAN POS PR PT PX REG RESP RF RG RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD RTRECORD RTSEGANN
    RTSTRUCT RWV SEG SM SMR SR SRF STAIN TEXTUREMAP TG US VA XA XAPROTOCOL XC
    AS CD CF CP CS DD DF DM DS EC FA FS LP MA MS OPR ST VF
    """.split()  # noqa: SIM905 - a hundred words read better without their quotes
)


def defined_modality(text: str) -> str:
    """Return a Modality that is a defined term, and '' for any other value."""
    return text if text in MODALITIES else ""
