"""Judges what an object's pixels may show: masks, holds and warnings, by rules that are data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from include.imaging.deid.pixels import rule_data as data
from include.imaging.deid.pixels.faces import SPACINGS, shows_a_face
from include.imaging.deid.pixels.facts import Facts, Structure
from include.imaging.deid.pixels.options import PixelOptions
from include.imaging.deid.pixels.regions import Region, aligned, clipped, outside
from include.imaging.deid.pixels.rule_data import HoldRule, MaskRule
from include.imaging.deid.pixels.scans import kept_regions
from include.imaging.dicom.uids import sop_class_keyword
from include.imaging.findings import finding
from include.imaging.model import Finding, Severity, Stage

# Ids of what is no rule of the data.
SAYS_RECOGNIZABLE, FACE, UNREAD = "says-recognizable", "face", "sequence-unread"
ALWAYS = frozenset(
    {"Modality", "SOPClassUID", "Rows", "Columns", "PhotometricInterpretation", "ImageType"}
)
# Verdicts; characters of the facts of one, and scans, around which regions grow by their square.
REMEMBERED, REMEMBERED_LENGTH, REMEMBERED_SCANS = 4096, 2048, 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an object's pixels; an empty verdict lets them leave as they are.

    `regions` are masked in every frame; `clears_unused_bits` asks that the bits which hold no
    pixel be cleared. A finding of severity error holds the object back.
    `rules` are the ids of the rules that spoke. `look_again` asks for the second look.
    """

    regions: tuple[Region, ...] = ()
    findings: tuple[Finding, ...] = ()
    rules: tuple[str, ...] = ()
    look_again: bool = False
    clears_unused_bits: bool = False

    @property
    def is_held(self) -> bool:
        """Whether a finding holds the object back."""
        return any(found.severity is Severity.ERROR for found in self.findings)

    @property
    def is_changed(self) -> bool:
        """Whether pixels are changed."""
        return bool(self.regions) or self.clears_unused_bits


class PixelRules:
    """The rules under the options of one policy; safe among threads.

    `keywords` are the top-level attributes whose values it judges by (see `facts_of`).
    """

    def __init__(self, options: PixelOptions) -> None:
        self._options = options
        self._data = data.rule_data()
        rules = (*self._data.holds, *self._data.masks)
        self.keywords = frozenset(
            {
                *ALWAYS,
                *(word for rule in rules for word in rule.keywords),
                *self._data.faces.described_by,
                *SPACINGS,
                "BodyPartExamined",
                "RecognizableVisualFeatures",
            }
        )
        self._judged = lru_cache(REMEMBERED)(self._judge)

    def digest(self) -> str:
        """Return the SHA-256 (hex) of the rules, for the policy's fingerprint."""
        return data.digest()

    def judge(self, facts: Mapping[str, tuple[str, ...]], structure: Structure) -> Verdict:
        """Return what becomes of an object's pixels.

        Args:
            facts: values of the attributes in `keywords`, as `facts_of` gives them.
            structure: what it holds beside; where it leaves a sequence unread that matters, the
                verdict is not empty, so that an object is never let go for want of a look.
        """
        if not structure.has_pixels:
            return Verdict()
        texts = chain(structure.anatomy or (), *facts.values())
        is_plain = len(structure.scans or ()) <= REMEMBERED_SCANS
        is_plain = is_plain and sum(map(len, texts)) <= REMEMBERED_LENGTH
        judge = self._judged if is_plain else self._judge
        return judge(tuple(facts.items()), structure)

    def _judge(self, facts: tuple[tuple[str, tuple[str, ...]], ...], found: Structure) -> Verdict:
        told = dict(facts)
        told["SOPClassUID"] = tuple(
            sop_class_keyword(uid).upper() for uid in told.get("SOPClassUID", ())
        )
        masks, regions = self._masks(told, found)
        holds = self._holds(told, found, masks)
        face, face_rules = self._face(told, found)
        unread = (UNREAD,) if found.scans is None and _is_asked(self._data.masks, told) else ()
        rules = (*(rule.id for rule in (*holds, *masks)), *face_rules, *unread)
        return Verdict(
            regions,
            (*_findings(holds), *face),
            tuple(dict.fromkeys(rules)),
            self._is_looked_at_again(told, regions),
            self._options.text == "mask" and any(mask.unused_bits for mask in masks),
        )

    def _holds(
        self, facts: Facts, found: Structure, masks: Iterable[MaskRule]
    ) -> tuple[HoldRule, ...]:
        lifted = {waived.rule for waived in self._options.let_pass}
        if self._options.text == "mask":
            lifted.update(name for mask in masks for name in mask.lifts)
        overlay = found.overlay_in_pixels
        held = [hold for hold in self._data.holds if hold.id not in lifted]
        spoke = [hold for hold in held if hold.speaks(facts, overlay_in_pixels=overlay)]
        if self._options.text == "hold" and not spoke:
            return tuple(_held(mask) for mask in masks)
        return tuple(spoke)

    def _masks(self, facts: Facts, found: Structure) -> tuple[list[MaskRule], tuple[Region, ...]]:
        """Return the masks that speak and can be drawn, and what they cover."""
        rows, columns = _number(facts, "Rows"), _number(facts, "Columns")
        overlay = found.overlay_in_pixels
        spoke = [m for m in self._data.masks if m.speaks(facts, overlay_in_pixels=overlay)]
        if not spoke or not rows or not columns:
            return [], ()
        fixed = [Region(*box) for mask in spoke for box in _boxes(mask, rows, columns)]
        knows_banner = any(mask.is_banner for mask in spoke)
        limits = self._data.scans
        kept = kept_regions(found.scans or (), rows, columns, limits, knows_banner=knows_banner)
        drawn = [mask for mask in spoke if kept or not mask.outside_scans]
        if any(mask.outside_scans for mask in drawn):
            fixed.extend(outside(kept, rows, columns))
        regions = clipped(fixed, rows, columns)
        if "422" in "".join(facts.get("PhotometricInterpretation", ())):
            regions = aligned(regions, columns)
        return drawn, regions if self._options.text == "mask" else ()

    def _face(self, facts: Facts, found: Structure) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
        if self._options.faces == "keep":
            return (), ()
        if "YES" in facts.get("RecognizableVisualFeatures", ()):
            said = finding("RECOGNIZABLE_FEATURES", Stage.DEIDENTIFY, "the object says so")
            return (said,), (SAYS_RECOGNIZABLE,)
        if shows_a_face(facts, found.anatomy or (), self._data.faces):
            code = "RECOGNIZABLE_FEATURES" if self._options.faces == "hold" else "FACE_IN_SLICES"
            return (finding(code, Stage.DEIDENTIFY, "a head in fine slices"),), (FACE,)
        is_unread = found.anatomy is None and self._data.faces.modalities.intersection(
            facts.get("Modality", ())
        )
        return (), (UNREAD,) if is_unread else ()

    def _is_looked_at_again(self, facts: Facts, regions: tuple[Region, ...]) -> bool:
        if self._options.ocr == "off":
            return False
        modalities = self._data.second_look.modalities
        return bool(regions) or bool(modalities.intersection(facts.get("Modality", ())))


def _boxes(mask: MaskRule, rows: int, columns: int) -> Iterable[tuple[int, int, int, int]]:
    for top, left, bottom, right in mask.rectangles:
        yield top, left, rows if bottom < 0 else bottom, columns if right < 0 else right


def _held(mask: MaskRule) -> HoldRule:
    """Return the hold that a mask becomes where the policy masks nothing."""
    return HoldRule(id=mask.id, reason=mask.reason, when=mask.when, code="PIXELS_MAY_HOLD_TEXT")


def _is_asked(masks: Iterable[MaskRule], facts: Facts) -> bool:
    return any(m.outside_scans and m.speaks(facts, overlay_in_pixels=False) for m in masks)


def _findings(holds: Iterable[HoldRule]) -> tuple[Finding, ...]:
    """Return one finding a code, with the first reason and the rules that spoke."""
    spoke: dict[str, list[HoldRule]] = {}
    for hold in holds:
        spoke.setdefault(hold.code, []).append(hold)
    return tuple(
        finding(code, Stage.DEIDENTIFY, f"{held[0].reason}; by {', '.join(h.id for h in held)}")
        for code, held in spoke.items()
    )


def _number(facts: Facts, keyword: str) -> int:
    """Return the value, or 0 where it is absent or none."""
    text = (facts.get(keyword) or ("",))[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
