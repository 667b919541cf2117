"""Conformance by dciodvfy: what an object breaks of its IOD, with every value dropped."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import IO

from pydicom.datadict import tag_for_keyword

from include.imaging.dicom.plain_copy import plain_copy
from include.imaging.errors import CustomerError, TransientError

TIMEOUT_SECONDS = 60
_FAULT = re.compile(r"Error - <(/[^>]*)> - (.*)|Error - (.*)")
_INDEX = re.compile(r"\[\d+\]|\([0-9a-fA-F]{4},[^)]*\)")
_VALUE = re.compile(r"[<=\"'(\[].*")
# Beginnings of dciodvfy's messages that may be shown: each is the tool's own words alone.
_SHOWABLE = (
    "Missing attribute",
    "Empty attribute",
    "Attribute present when condition unsatisfied",
    "Bad attribute Value Multiplicity",
    "Bad Sequence number of Items",
    "Unrecognized enumerated value",
    "Value invalid for this VR",
    "May not be present",
    "Bad Value Multiplicity",
    "Sequence",
)


class Fault(tuple[str, str]):
    """A broken rule as (path of keywords, rule), without item numbers and values."""

    __slots__ = ()

    @property
    def text(self) -> str:
        """The fault in words that cannot hold a value: known keywords, the tool's own phrases."""
        words = [word for word in self[0].strip("/").split("/") if tag_for_keyword(word)]
        rule = next((phrase for phrase in _SHOWABLE if self[1].startswith(phrase)), "another rule")
        return f"{'/'.join(words) or 'object'}: {rule}"


def faults(data: bytes) -> frozenset[Fault] | None:
    """Return the errors that dciodvfy reports on a file, or None when it did not end properly.

    The bytes go to its standard input through a nameless file that only this user can open;
    it cannot inflate, so a deflated file goes as its plain copy.
    """
    with _nameless(plain_copy(data)) as file:
        try:
            done = subprocess.run(  # noqa: S603 - the program is the installed package's own
                [_program(), "-new"],
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
        except OSError as error:
            raise TransientError(
                "DCIODVFY_NOT_STARTED", f"dciodvfy could not be started ({type(error).__name__})"
            ) from None
    if done.returncode not in (0, 1):
        return None
    lines = done.stdout.decode("ascii", "replace").splitlines()
    return frozenset(fault for line in lines if (fault := _fault(line)) is not None)


def _fault(line: str) -> Fault | None:
    match = _FAULT.match(line)
    if match is None:
        return None
    path, rule = (match[1] or "", match[2]) if match[1] else ("", match[3])
    module = re.search(r"Module=<\w+>", rule)
    words = _VALUE.sub("", rule).strip() + (module[0] if module else "")
    return Fault((_INDEX.sub("", path), re.sub(r"\d+", "#", words)))


def _nameless(data: bytes) -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        file: IO[bytes] = os.fdopen(os.memfd_create("object"), "w+b")
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(data)
    file.seek(0)
    return file


@cache
def _program() -> str:
    # The launcher on PATH is a Python script ten times slower than the program it starts.
    try:
        listed = distribution("dicom3tools").files or []
    except PackageNotFoundError:
        listed = []
    for entry in listed:
        if entry.parts[-3:-1] == ("dicom3tools", "bin") and entry.stem == "dciodvfy":
            return str(Path(str(entry.locate())))
    raise CustomerError(
        "DCIODVFY_MISSING", "the package dicom3tools is not installed: install requirements.txt"
    )
