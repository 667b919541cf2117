"""What verification knows of an encoded element: made once, however many objects hold it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from pydicom.datadict import keyword_for_tag

from include.imaging.dicom.parts import BULK_BYTES, ITEM, Bulk, Head, Part
from include.imaging.dicom.uids import is_valid
from include.imaging.validation.needles import DATE_VRS, Needle, may_identify, needles_of
from include.imaging.validation.promises import nowhere
from include.imaging.validation.signature import token

# Facts that are kept for the next object. A series shares most of its own.
MOST_FACTS = 50_000
METHOD_CODES = 0x00120064
PRIVATE = "private"
PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
BINARY_VRS = frozenset("OB OD OF OL OV OW UN AT FD FL SL SS SV UL US UV".split())


class Fact:
    """One element: its head, its value, and what follows from them.

    `data` is the value where it is short, else nothing: see `bulk`, where pixel data is always.
    `flaw` says why it may not
    stand in an output; `shape` is a number for its place and whether it has a value.
    """

    __slots__ = (
        "_changed",
        "_kept",
        "_needles",
        "_text",
        "_words",
        "bulk",
        "data",
        "flaw",
        "has_value",
        "head",
        "is_retained",
        "is_watched",
        "shape",
        "tag",
        "vr",
    )

    def __init__(self, part: Part, *, has_value: bool, shape: int, is_retained: bool) -> None:
        self.head, value = part
        self.has_value = has_value
        self.is_retained = is_retained
        self.tag, self.vr = self.head.tag, self.head.vr
        self.bulk = value if isinstance(value, Bulk) else None
        self.data = value if isinstance(value, bytes) else b""
        if self.tag in PIXELS and not self.head.path and isinstance(value, bytes):
            self.bulk, self.data = Bulk(value, 0, len(value)), b""
        self.shape = shape
        self.flaw = _flaw(self.head, self.data)
        self.is_watched = bool(
            self.flaw or self.vr == "UI" or self.vr in DATE_VRS or _is_method_code(self.head)
        )
        self._text: str | None = None
        self._kept = self._changed = b""
        self._needles: dict[tuple[str, ...], tuple[Needle, ...]] = {}
        self._words: dict[tuple[str, ...], tuple[bytes, ...]] = {}

    @property
    def keyword(self) -> str:
        """The attribute's keyword."""
        return keyword_for_tag(self.tag) or "an element without a name"

    @property
    def text(self) -> str:
        """The value as text without padding."""
        if self._text is None:
            self._text = self.data.decode("ascii", "replace").strip(" \0")
        return self._text

    def token(self, *, is_kept: bool) -> bytes:
        """Return what dciodvfy's verdict depends on: see `signature`."""
        if is_kept:
            self._kept = self._kept or token(self.head, self.data, self.bulk, is_kept=True)
            return self._kept
        self._changed = self._changed or token(self.head, self.data, self.bulk, is_kept=False)
        return self._changed

    def needles(self, encodings: tuple[str, ...]) -> tuple[Needle, ...]:
        """Return what to look for, where texts are in these encodings; nothing when retained."""
        found = self._needles.get(encodings)
        if found is None:
            found = ()
            if not self.is_retained and may_identify(self.tag, self.vr):
                value = bytes(self.bulk.view()) if self.bulk else self.data
                found = tuple(needles_of(self.tag, self.vr, value, encodings))
            self._needles[encodings] = found
        return found

    def words(self, encodings: tuple[str, ...]) -> tuple[bytes, ...]:
        """Return all forms of the needles in lower case."""
        found = self._words.get(encodings)
        if found is None:
            found = tuple({word for each in self.needles(encodings) for word in each.lowered})
            self._words[encodings] = found
        return found


class Facts(dict[Part, Fact]):
    """The facts of parts; a bounded number is remembered. Safe among threads.

    `retained` says of which attributes the values are kept on purpose.
    """

    def __init__(self, retained: Callable[[int], bool] = nowhere) -> None:
        super().__init__()
        self._retained = retained
        self._shapes: dict[tuple[Head, bool], int] = {}
        self._numbers = count(1)

    def of(self, parts: list[Part]) -> list[Fact]:
        """Return the fact of each part."""
        if len(self) > MOST_FACTS or len(self._shapes) > MOST_FACTS:
            self.clear()
            self._shapes = {}  # numbers go on: an old one never means something new
        return [self[part] for part in parts]

    def __missing__(self, part: Part) -> Fact:
        head, value = part
        has_value = _has_value(head, value)
        fact = Fact(
            part,
            has_value=has_value,
            shape=self._shape((head, has_value)),
            is_retained=self._retained(head.tag),
        )
        if fact.bulk is None and len(value) < BULK_BYTES and len(self) <= MOST_FACTS:
            self[part] = fact
        return fact

    def _shape(self, key: tuple[Head, bool]) -> int:
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes.setdefault(key, next(self._numbers))
        return shape


def _has_value(head: Head, value: bytes | Bulk) -> bool:
    if isinstance(value, Bulk) or head.vr in BINARY_VRS:
        return len(value) > 0
    return bool(value.strip(b" \0"))


def _is_method_code(head: Head) -> bool:
    return head.path == (METHOD_CODES,)


def _flaw(head: Head, data: bytes) -> str:
    group = head.tag >> 16
    if head.tag == ITEM:
        return ""
    if group % 2:
        return PRIVATE
    if group >> 8 == 0x60:
        return "overlay"
    if group >> 8 == 0x50:
        return "curve"
    if group < 8 or not head.tag & 0xFFFF:
        return "group length, command or file meta element in the data set"
    if head.vr == "UI" and data and not all(map(_is_uid, data.split(b"\\"))):
        return "invalid UID"
    return ""


def _is_uid(value: bytes) -> bool:
    uid = value.decode("ascii", "replace").strip(" \0")
    return not uid or is_valid(uid)
