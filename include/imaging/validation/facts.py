"""What verification knows of an encoded element: made once, however many objects hold it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from pydicom.datadict import keyword_for_tag

from include.imaging.dicom.parts import BULK_BYTES, ITEM, Bulk, Head, Part
from include.imaging.dicom.uids import is_valid
from include.imaging.dicom.vrs import NUMBER_BYTES, own_vrs
from include.imaging.validation.needles import DATE_VRS, Needle, may_identify, needles_of
from include.imaging.validation.promises import nowhere
from include.imaging.validation.signature import token

# Facts that are kept for the next object. A series shares most of its own.
MOST_FACTS = 50_000
METHOD_CODES, SPECIFIC_CHARACTER_SET = 0x00120064, 0x00080005
PRIVATE = "private"
PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
BINARY_NUMBERS = frozenset(NUMBER_BYTES)
BINARY_VRS = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "UN"]) | BINARY_NUMBERS


class Fact:
    """One element: its head, its value, and what follows from them.

    `data` is the value where it is short, else nothing: see `bulk`, where pixel data is always.
    `shape` is a number for its place and whether it has a value; `is_watched` says that a rule
    looks at the element by itself: at long values always.
    """

    __slots__ = (
        "_flaw",
        "_needles",
        "_place",
        "_text",
        "_tokens",
        "bulk",
        "data",
        "has_value",
        "head",
        "is_watched",
        "shape",
        "tag",
        "vr",
    )

    def __init__(self, place: _Place, value: bytes | Bulk) -> None:
        self.head = place.head
        self.tag, self.vr = place.head.tag, place.head.vr
        if isinstance(value, bytes) and not place.is_pixel:
            self.bulk, self.data = None, value
            self.has_value = bool(value if place.is_binary else value.strip(b" \0"))
        else:
            self.bulk = value if isinstance(value, Bulk) else Bulk(value, 0, len(value))
            self.data = b""
            self.has_value = len(value) > 0
        self.shape = place.shapes[self.has_value]
        self.is_watched = place.is_watched or self.bulk is not None
        self._place = place
        self._flaw: str | None = None
        self._text: str | None = None
        self._tokens = [b"", b""]
        self._needles: _Sought | None = None

    @property
    def keyword(self) -> str:
        """The attribute's keyword."""
        return keyword_for_tag(self.tag) or "an element without a name"

    @property
    def is_date(self) -> bool:
        """Whether the attribute is a date, with its own VR or another."""
        return self._place.is_date

    @property
    def flaw(self) -> str:
        """Why the element may not stand in an output, '' where it may."""
        if self._flaw is None:
            self._flaw = self._place.flaw or _flaw_of_value(self)
        return self._flaw

    @property
    def text(self) -> str:
        """The value as text without padding."""
        if self._text is None:
            self._text = self.data.decode("ascii", "replace").strip(" \0")
        return self._text

    def token(self, *, is_kept: bool) -> bytes:
        """Return what dciodvfy's verdict depends on: see `signature`."""
        if self.bulk is not None:
            return token(self.head, self.data, self.bulk, is_kept=is_kept)
        found = self._tokens[is_kept]
        if not found:
            found = self._tokens[is_kept] = token(self.head, self.data, None, is_kept=is_kept)
        return found

    def needles(self, encodings: tuple[str, ...]) -> tuple[Needle, ...]:
        """Return what to look for, where texts are in these encodings; nothing when retained."""
        return self._sought(encodings).needles

    def words(self, encodings: tuple[str, ...]) -> tuple[bytes, ...]:
        """Return all forms of the needles in lower case."""
        return self._sought(encodings).words

    def _sought(self, encodings: tuple[str, ...]) -> _Sought:
        if not self._place.is_sought:
            return _NOTHING
        sought = self._needles
        if sought is None or sought.encodings != encodings:
            value = bytes(self.bulk.view()) if self.bulk else self.data
            sought = _Sought(encodings, tuple(needles_of(self.tag, self.vr, value, encodings)))
            self._needles = sought  # another thread may ask for other encodings meanwhile
        return sought


class _Sought:
    """The needles of a value, where texts are in some encodings."""

    __slots__ = ("encodings", "needles", "words")

    def __init__(self, encodings: tuple[str, ...], needles: tuple[Needle, ...]) -> None:
        self.encodings = encodings
        self.needles = needles
        self.words = tuple({word for needle in needles for word in needle.lowered})


_NOTHING = _Sought((), ())


class _Place:
    """What follows from a head alone. `shapes` are numbers for one without and with a value."""

    __slots__ = (
        "flaw",
        "head",
        "is_binary",
        "is_date",
        "is_pixel",
        "is_sought",
        "is_watched",
        "shapes",
    )

    def __init__(self, head: Head, shapes: tuple[int, int], *, is_retained: bool) -> None:
        self.head = head
        self.shapes = shapes
        self.flaw = _flaw(head)
        self.is_binary = head.vr in BINARY_VRS
        self.is_pixel = head.tag in PIXELS and not head.path
        is_private = self.flaw == PRIVATE
        self.is_sought = not (is_private or is_retained) and may_identify(head.tag, head.vr)
        is_method_code = head.path == (METHOD_CODES,)
        self.is_date = not (is_private or DATE_VRS.isdisjoint((head.vr, *own_vrs(head.tag))))
        is_looked_at = head.vr == "UI" or self.is_date or self.is_pixel
        names_characters = head.tag == SPECIFIC_CHARACTER_SET
        self.is_watched = bool(self.flaw or is_looked_at or is_method_code or names_characters)


class Facts(dict[Part, Fact]):
    """The facts of parts; a bounded number is remembered. Safe among threads.

    `retained` says of which attributes the values are kept on purpose; `watched` names top-level
    attributes that a rule looks at by themselves.
    """

    def __init__(
        self,
        retained: Callable[[int], bool] = nowhere,
        watched: frozenset[int] = frozenset(),
    ) -> None:
        super().__init__()
        self._retained = retained
        self._watched = watched
        self._places: dict[Head, _Place] = {}
        self._numbers = count(1)

    def of(self, parts: list[Part]) -> list[Fact]:
        """Return the fact of each part."""
        if len(self) > MOST_FACTS or len(self._places) > MOST_FACTS:
            self.clear()
            self._places = {}  # numbers go on: an old one never means something new
        return [self[part] for part in parts]

    def __missing__(self, part: Part) -> Fact:
        head, value = part
        fact = Fact(self._places.get(head) or self._place(head), value)
        if fact.bulk is None and len(value) < BULK_BYTES and len(self) <= MOST_FACTS:
            self[part] = fact
        return fact

    def _place(self, head: Head) -> _Place:
        shapes = next(self._numbers), next(self._numbers)
        place = _Place(head, shapes, is_retained=self._retained(head.tag))
        if head.tag in self._watched and not head.path:
            place.is_watched = True
        if len(self._places) <= MOST_FACTS:
            return self._places.setdefault(head, place)
        return place


def _flaw(head: Head) -> str:
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
    return ""


def _flaw_of_value(fact: Fact) -> str:
    if fact.vr != "UI":
        return ""
    value = bytes(fact.bulk.view()) if fact.bulk else fact.data
    return "" if all(map(_is_uid, value.split(b"\\"))) else "invalid UID"


def _is_uid(value: bytes) -> bool:
    uid = value.decode("ascii", "replace").strip(" \0")
    return not uid or is_valid(uid)
