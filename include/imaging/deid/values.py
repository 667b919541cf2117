"""What becomes of one encoded value under a decision; both paths of the engine ask here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from include.imaging.deid.actions import Action
from include.imaging.deid.dates import Dates, capped_age
from include.imaging.deid.dummies import TEXT, encoded_dummy
from include.imaging.deid.pseudonyms import Pseudonyms
from include.imaging.deid.rules import Decision, Reach
from include.imaging.deid.scene import Scene
from include.imaging.deid.shapes import TEXTS, is_number, is_text, kept, mended, texts
from include.imaging.deid.text.cleaner import TextCleaner
from include.imaging.deid.text.identity import Identity
from include.imaging.dicom.vrs import NUMBER_BYTES

ONE_VALUE = frozenset({"LT", "ST", "UT"})  # in which a backslash is text (PS3.5 6.2)
UNREADABLE = "\ufffd"
_SUBJECT = frozenset({"PatientID", "PatientName"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a value becomes.

    Attributes:
        action: What was done in the end.
        value: Encoded, of even length; None where the element goes. Of a value that stays it
            is the value itself, of a stand-in that is no text it is in little endian.
        is_lost: It went, or a part of it, for no other reason than that it is unfit.
    """

    action: Action
    value: bytes | None
    is_lost: bool = False


class Values:
    """Replaces values by the rules of one policy and key; safe among threads."""

    def __init__(
        self, pseudonyms: Pseudonyms, dates: Dates, cleaner: TextCleaner, *, caps_ages: bool
    ) -> None:
        self._pseudonyms = pseudonyms
        self._dates = dates
        plain = TextCleaner(vocabulary=False)
        self._cleaning: dict[Reach, Callable[[str, Identity], str]] = {
            Reach.KNOWN: plain.without_known,
            Reach.PATTERNS: plain.clean,
            Reach.ALL: cleaner.clean,
        }
        self._caps_ages = caps_ages

    def outcome(self, decision: Decision, value: bytes, scene: Scene) -> Outcome:
        """Return what becomes of an encoded value, which is no sequence's."""
        if decision.keyword in _SUBJECT and decision.action is Action.DUMMY:
            return Outcome(decision.action, padded((scene.pseudonym or TEXT).encode()))
        if decision.keyword == "PatientID" and decision.action is not Action.REMOVE:
            return Outcome(decision.action, padded(scene.pseudonym.encode()))
        action = self._settled(decision, value)
        if action is Action.CLEAN:
            clean = self._code if decision.vr == "CS" else self._cleaned
            return clean(decision, value, scene)
        if action is Action.SHIFT:
            return self._shifted(decision, value, scene)
        gone = decision.action is Action.KEEP and action is not decision.action
        lost = bool(value) and (
            decision.is_unfit or (gone and action in (Action.REMOVE, Action.EMPTY, Action.DUMMY))
        )
        if action is Action.KEEP:
            return self._capped(decision, value)
        return Outcome(action, self._replacement(decision, action, value), lost)

    def _settled(self, decision: Decision, value: bytes) -> Action:
        if decision.action is not Action.KEEP or decision.is_retained:
            return decision.action
        if decision.vr in NUMBER_BYTES:
            fits = is_number(value, decision.vr, decision.keyword)
            return Action.KEEP if fits else decision.unfit
        if decision.vr in TEXTS:
            return Action.KEEP if is_text(value) else decision.unfit
        return kept(value, decision.vr, decision.unfit)

    def _replacement(self, decision: Decision, action: Action, value: bytes) -> bytes | None:
        if action in (Action.REMOVE, Action.HOLD):
            return None
        if action is Action.EMPTY:
            return b""
        if decision.vr == "UI":
            uids = (self._pseudonyms.uid(uid.strip(" \0")) for uid in texts(value))
            return padded("\\".join(uids).encode(), b"\0")
        if decision.action is Action.KEEP:
            return padded("\\".join(mended(value)).encode())
        return encoded_dummy(decision.keyword, decision.vr)

    def _capped(self, decision: Decision, value: bytes) -> Outcome:
        if decision.vr != "AS" or not self._caps_ages:
            return Outcome(Action.KEEP, value)
        capped = capped_age(value)
        return Outcome(Action.KEEP if capped == value else Action.RECAST, capped)

    def _shifted(self, decision: Decision, value: bytes, scene: Scene) -> Outcome:
        if not value.strip(b" \0\\"):
            return Outcome(Action.KEEP, value)
        shifted = self._dates.shifted(value, decision.vr, scene.days)
        if shifted is not None:
            return Outcome(Action.SHIFT, shifted)
        return self._instead(decision, is_lost=True)

    def _cleaned(self, decision: Decision, value: bytes, scene: Scene) -> Outcome:
        if not is_text(value):
            return self._instead(decision, is_lost=True)
        text = scene.characters.decode(value).rstrip(" \0")
        parts = [text] if decision.vr in ONE_VALUE else text.split("\\")
        clean = self._cleaning[decision.reach]
        cleaned = [clean(part, scene.identity) for part in parts]
        if cleaned == parts:
            return Outcome(Action.KEEP, value)
        encoded = None if UNREADABLE in text else scene.characters.encode("\\".join(cleaned))
        if not encoded or not encoded.strip(b"\\ "):
            return self._instead(decision, is_lost=encoded is None)
        return Outcome(Action.CLEAN, padded(encoded))

    def _code(self, decision: Decision, value: bytes, scene: Scene) -> Outcome:
        """Keep codes as every policy does, unless identity is among them: half a code is none."""
        clean, codes = self._cleaning[decision.reach], texts(value)
        if any(clean(code, scene.identity) != code for code in codes):
            return self._instead(decision, is_lost=False)
        return self.outcome(replace(decision, action=Action.KEEP), value, scene)

    def _instead(self, decision: Decision, *, is_lost: bool) -> Outcome:
        action = decision.unfit
        if action is Action.DUMMY:
            return Outcome(action, encoded_dummy(decision.keyword, decision.vr), is_lost)
        return Outcome(action, b"" if action is Action.EMPTY else None, is_lost)


def padded(value: bytes, filler: bytes = b" ") -> bytes:
    """Return a value of even length (PS3.5 6.2)."""
    return value + filler if len(value) % 2 else value
