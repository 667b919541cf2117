"""Headers of every DICOM file that the packages ship."""

import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import data_store
import pydicom

from include.imaging.dicom.header import Header, read_facts

ROOTS = (Path(str(pydicom.__file__)).parent / "data", Path(data_store.__file__).parent)
ATTRIBUTES = {
    "SOPClassUID": "sop_class_uid",
    "SOPInstanceUID": "sop_instance_uid",
    "StudyInstanceUID": "study_instance_uid",
    "SeriesInstanceUID": "series_instance_uid",
    "Modality": "modality",
}
NO_UIDS = {
    *("chrSQEncoding.dcm", "chrSQEncoding1.dcm", "UN_sequence.dcm", "empty_charset_LEI.dcm"),
    *("meta_missing_tsyntax.dcm", "nested_priv_SQ.dcm", "no_meta_group_length.dcm", "priv_SQ.dcm"),
    *("JPEGLSNearLossless_08.dcm", "JPEGLSNearLossless_16.dcm"),
    *("SC_rgb_jls_lossy_line.dcm", "SC_rgb_jls_lossy_sample.dcm"),
    *("fall.dcm", "hotiron.dcm", "hotmetalblue.dcm", "pet.dcm", "pet20step.dcm"),
    *("spring.dcm", "summer.dcm", "winter.dcm"),
}
EXPECTED = {
    "TRUNCATED": {
        "MR_truncated.dcm",
        "rtplan_truncated.dcm",
        "emri_small_jpeg_2k_lossless_too_short.dcm",
        "DICOMDIR-nooffset",  # its last item is longer than what is left
    },
    "NO_FILE_META": {
        "ExplVR_BigEndNoMeta.dcm",
        "ExplVR_LitEndNoMeta.dcm",
        "meta_missing_tsyntax.dcm",
        "rtstruct.dcm",
        "OT-PAL-8-face.dcm",
    },
    "MISSING_UID": NO_UIDS,
    "INVALID_UID": {"bad_sequence.dcm"},  # its UIDs are hex digits of a hash
}


def codes(header: Header) -> list[str]:
    return [found.code for found in header.findings]


def package_files() -> Iterator[Path]:
    for root in ROOTS:
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.suffix not in {".py", ".pyc"}:
                yield path


def test_every_package_file_has_the_findings_that_name_its_cause() -> None:
    found: dict[str, set[str]] = {}
    seen = 0
    for path in package_files():
        header = read_facts(path.read_bytes())
        seen += header.facts is not None
        for code in codes(header):
            found.setdefault(code, set()).add(path.name)
    assert seen > 250
    media = found.pop("MEDIA_DIRECTORY")
    assert all(name.startswith("DICOMDIR") for name in media)
    # no_meta.dcm begins with a stray byte, so that nothing of it can be told
    others = {name for name in found.pop("NOT_DICOM") if name.endswith(".dcm")}
    assert others == {"no_meta.dcm"}
    assert found == EXPECTED


def test_facts_are_what_pydicom_reads() -> None:
    compared = 0
    for path in package_files():
        data = path.read_bytes()
        header = read_facts(data)
        if header.facts is None or not header.dataset_offset or "TRUNCATED" in codes(header):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(io.BytesIO(data), force=True)
            for keyword, name in ATTRIBUTES.items():
                assert getattr(header.facts, name) == str(dataset.get(keyword) or ""), path.name
            syntax = str(dataset.file_meta.get("TransferSyntaxUID") or "")
        assert header.facts.transfer_syntax_uid == syntax
        compared += 1
    assert compared > 240
