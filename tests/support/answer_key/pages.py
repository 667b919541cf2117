"""A report as text: right, wrong and held back by kind, then the misses."""

from __future__ import annotations

from collections import Counter

from tests.support.answer_key.checks import Kind
from tests.support.answer_key.scoring import Miss, Report

LONGEST = 100


def page(report: Report, misses: int) -> str:
    """Return the counts and so many of the misses, those of the commonest path first."""
    lines = [
        f"{report.share_right:8.3%} of {report.checks} checks right, {report.objects} objects, "
        f"{report.objects_held} held back ({report.objects_held_rightly} where that is an answer)",
        f"{'':18} {'right':>7} {'wrong':>7} {'held':>7}",
    ]
    for kind in Kind:
        counts = (report.right[kind], report.wrong[kind], report.held[kind])
        lines.append(f"{kind:18} " + " ".join(f"{count:7}" for count in counts))
    return "\n".join([*lines, *listed(report, misses)]) + "\n"


def listed(report: Report, most: int) -> list[str]:
    """Return a line a miss: path, kind, what was expected, and what was found."""
    often = Counter((miss.check.kind, miss.check.keyword) for miss in report.misses)
    ranked = sorted(report.misses, key=lambda m: (-often[m.check.kind, m.check.keyword], _key(m)))
    return [_line(miss) for miss in ranked[:most]]


def _key(miss: Miss) -> tuple[str, str]:
    return miss.check.kind, miss.check.path


def _line(miss: Miss) -> str:
    check = miss.check
    found = miss.found if len(miss.found) <= LONGEST else miss.found[:LONGEST] + "…"
    return f"  {miss.modality:8} {check.kind:16} {check.path}: {check.expected!r} in {found!r}"
