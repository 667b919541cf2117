"""A small source archive of real files: three series, a loose image each of two, and trouble."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pydicom.data

from include.demo.variants import with_own_uids

IMAGES = ("CT_small.dcm", "MR_small.dcm", "liver_1frame.dcm")


def build_small_archive(root: Path, copies: int = 4) -> int:
    """Write the archive below `root`; returns the number of its items.

    Each image comes `copies` times, as series of their own; some lie in a zip. Beside them
    one file that is not DICOM (a poisoned item) and one equal pair.
    """
    root.mkdir(parents=True)
    count = 0
    for name in IMAGES:
        image = Path(str(pydicom.data.get_testdata_file(name))).read_bytes()
        for number in range(copies):
            (root / f"{number}-{name}").write_bytes(with_own_uids(image, f"{number}-{name}"))
            count += 1
    with zipfile.ZipFile(root / "more.zip", "w") as container:
        for name in IMAGES:
            image = Path(str(pydicom.data.get_testdata_file(name))).read_bytes()
            container.writestr(f"more/{name}", with_own_uids(image, f"zip-{name}"))
            count += 1
    (root / "poison.dcm").write_bytes(b"not DICOM at all" * 100)
    (root / "again.dcm").write_bytes((root / f"0-{IMAGES[0]}").read_bytes())
    return count + 2
