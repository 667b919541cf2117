"""Takes identity out of text: what is known, then what looks like it, then what is no term."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from include.imaging.deid.text import lexicon
from include.imaging.deid.text.addresses import mark_addresses
from include.imaging.deid.text.codes import mark_codes
from include.imaging.deid.text.dates import date_spans
from include.imaging.deid.text.identity import Identity
from include.imaging.deid.text.known import Known
from include.imaging.deid.text.numbers import merged, number_spans
from include.imaging.deid.text.persons import honorific_spans, mark_people
from include.imaging.deid.text.places import mark_places
from include.imaging.deid.text.remnants import mark_remnants
from include.imaging.deid.text.terms import mark_unknown
from include.imaging.deid.text.tidy import without
from include.imaging.deid.text.tokens import tokenize

# Raised with every change of the rules that alters a text.
RULES_VERSION = "4"
CACHED_TEXTS = 8192
CACHED_IDENTITIES = 256
LONGEST_CACHED = 4096
# Characters: longer ones are no descriptions, and would take seconds.
LONGEST = 250_000
MOST_PASSES = 6
# Controls and invisible characters can hide in the middle of a name.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u034f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)


class TextCleaner:
    """Cleans texts with one set of rules; safe among threads.

    With `vocabulary` every word goes that is on no list of clinical or everyday words; without
    it only what is known of the object's people and places, and what has the form of identity.
    """

    def __init__(self, *, vocabulary: bool) -> None:
        self._vocabulary = vocabulary
        self._known = lru_cache(maxsize=CACHED_IDENTITIES)(Known)
        self._remembered = lru_cache(maxsize=CACHED_TEXTS)(self._clean)
        self._remembered_known = lru_cache(maxsize=CACHED_TEXTS)(self._without_known)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 (hex) of the rules' version, the lists and the mode."""
        parts = f"{RULES_VERSION}\n{lexicon.digest()}\n{self._vocabulary}"
        return hashlib.sha256(parts.encode()).hexdigest()

    def clean(self, text: str, identity: Identity) -> str:
        """Return the text without identity, or "" if nothing is left of it; never raises.

        Line breaks stay, the blanks that a removal leaves become one. A cleaned text stays as it
        is when cleaned again. Takes time in proportion to the length of the text. Of an object
        with too many names to look for nothing stays.
        """
        if identity.is_too_large or len(text) > LONGEST:
            return ""
        if len(text) > LONGEST_CACHED:
            return self._clean(text, identity)
        return self._remembered(text, identity)

    def without_known(self, text: str, identity: Identity) -> str:
        """Return the text without what is known of the object's people, places and numbers.

        For texts that describe machines and codes: what only looks like identity stays in them.
        Invisible characters go, and nothing stays of a text above `LONGEST`.
        """
        if identity.is_too_large or len(text) > LONGEST:
            return ""
        if len(text) > LONGEST_CACHED:
            return self._without_known(text, identity)
        return self._remembered_known(text, identity)

    def _without_known(self, text: str, identity: Identity) -> str:
        visible = _INVISIBLE.sub("", text)
        known, line = self._known(identity), tokenize(visible)
        spans = known.replaced_unspaced(visible)
        line.drop_spans(spans)
        known.mark(line)
        return without(line, spans)

    def _clean(self, text: str, identity: Identity) -> str:
        known = self._known(identity)
        before = _INVISIBLE.sub("", text)
        for _ in range(MOST_PASSES):
            after = self._pass(before, known)
            if after == before:
                return after
            before = after
        # What a removal brings together looks like identity again and again: nothing is kept.
        return ""

    def _pass(self, text: str, known: Known) -> str:
        if not text or text.isspace():
            return text
        line = tokenize(text)
        spans = merged(
            date_spans(text, known.dates),
            number_spans(text),
            known.replaced_unspaced(text),
            honorific_spans(text),
        )
        line.drop_spans(spans)
        known.mark(line)
        mark_people(line, known)
        mark_places(line)
        mark_addresses(line)
        if self._vocabulary:
            mark_unknown(line)
        mark_codes(line)
        mark_remnants(line)
        return without(line, spans)
