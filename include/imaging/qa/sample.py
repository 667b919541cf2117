"""Looks at all objects, sorts them into strata, and draws some of each by a seed."""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from pydicom import dcmread
from pydicom.uid import UID

from include.imaging.deid.results import Deidentified, Held
from include.imaging.dicom.envelope import with_preamble
from include.imaging.dicom.modalities import defined_modality
from include.imaging.dicom.plain_copy import plain_copy
from include.imaging.dicom.silence import silenced
from include.imaging.dicom.uids import is_standard
from include.imaging.findings import finding
from include.imaging.model import Finding, Severity, Stage

THREADS = 4
MASKED, UNMASKED, HELD = "masked", "not masked", "held back"
_TAGS = ("SOPClassUID", "Modality", "Manufacturer", "ManufacturerModelName")

Original = Callable[[], bytes]
"""Reads one original; OSError where it cannot be read."""

Verify = Callable[[bytes, Deidentified], tuple[Finding, ...]]


class Rewriter(Protocol):
    """The engine of de-identification."""

    def deidentify(self, original: bytes) -> Deidentified | Held:
        """Return the object without identity, or why it is held back."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What objects of a stratum have in common; `device` is a digest, not a name."""

    modality: str
    sop_class: str
    device: str
    state: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One object that was looked at; `number` counts the originals from 1.

    `device` is how its output names its device, '' where it does not. `rank` orders by the seed.
    """

    number: int
    kind: Kind
    device: str
    rank: str
    codes: tuple[str, ...]


@dataclass(slots=True)
class Stratum:
    """The objects of one kind: how many, their findings by code, and the numbers that were drawn.

    `device` is its name in the outputs, or `device n` where they do not name it.
    """

    kind: Kind
    device: str = ""
    objects: int = 0
    findings: dict[str, int] = field(default_factory=dict)
    drawn: list[int] = field(default_factory=list)


def looked_at(
    originals: Sequence[Original], rewriter: Rewriter, verify: Verify, seed: int
) -> Iterator[Seen]:
    """Yield what every original becomes, in their order; memory does not grow with them."""
    with ThreadPoolExecutor(THREADS) as pool:
        look = partial(_look, rewriter, verify, seed)
        yield from pool.map(look, range(1, len(originals) + 1), originals)


def strata(seen: Iterable[Seen], per_stratum: int) -> list[Stratum]:
    """Return the strata by modality, class, device and state, each with the objects drawn."""
    found: dict[Kind, Stratum] = {}
    ranks: dict[Kind, list[tuple[str, int]]] = defaultdict(list)
    names: dict[str, str] = {}
    for each in seen:
        stratum = found.setdefault(each.kind, Stratum(each.kind))
        stratum.objects += 1
        for code in each.codes:
            stratum.findings[code] = stratum.findings.get(code, 0) + 1
        if not names.get(each.kind.device):
            names[each.kind.device] = each.device
        if each.kind.state != HELD:
            lowest = ranks[each.kind]
            lowest.append((each.rank, each.number))
            lowest.sort()
            del lowest[per_stratum:]
    numbers = {device: number for number, device in enumerate(filter(None, names), 1)}
    for kind, stratum in found.items():
        unnamed = f"device {numbers[kind.device]}" if kind.device else ""
        stratum.device = names[kind.device] or unnamed
        stratum.drawn = sorted(number for _, number in ranks[kind])
    return sorted(found.values(), key=_order)


def checked(original: bytes, rewriter: Rewriter, verify: Verify) -> Deidentified | Held:
    """Return what the engine makes of an original, held back where verification says so."""
    made = rewriter.deidentify(original)
    if isinstance(made, Held):
        return made
    found = made.findings + verify(original, made)
    if any(each.severity is Severity.ERROR for each in found):
        return Held(found)
    return replace(made, findings=found)


def _look(rewriter: Rewriter, verify: Verify, seed: int, number: int, read: Original) -> Seen:
    try:
        original = read()
    except OSError as error:
        unread = finding("UNREADABLE", Stage.STAGE, type(error).__name__)
        return Seen(number, Kind("", "", "", HELD), "", "", (unread.code,))
    made = checked(original, rewriter, verify)
    codes = tuple(dict.fromkeys(each.code for each in made.findings))
    sop_class, modality, *device = _facts(original)
    key = hashlib.sha256("\0".join(device).encode("utf-8", "replace")).hexdigest()
    key = key if any(device) else ""
    state, named, rank = HELD, "", ""
    if isinstance(made, Deidentified):
        state = MASKED if made.is_masked else UNMASKED
        named = " ".join(filter(None, _facts(made.data)[2:]))
        output = hashlib.sha256(made.data).hexdigest()
        rank = hashlib.sha256(f"{seed} {output}".encode()).hexdigest()
    return Seen(number, Kind(modality, sop_class, key, state), named, rank, codes)


def _facts(data: bytes) -> tuple[str, str, str, str]:
    """Return the class's name, the modality, and who made the device and which model it is."""
    try:
        with silenced():
            source = io.BytesIO(plain_copy(with_preamble(data)))
            head = dcmread(source, force=True, stop_before_pixels=True, specific_tags=list(_TAGS))
            uid, modality, *device = (str(head.get(word) or "") for word in _TAGS)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - what cannot be read has no facts, and a finding says so
        return "", "", "", ""
    sop_class = UID(uid).name if is_standard(uid) else ""
    return sop_class, defined_modality(modality), device[0], device[1]


def _order(stratum: Stratum) -> tuple[str, ...]:
    kind = stratum.kind
    return kind.modality, kind.sop_class, stratum.device, kind.state, kind.device
