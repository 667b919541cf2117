"""The demo's source archive is deterministic, honest to its sources, and hostile as promised."""

import io
import tarfile
import zipfile
from pathlib import Path

import pydicom
import pytest

from include.demo.archive import HOSTILE_DAY, LOOSE_DAY, TAR_DAY, ZIP_DAY, build
from include.demo.encodings import ENCODINGS, encodings
from include.demo.hostile import NEIGHBOURS, TRAPS
from include.demo.sources import looks_like_dicom, package_files
from include.demo.variants import derive_uid, give_own_uids
from include.imaging.findings import registry
from include.imaging.model import Outcome

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("demo") / "archive"
    build(root)
    return root


def _contents(root: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.lstat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file()
    }


def _hostile(root: Path) -> Path:
    return root / f"{HOSTILE_DAY:%Y/%m/%d}" / "hostile"


def test_the_packages_ship_what_the_demo_promises() -> None:
    files = package_files()
    assert len(files) >= 255
    assert {file.folder for file in files} >= {"test_files", "charset_files", "pydicom_data"}
    assert not [file.name for file in files if file.name.endswith((".json", ".txt", ".py", ".md"))]


def test_a_second_build_makes_the_same_bytes_and_times(archive: Path, tmp_path: Path) -> None:
    build(tmp_path / "archive")
    assert len(_contents(archive)) > 100
    assert _contents(tmp_path / "archive") == _contents(archive)


def test_a_finished_archive_is_kept(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    build(root)
    before = {path: path.lstat().st_ino for path in root.rglob("*")}
    build(root)
    assert {path: path.lstat().st_ino for path in root.rglob("*")} == before


def test_an_unfinished_archive_is_built_anew(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    root.mkdir()
    (root / "stray.txt").write_text("left by a killed run")
    build(root)
    assert not (root / "stray.txt").exists()


def test_every_day_holds_something(archive: Path) -> None:
    for day in (LOOSE_DAY, ZIP_DAY, TAR_DAY, HOSTILE_DAY):
        assert any((archive / f"{day:%Y/%m/%d}").iterdir())


def test_every_source_file_is_in_the_archive_once(archive: Path) -> None:
    loose = [p for p in archive.rglob("*") if p.is_file() and "hostile" not in p.parts]
    day = archive / f"{TAR_DAY:%Y/%m/%d}"
    members = zipfile.ZipFile(archive / f"{ZIP_DAY:%Y/%m/%d}" / "media.zip").namelist()
    for name in ("pydicom-data.tar.gz", "charsets.tar"):
        with tarfile.open(day / name) as tar:
            members += tar.getnames()
    names = [p.relative_to(archive).as_posix()[len("2026/03/02/") :] for p in loose]
    containers = {"media.zip", "pydicom-data.tar.gz", "charsets.tar"}
    made = [f"encodings/{encoding.name}" for encoding in ENCODINGS]
    found = sorted(members + [name for name in names if name not in containers])
    assert found == sorted(made + [file.name for file in package_files()])


def test_an_encoding_made_anew_shows_the_same_image_under_its_own_uid() -> None:
    sources = {file.name: file.content for file in package_files()}
    made = encodings(sources)
    assert len(made) == len(ENCODINGS) >= 3
    for file, encoding in zip(made, ENCODINGS, strict=True):
        image = pydicom.dcmread(io.BytesIO(file.content))
        source = pydicom.dcmread(io.BytesIO(sources[encoding.source]))
        assert image.file_meta.TransferSyntaxUID == encoding.syntax
        assert image.file_meta.MediaStorageSOPInstanceUID == image.SOPInstanceUID
        assert image.SOPInstanceUID != source.SOPInstanceUID
        assert (image.pixel_array == source.pixel_array).all()


def test_no_two_source_files_share_an_instance() -> None:
    uids = []
    for file in give_own_uids(package_files()):
        dataset = pydicom.dcmread(io.BytesIO(file.content), stop_before_pixels=True, force=True)
        uids.append(str(dataset.get("SOPInstanceUID", "")))
    known = [uid for uid in uids if uid]
    assert len(known) > 200
    assert len(known) == len(set(known))


def test_a_variant_differs_from_its_source_in_uids_alone() -> None:
    originals = {file.name: file.content for file in package_files()}
    changed = 0
    for file in give_own_uids(package_files()):
        original = originals[file.name]
        assert len(file.content) == len(original)
        if file.content != original:
            changed += 1
            differing = sum(a != b for a, b in zip(file.content, original, strict=True))
            assert differing <= 3 * 12
    assert changed > 50


def test_a_variants_file_meta_names_the_variant() -> None:
    originals = {file.name: file.content for file in package_files()}
    variants = [f for f in give_own_uids(package_files()) if f.content != originals[f.name]]
    checked = 0
    for file in variants:
        dataset = pydicom.dcmread(io.BytesIO(file.content), stop_before_pixels=True, force=True)
        before = pydicom.dcmread(
            io.BytesIO(originals[file.name]), stop_before_pixels=True, force=True
        )
        if before.file_meta.get("MediaStorageSOPInstanceUID", "") == before.SOPInstanceUID:
            checked += 1
            assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID
    assert checked > 40


def test_a_derived_uid_is_valid_and_as_long() -> None:
    for uid in ("1.2.333.4444.5.6.7.8", "1.3.6.1.4.1.5962.1.1.4.1.1.20040826185059.5457"):
        derived = derive_uid(uid, "seed")
        assert pydicom.uid.UID(derived).is_valid
        assert len(derived) == len(uid)
        assert derived not in {uid, derive_uid(uid, "other seed")}


def test_the_hostile_table_names_known_outcomes_and_findings() -> None:
    rows = [*NEIGHBOURS, *TRAPS]
    assert len(rows) >= 12
    for row in rows:
        assert Outcome(row.outcome)
        assert not row.code or row.code in registry()


def test_every_hostile_neighbour_lies_in_the_archive(archive: Path) -> None:
    rows = {row.name for row in [*NEIGHBOURS, *TRAPS]}
    assert {entry.name for entry in _hostile(archive).iterdir()} == rows


def test_the_planted_pair_shares_its_uid_and_not_its_pixels(archive: Path) -> None:
    first, second = (pydicom.dcmread(_hostile(archive) / f"pair-{x}.dcm") for x in "ab")
    assert first.SOPInstanceUID == second.SOPInstanceUID
    assert first.PixelData != second.PixelData


def test_the_twins_are_equal(archive: Path) -> None:
    folder = _hostile(archive)
    assert (folder / "twice-a.dcm").read_bytes() == (folder / "twice-b.dcm").read_bytes()


def test_the_file_without_preamble_is_readable(archive: Path) -> None:
    path = _hostile(archive) / "no-preamble.dcm"
    assert looks_like_dicom(path.read_bytes())
    assert pydicom.dcmread(path, force=True).Modality == "CT"


def test_the_traps_are_what_they_say(archive: Path) -> None:
    folder = _hostile(archive)
    assert (folder / "link.dcm").readlink() == Path("twice-a.dcm")
    assert zipfile.ZipFile(folder / "climbing.zip").namelist() == ["../../escape.dcm"]
    assert zipfile.ZipFile(folder / "locked.zip").infolist()[0].flag_bits & 1
    bomb = zipfile.ZipFile(folder / "bomb.zip").infolist()[0]
    assert bomb.file_size > 500 * bomb.compress_size
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(folder / "damaged.zip")
