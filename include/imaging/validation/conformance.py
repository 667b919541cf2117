"""Conformance by dciodvfy: what an object breaks of its IOD, with every value dropped."""

from __future__ import annotations

import io
import os
import re
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import IO

from pydicom.datadict import tag_for_keyword

from include.imaging.dicom.plain_copy import plain_copy
from include.imaging.errors import CustomerError, TransientError

# Of one item, for all that dciodvfy is asked about it; an image takes it a tenth of a second.
BUDGET_SECONDS = 60.0
# On the processor, for one look: hostile objects take it time out of all proportion.
CPU_SECONDS = 1
_KILLED = (-signal.SIGXCPU, -signal.SIGKILL)
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


class Budget:
    """The time that is left to dciodvfy for one item."""

    def __init__(self) -> None:
        self.seconds = BUDGET_SECONDS

    @contextmanager
    def spent(self) -> Iterator[None]:
        """Take the time of what is done inside off."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds -= time.monotonic() - start


def faults(data: bytes, budget: Budget | None = None) -> frozenset[Fault] | None:
    """Return the errors that dciodvfy reports on a file, or None when it did not end properly.

    It is not started when nothing is left of the budget, and killed when that is used up.

    The bytes go to its standard input through a nameless file that only this user can open;
    it cannot inflate, so a deflated file goes as its plain copy.
    """
    budget = budget or Budget()
    if budget.seconds <= 0:
        return None
    with budget.spent():
        done = _run(plain_copy(data), budget.seconds)
    if done is not None and done.returncode in _KILLED:
        budget.seconds = 0  # it would take as long for the other file
    if done is None or done.returncode not in (0, 1):
        return None
    lines = (line.decode("ascii", "replace") for line in io.BytesIO(done.stdout))
    return frozenset(fault for line in lines if (fault := _fault(line.rstrip())) is not None)


def _run(plain: bytes, seconds: float) -> subprocess.CompletedProcess[bytes] | None:
    with _nameless(plain) as file:
        try:
            process = subprocess.Popen(  # noqa: S603 - the program is the installed package's own
                [_program(), "-new"],
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise TransientError(
                "DCIODVFY_NOT_STARTED", f"dciodvfy could not be started ({type(error).__name__})"
            ) from None
        with process:
            _limit(process)
            try:
                output, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                return None
        return subprocess.CompletedProcess(process.args, process.returncode, output)


def _limit(process: subprocess.Popen[bytes]) -> None:
    """Have a process end after its seconds on the processor, where the system knows how."""
    if hasattr(resource, "prlimit"):
        with suppress(ProcessLookupError):  # it ended already
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))


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
