"""What a de-identified object says of itself: method, codes, dates, file meta (PS3.15 E.1.1)."""

from __future__ import annotations

import struct

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from include.imaging.deid.options import BASIC_PROFILE, CODES, TEMPORAL, Code
from include.imaging.deid.policy import Policy
from include.imaging.deid.table import EDITION
from include.imaging.dicom.envelope import MARK, PREAMBLE_LENGTH
from include.imaging.dicom.forms import EXPLICIT, IMPLICIT, Form

# Made once for this project (PS3.5 B.2); names the implementation, PS3.7 D.3.3.2.
IMPLEMENTATION_CLASS_UID = UID("2.25.104859237610293847561029384756102938475")
IMPLEMENTATION_VERSION = "IMAGING_DEID_1"
METHOD = f"{EDITION} {BASIC_PROFILE.meaning}"
REMOVED, UNMODIFIED = "REMOVED", "UNMODIFIED"
TEMPORAL_TAG = 0x00280303


class Marks:
    """The marks of one policy, for data sets and encoded, by form and tag."""

    def __init__(self, policy: Policy) -> None:
        options = [option for option in CODES if policy.has(option)]
        self._methods = [METHOD, *(CODES[option].meaning for option in options)]
        self._codes = [BASIC_PROFILE, *(CODES[option] for option in options)]
        self._temporal = next((TEMPORAL[o] for o in options if o in TEMPORAL), REMOVED)
        # what an earlier tool said of dates is still true where they stay as they are
        self.kept = frozenset({TEMPORAL_TAG} if self._temporal == UNMODIFIED else ())
        marked = Dataset()
        self.put(marked)
        self.encoded = {
            form.name: {int(each.tag): _encoded(each.tag, marked, form) for each in marked}
            for form in (EXPLICIT, IMPLICIT)
        }

    def put(self, dataset: Dataset) -> None:
        """Say in a data set how it was de-identified; replaces what an earlier tool said."""
        dataset.PatientIdentityRemoved = "YES"
        dataset.DeidentificationMethod = self._methods
        dataset.DeidentificationMethodCodeSequence = Sequence(map(_item, self._codes))
        if not (self._temporal == UNMODIFIED and _says_modified(dataset)):
            dataset.LongitudinalTemporalInformationModified = self._temporal


def _says_modified(dataset: Dataset) -> bool:
    earlier = str(dataset.get("LongitudinalTemporalInformationModified") or "").strip()
    return earlier in ("MODIFIED", REMOVED)


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


def encoded_file_meta(sop_class: bytes, sop_instance: bytes, transfer_syntax: bytes) -> bytes:
    """Return preamble, mark and the same file meta group as bytes; UIDs without their padding."""
    group = b"".join(
        (
            b"\x02\x00\x01\x00OB\x00\x00\x02\x00\x00\x00\x00\x01",
            _uid(0x02, sop_class),
            _uid(0x03, sop_instance),
            _uid(0x10, transfer_syntax),
            _IMPLEMENTATION,
        )
    )
    length = struct.pack("<HH2sHL", 2, 0, b"UL", 4, len(group))
    return b"".join((_ENVELOPE, length, group))


def _uid(element: int, uid: bytes) -> bytes:
    value = uid + b"\0" * (len(uid) % 2)
    return struct.pack("<HH2sH", 2, element, b"UI", len(value)) + value


def _item(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, "DCM", code.meaning
    return item


def _encoded(tag: int, dataset: Dataset, form: Form) -> bytes:
    alone = Dataset()
    alone[tag] = dataset[tag]
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, form is IMPLICIT
    write_dataset(buffer, alone)
    return buffer.getvalue()


_ENVELOPE = bytes(PREAMBLE_LENGTH) + MARK
_IMPLEMENTATION = _uid(0x12, IMPLEMENTATION_CLASS_UID.encode()) + (
    struct.pack("<HH2sH", 2, 0x13, b"SH", len(IMPLEMENTATION_VERSION))
    + IMPLEMENTATION_VERSION.encode()
)
