"""How a rewritten header is put together: of its own elements and what its series shares."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from include.imaging.deid.actions import Action
from include.imaging.deid.series import Common, Header
from include.imaging.dicom.explicit import Span

# An element as it is written, what was done to it and inside it, and the keywords of what was lost.
Written = tuple[bytes, tuple[str, ...], tuple[str, ...]]
_REMOVE = Action.REMOVE.value
# Of every element that just goes.
GONE: Written = (b"", (_REMOVE,), ())


class Together:
    """What a series has in common, as it is written in a scene: bytes of each stretch.

    `marks` are those of the policy's marks that do not stand within a stretch, by tag; `values`
    those of the output; `inside` is how many elements and items all stretches consist of.
    """

    __slots__ = ("actions", "inside", "lost", "marks", "parts", "values")

    def __init__(
        self, common: Common, written: list[list[Written]], marks: dict[int, bytes], inside: int
    ) -> None:
        self.inside = inside
        self.actions = counted(list(chain.from_iterable(written)))
        self.lost = lost(chain.from_iterable(written))
        self.marks, self.parts = dict(marks), list[bytes]()
        self.values: dict[int, bytes] = {}
        for stretch, each in zip(common.stretches, written, strict=True):
            tags = [span[0] for span in stretch.spans]
            within = {tag: marks[tag] for tag in marks if stretch.first <= tag <= stretch.last}
            self.parts.append(b"".join(with_marks(tags, [part for part, _, _ in each], within)))
            for tag in within:
                del self.marks[tag]
            for span, (part, _, _) in zip(stretch.spans, each, strict=True):
                self.values[span[0]] = value_of(span, part)


@dataclass(frozen=True, slots=True)
class WrittenHeader:
    """A header whose own elements are written, and what it has in common with its series."""

    header: Header
    own: list[Written]
    together: Together

    def value(self, tag: int) -> bytes:
        """Return a value of the output without its padding, b"" where there is none."""
        for span, (part, _, _) in zip(self.header.own, self.own, strict=True):
            if span[0] == tag:
                return value_of(span, part)
        return self.together.values.get(tag, b"")

    def parts(self) -> list[bytes]:
        """Return the bytes of the elements and of the marks, in their order."""
        tags = [span[0] for span in self.header.own]
        parts = [part for part, _, _ in self.own]
        found = zip(
            self.header.places, self.header.common.stretches, self.together.parts, strict=True
        )
        for (number, _), stretch, part in reversed(list(found)):
            tags.insert(number, stretch.first)
            parts.insert(number, part)
        return with_marks(tags, parts, self.together.marks)


def value_of(span: Span, part: bytes) -> bytes:
    """Return the value of an element as it is written, without its padding."""
    return part[span[3] - span[2] :].rstrip(b"\0 ")


def with_marks(tags: Sequence[int], written: list[bytes], marks: dict[int, bytes]) -> list[bytes]:
    """Return the written elements with the marks in their places, instead of earlier ones."""
    marked = list(written)
    for tag, mark in sorted(marks.items(), reverse=True):
        place = bisect_left(tags, tag)
        if place < len(tags) and tags[place] == tag:
            marked[place] = mark
        else:
            marked.insert(place, mark)
    return marked


def counted(written: list[Written], before: Mapping[str, int] | None = None) -> dict[str, int]:
    """Return the number of each action; most elements just go, and are counted at once.

    `before` are numbers that are added.
    """
    actions = dict(before or ())
    others = [done[1] for done in written if done is not GONE]
    for action in chain.from_iterable(others):
        actions[action] = actions.get(action, 0) + 1
    if gone := len(written) - len(others):
        actions[_REMOVE] = actions.get(_REMOVE, 0) + gone
    return actions


def lost(written: Iterable[Written]) -> frozenset[str]:
    """Return the keywords of what was lost."""
    return frozenset(chain.from_iterable([words for _, _, words in written if words]))
