"""One trial: what a mutant does to the engine and the verification, and which promise it breaks."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from include.imaging.deid.results import Deidentified
from include.imaging.findings import registry
from include.imaging.model import Finding
from tests.fuzz.canaries import leaks, sightings
from tests.fuzz.gate import VERIFIED, End

CPU_SECONDS = 5.0
MEMORY_BYTES = 512 * 2**20
MEMORY_PER_INPUT_BYTE = 4
# codes of the verification that blame the original, not what the engine made of it
BLAMELESS = frozenset({"ELEMENT_TOO_LONG"})
# the attributes, by keyword, whose values a search of an output's pixels finds
InPixels = Callable[[bytes, Deidentified], Collection[str]]


class HangError(BaseException):
    """The trial used up its time; no `except Exception` swallows it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a trial ended. `broken` names the broken promise and is '' when all were kept.

    `end` holds the codes; `saved` those with which the verification stopped what the engine
    let out, with the details of the findings.
    """

    end: str
    broken: str = ""
    detail: str = ""
    saved: tuple[str, ...] = ()


def _nothing(_original: bytes) -> str:
    return ""


def _unsearched(_original: bytes, _made: Deidentified) -> Collection[str]:
    return ()


def judged(
    original: bytes,
    end_of: Callable[[bytes], End],
    disagreement: Callable[[bytes], str] = _nothing,
    found_in_pixels: InPixels = _unsearched,
) -> Verdict:
    """Return the verdict on one input, under limits of time and memory.

    `disagreement` says what two ways to the same end make of it otherwise, '' for nothing;
    `found_in_pixels` names the attributes whose values a search of an output's pixels finds.
    """
    before = _cpu_seconds()
    try:
        with _limits(len(original)):
            end = end_of(original)
    except HangError:
        return Verdict("", "hang", f"more than {CPU_SECONDS} s of CPU time")
    except MemoryError as error:
        return Verdict("", "memory", _where(error))
    except Exception as error:  # noqa: BLE001 - any exception is what this looks for
        return Verdict("", "crash", f"{type(error).__name__} {_where(error)}")
    if _cpu_seconds() - before > CPU_SECONDS:
        return Verdict(end.words, "hang", "with its processes")
    verdict = _promises(original, end, found_in_pixels)
    if verdict == Verdict(VERIFIED) and (differs := disagreement(original)):
        return replace(verdict, broken="paths", detail=differs)
    return verdict


def _promises(original: bytes, end: End, found_in_pixels: InPixels) -> Verdict:
    told = " ".join(map(repr, (*end.findings, *end.warnings)))
    if seen := sightings(told.encode()):
        return Verdict(end.words, "told", f"findings show {', '.join(sorted(seen))}")
    if (made := end.made) is None:
        return Verdict(end.words, "" if end.findings else "silent", "held without a finding")
    if end.findings:
        saved = tuple(_short(each) for each in end.findings if each.code not in BLAMELESS)
        return Verdict(end.words, saved=saved)
    if leaked := leaks(original, made.data, lambda: found_in_pixels(original, made)):
        return Verdict(end.words, "leak", ", ".join(sorted(leaked)))
    return Verdict(end.words)


def _short(found: Finding) -> str:
    """Return the code, and the detail that stands between its meaning and its advice."""
    known = registry()[found.code]
    detail = found.text.removeprefix(known.meaning).removesuffix(f"; {known.advice}")
    return f"{found.code}: {detail.strip(' ()')}".rstrip(": ")


def _where(error: BaseException) -> str:
    trace, place = error.__traceback__, "?"
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next
    return f"in {place}"


@contextmanager
def _limits(size: int) -> Iterator[None]:
    """Bound CPU time and address space of what runs inside."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _address_space() + MEMORY_BYTES + MEMORY_PER_INPUT_BYTE * size
    old = signal.signal(signal.SIGPROF, _hang)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGPROF, old)


def _hang(_number: int, _frame: FrameType | None) -> None:
    raise HangError


def _address_space() -> int:
    """Return the bytes of address space that this process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
