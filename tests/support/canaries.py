"""Plants one patient's identity wherever an archive can hold it, and finds it anywhere."""

from __future__ import annotations

import gzip
import io
import secrets
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.support.containers import tar_of, zip_of
from tests.support.dicom import ct, encode, put

LOWEST, HIGHEST = 10**13, 10**14


@dataclass(frozen=True)
class Canary:
    """A word and a number that occur nowhere by chance."""

    word: str
    digits: str

    @classmethod
    def new(cls) -> Canary:
        """A canary of its own for each call."""
        number = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        return cls(f"CANARY{secrets.token_hex(3).upper()}", str(number))

    def sings(self, data: bytes) -> bool:
        """Whether word or number occur in the bytes, packed by gzip or not, in any case."""
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        found = data.lower()
        return self.word.lower().encode() in found or self.digits.encode() in found

    def plant(self, root: Path) -> None:
        """Fill `root`: loose files and containers, sound and broken, all full of the canary."""
        folder = root / f"{self.word}^DOE" / self.digits
        folder.mkdir(parents=True)
        for name, content in self._files():
            (folder / f"{name}-{self.word}.dcm").write_bytes(content)
        (folder / f"link-{self.word}").symlink_to(f"/{self.word}/{self.digits}")
        (folder / f"{self.word}.zip").write_bytes(self._zip())
        (folder / f"cut-{self.word}.zip").write_bytes(self._zip()[:-30])
        members = [(f"{self.word}/{n}.dcm", self.image(n)) for n in (31, 32)]
        (folder / f"{self.word}.tar").write_bytes(tar_of(members, tarfile.GNU_FORMAT))
        packed = gzip.compress(tar_of([(f"{self.word}/33.dcm", self.image(33))]))
        (folder / f"cut-{self.word}.tar.gz").write_bytes(packed[: len(packed) // 2])

    def image(self, number: int, **attributes: object) -> bytes:
        """A sound image with the canary in every place that de-identification must clear."""
        made = ct(number, PatientName=f"{self.word}^Yellow", PatientID=self.word)
        put(made, OtherPatientIDs=self.digits, PatientComments=f"is {self.word}")
        uid = f"1.2.826.0.1.{self.digits}"
        made.StudyInstanceUID, made.SeriesInstanceUID = f"{uid}.1", f"{uid}.2.{number}"
        made.SOPInstanceUID, made.FrameOfReferenceUID = f"{uid}.3.{number}", f"{uid}.4"
        block = made.private_block(0x0029, self.word, create=True)
        block.add_new(1, "LO", self.word)
        request = Dataset()
        request.RequestedProcedureDescription = f"see {self.word}"
        request.RequestedProcedureID = self.digits
        made.RequestAttributesSequence = Sequence([request])
        return encode(put(made, **attributes), preamble=self.word.encode())

    def _files(self) -> list[tuple[str, bytes]]:
        word = self.word.encode()
        whole = self.image(3)
        return [
            ("sound", self.image(1)),
            ("sound too", self.image(2)),
            ("trailing", whole + word),
            ("text", b"no DICOM of " + word * 20),
            ("cut in the value", self.image(4)[: self.image(4).index(word, 200) + 4]),
            ("cut in the pixels", self.image(5)[:-100]),
            ("not a date", self.image(6, StudyDate="20200101").replace(b"20200101", word[:8])),
            ("not a number", self.image(7, TableHeight="100.25").replace(b"100.25", word[:6])),
            ("burned in", self.image(8, BurnedInAnnotation="YES")),
            ("unknown characters", self.image(9, SpecificCharacterSet=self.word)),
            ("not a UID", self.image(10, SOPInstanceUID=self.word)),
            ("in a kept value", self.image(11, ManufacturerModelName=self.word)),
            ("no syntax", self.image(12).replace(b"1.2.840.10008.1.2.1\0", word.ljust(20, b"."))),
            ("in a code", self.image(13, Modality=self.word)),
            ("in the class's place", self.image(14, SOPClassUID=self.word)),
            ("a class of its own", self.image(15, SOPClassUID=f"1.2.826.0.1.{self.digits}")),
        ]

    def _zip(self) -> bytes:
        """A zip of three members; one is stored, and damaged behind its checksum's back."""
        made = zip_of(
            [(f"{self.word}/{n}.dcm", self.image(n)) for n in (21, 22)], zipfile.ZIP_STORED
        )
        broken = bytearray(made)
        broken[made.index(self.word.encode() + b"^Yellow") + len(self.word) + 1] ^= 1
        with io.BytesIO(bytes(broken)) as file:
            with zipfile.ZipFile(file, "a") as container:
                container.writestr(f"{self.word}.txt", f"a note on {self.word}")
            return file.getvalue()
