"""The subject list: patients whose pseudonyms a study gave beforehand."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnClause, Connection, column, select, table

from include.imaging.errors import CustomerError
from include.imaging.keyring import Keyring, Purpose

HEADER = ("patient_id", "pseudonym")
# An LO (PS3.5 6.2) in any character set; it becomes PatientName too, where ^ and = divide.
_PSEUDONYM = re.compile(r"[ -<>-\[\]_-~]{1,64}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\\]")
SHORTEST_TOLD = 4
"""A shorter PatientID stands in a pseudonym by chance."""

Missing = Literal["hold", "keyed"]


class SubjectRule(BaseModel):
    """A policy's `subjects`: what becomes of a patient that the list lacks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    missing: Missing = "hold"


class SubjectList:
    """Pseudonyms by PatientID; safe among threads. It holds identity, so it is never logged.

    A million patients take about 250 MB and 4 s.
    """

    def __init__(self, rows: Iterable[tuple[int, str, str]], unit: str = "row") -> None:
        self._by_patient, self._given = _checked(rows, unit)
        content = hashlib.sha256()
        for patient in sorted(self._by_patient):
            for text in (patient, self._by_patient[patient]):
                raw = text.encode("utf-8", "surrogatepass")
                content.update(len(raw).to_bytes(8, "big") + raw)
        self._content = content.hexdigest()

    @classmethod
    def from_csv(cls, path: Path) -> SubjectList:
        """Return the list of a UTF-8 CSV file with the header `patient_id,pseudonym`.

        Raises CustomerError that names the line of the first bad row, and none of its values.
        """
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                return cls(_rows_of(file), "line")
        except (OSError, UnicodeDecodeError) as error:
            raise CustomerError(
                "SUBJECTS_UNREADABLE",
                f"the subject list cannot be read as UTF-8 ({type(error).__name__})",
            ) from None

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, str]]) -> SubjectList:
        """Return the list of (PatientID, pseudonym) pairs; CustomerError names a row's number."""
        return cls((number, *row) for number, row in enumerate(rows, 1))

    @classmethod
    def from_table(
        cls, connection: Connection, name: str, schema: str | None = None
    ) -> SubjectList:
        """Return the list of a table's columns `patient_id` and `pseudonym`, in the id's order.

        A NULL is an empty value, so refused.
        """
        columns: list[ColumnClause[str]] = [column(name) for name in HEADER]
        query = (
            select(*columns).select_from(table(name, *columns, schema=schema)).order_by(columns[0])
        )
        found = connection.execution_options(yield_per=10_000).execute(query)
        return cls.from_rows((_as_text(row[0]), _as_text(row[1])) for row in found)

    def pseudonym(self, patient_id: str) -> str | None:
        """Return what the list gives a PatientID (without blanks around it), or None."""
        return self._by_patient.get(patient_id)

    def gives(self, pseudonym: str) -> bool:
        """Return whether a pseudonym is a patient's of the list."""
        return pseudonym in self._given

    def digest(self, keyring: Keyring) -> str:
        """Return 64 hex digits for a fingerprint: the content under the key, whatever its order.

        Keyed, so that nobody can try identifiers against it.
        """
        return keyring.digest(Purpose.PATIENT, "", "subject list", self._content).hex()

    def __len__(self) -> int:
        return len(self._by_patient)

    def __repr__(self) -> str:
        return f"SubjectList({len(self)} patients)"


@dataclass(frozen=True, slots=True)
class Subjects:
    """A list, and what becomes of a patient that it lacks: held back, or a keyed pseudonym."""

    listed: SubjectList
    missing: Missing = "hold"


def _rows_of(lines: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    reader = csv.reader(lines, strict=True)
    try:
        header = tuple(name.strip() for name in next(reader, ()))
        if sorted(header) != sorted(HEADER):
            raise _refused("line", 1, f"the header must be {','.join(HEADER)}")
        patient, pseudonym = (header.index(name) for name in HEADER)
        for row in filter(None, reader):
            if len(row) != len(HEADER):
                raise _refused("line", reader.line_num, "it must have two fields")
            yield reader.line_num, row[patient], row[pseudonym]
    except csv.Error:
        raise _refused("line", reader.line_num, "its quotes or its length are no CSV's") from None


def _checked(rows: Iterable[tuple[int, str, str]], unit: str) -> tuple[dict[str, str], set[str]]:
    found: dict[str, str] = {}
    given: set[str] = set()
    for number, *texts in rows:
        patient, pseudonym = (str(text).strip(" ") for text in texts)
        fault = _fault(patient, pseudonym)
        if patient in found:
            fault = "its patient_id is in the list already"
        elif pseudonym in given:
            fault = "its pseudonym is another patient's already"
        elif pseudonym in found or patient in given:
            fault = "a patient_id of the list is given to somebody as a pseudonym"
        if fault:
            raise _refused(unit, number, fault)
        found[patient] = pseudonym
        given.add(pseudonym)
    if not found:
        raise CustomerError("SUBJECTS_EMPTY", "the subject list holds no patient")
    return found, given


def _fault(patient: str, pseudonym: str) -> str:
    if not patient or _UNPRINTABLE.search(patient):
        return "its patient_id is empty, or holds a backslash or a control character"
    if not _PSEUDONYM.fullmatch(pseudonym):
        return "its pseudonym must be 1 to 64 characters of ASCII, without \\ ^ ="
    if patient == pseudonym:
        return "its pseudonym is its patient_id"
    if len(patient) >= SHORTEST_TOLD and patient.casefold() in pseudonym.casefold():
        return "its pseudonym holds the patient_id"
    return ""


def _as_text(value: object) -> str:
    return "" if value is None else str(value)


def _refused(unit: str, number: int, fault: str) -> CustomerError:
    return CustomerError("SUBJECTS_INVALID", f"the subject list, {unit} {number}: {fault}")
