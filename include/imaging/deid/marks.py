"""What a de-identified object says of itself: method, codes, dates, file meta (PS3.15 E.1.1)."""

from __future__ import annotations

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

# Made once for this project (PS3.5 B.2); names the implementation, PS3.7 D.3.3.2.
IMPLEMENTATION_CLASS_UID = UID("2.25.104859237610293847561029384756102938475")
IMPLEMENTATION_VERSION = "IMAGING_DEID_1"
METHOD = "PS3.15 2026d Basic Application Confidentiality Profile"
# CID 7050
BASIC_PROFILE = ("113100", "DCM", "Basic Application Confidentiality Profile")


def mark(dataset: Dataset) -> None:
    """Say in the data set how it was de-identified; replaces what an earlier tool said."""
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = METHOD
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = BASIC_PROFILE
    dataset.DeidentificationMethodCodeSequence = Sequence([code])
    dataset.LongitudinalTemporalInformationModified = "REMOVED"


def file_meta(dataset: Dataset, transfer_syntax_uid: str) -> FileMetaDataset:
    """Return a fresh file meta group (PS3.10 7.1) without AE titles or private information."""
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION
    return meta
