"""Looks at properties of resources, says what would be done, and does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from include.imaging.errors import CustomerError

Value = Any  # what JSON can say; None where there is nothing


class Action(StrEnum):
    """What is to be done to a property."""

    KEEP = "keep"
    MAKE = "make"
    CHANGE = "change"
    TELL = "tell"  # a person must: it cannot or must not be changed here


@dataclass(frozen=True, slots=True)
class Property:
    """One thing that is to be so: how to look at it, and how to bring it about.

    `read` returns None where there is nothing. Without `write`, or where `unsafe` says so of
    what was found, a difference is only told, with `advice`.
    """

    resource: str
    name: str
    wanted: Value
    read: Callable[[], Value]
    write: Callable[[], None] | None = None
    advice: str = ""
    unsafe: Callable[[Value], bool] = lambda found: False

    def look(self) -> Entry:
        """Return what is there against what is wanted; changes nothing."""
        found = self.read()
        return Entry(self.resource, self.name, found, self.wanted, self._action(found), self.advice)

    def _action(self, found: Value) -> Action:
        if found == self.wanted:
            return Action.KEEP
        if self.write is None or self.unsafe(found):
            return Action.TELL
        return Action.MAKE if found is None else Action.CHANGE


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a plan or of a report. `advice` counts where the action is `tell`."""

    resource: str
    property: str
    found: Value
    wanted: Value
    action: Action
    advice: str = ""

    def as_json(self) -> dict[str, Value]:
        """Return it as JSON can say it."""
        return asdict(self) | {"action": self.action.value}

    def line(self) -> str:
        """Return it as one line for a person."""
        text = f"{self.action.value:6} {self.resource}: {self.property}"
        if self.action is Action.KEEP:
            return text
        return f"{text} (found {self.found}, wanted {self.wanted})" + self._told()

    def _told(self) -> str:
        return f": {self.advice}" if self.action is Action.TELL else ""


def look(properties: Iterable[Property]) -> list[Entry]:
    """Return what would be done, in order."""
    return [each.look() for each in properties]


def apply(properties: Iterable[Property]) -> list[Entry]:
    """Make and change what is not as wanted, in order; returns what was found and done."""
    entries = []
    for each in properties:
        entry = each.look()
        if entry.action in (Action.MAKE, Action.CHANGE) and each.write:
            each.write()
        entries.append(entry)
    return entries


def changed(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that made or changed something, or would."""
    return [each for each in entries if each.action in (Action.MAKE, Action.CHANGE)]


def require_none_left(entries: Iterable[Entry]) -> None:
    """Raise CustomerError for what only a person can bring about."""
    left = [f"{e.resource}: {e.property}: {e.advice}" for e in entries if e.action is Action.TELL]
    if left:
        raise CustomerError("SET_UP_INCOMPLETE", "; ".join(left))
