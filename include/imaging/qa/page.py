"""The page of a sample: strata, and for each object drawn what became of its attributes."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from include.imaging.deid.results import Deidentified
from include.imaging.model import Provenance
from include.imaging.qa.differences import MOST, Difference, Done
from include.imaging.qa.masks import plain
from include.imaging.qa.pictures import Picture
from include.imaging.qa.sample import HELD, MASKED, Stratum

STYLE = Path(__file__).with_name("page.css")
# The page needs nothing but itself, and whatever stands in it may not ask for more.
_FORBIDS = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_HEAD = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{forbids}">
<meta name="viewport" content="width=device-width">
<title>De-identification sample: {policy}</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1>De-identification sample: {policy}</h1>
<p>What was done to objects drawn from each stratum. Of an original stands its form alone: x for
a letter, 9 for a digit. What the output holds stands as it is. Pictures are of outputs.</p>
"""


@dataclass(frozen=True, slots=True)
class Sampled:
    """One object that was drawn; `made` is without its bytes, `note` what else there is to say.

    Without `differences` they could not be told.
    """

    number: int
    stratum: Stratum
    made: Deidentified
    sha256_out: str
    differences: tuple[Difference, ...] | None
    picture: Picture | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a page is made of."""

    provenance: Provenance
    seed: int
    per_stratum: int
    strata: list[Stratum]


def page(report: Report, sampled: Iterable[Sampled]) -> Iterator[str]:
    """Yield the page piece by piece; the same report and sample give the same page.

    Every text of the input is escaped; no script runs, and nothing is fetched.
    """
    style, policy = STYLE.read_text(encoding="utf-8"), _text(report.provenance.policy)
    yield _HEAD.format(forbids=escape(_FORBIDS), style=style, policy=policy)
    yield from _summary(report)
    yield from _strata(report.strata)
    yield "<h2>Letters</h2>\n"
    yield _list((done.letter, done.words) for done in Done)
    yield "<h2>Objects</h2>\n"
    for each in sampled:
        yield from _object(each)
    yield "</main>\n</body>\n</html>\n"


def _summary(report: Report) -> Iterator[str]:
    made_by = report.provenance
    held = sum(each.objects for each in report.strata if each.kind.state == HELD)
    objects = sum(each.objects for each in report.strata)
    yield _list(
        [
            ("Policy", made_by.policy),
            ("Fingerprint", made_by.fingerprint),
            ("Key id", made_by.key_id),
            ("Engine", f"version {made_by.engine_version}, {made_by.table_edition}"),
            ("Seed", f"{report.seed}, at most {report.per_stratum} objects a stratum"),
            ("Objects", f"{objects}, of which {held} are held back"),
        ]
    )


def _strata(strata: list[Stratum]) -> Iterator[str]:
    heads = ("Modality", "SOP class", "Device", "Pixels", "Objects", "Drawn", "Findings")
    yield "<h2>Strata</h2>\n<table>\n<caption>All objects by stratum</caption>\n"
    yield _heads(heads)
    for each in strata:
        kind = each.kind
        found = "; ".join(f"{code}: {count}" for code, count in sorted(each.findings.items()))
        drawn = ", ".join(f"file {number}" for number in each.drawn)
        modality, state = kind.modality or "none", kind.state
        texts = "".join(
            f"<td>{_text(text or 'none')}</td>" for text in (kind.sop_class, each.device, state)
        )
        yield (
            f'<tr><th scope="row">{_text(modality)}</th>{texts}'
            f'<td class="number">{each.objects}</td><td>{drawn}</td><td>{_text(found)}</td></tr>\n'
        )
    yield "</tbody>\n</table>\n"


def _object(each: Sampled) -> Iterator[str]:
    made, kind = each.made, each.stratum.kind
    name = f"file {each.number}"
    yield f'<article aria-labelledby="f{each.number}">\n<h3 id="f{each.number}">{name}</h3>\n'
    counted = ", ".join(f"{code} {count}" for code, count in sorted(made.actions.items()))
    yield _list(
        [
            (
                "Stratum",
                ", ".join(
                    filter(None, (kind.modality, kind.sop_class, each.stratum.device, kind.state))
                ),
            ),
            ("SOPInstanceUID", made.sop_instance_uid),
            ("SHA-256 of the output", each.sha256_out),
            ("Actions", counted),
            ("Pixel rules", ", ".join(made.rules) or "none"),
            ("Findings", "; ".join(f"{f.code}: {f.text}" for f in made.findings) or "none"),
            *([("Note", each.note)] if each.note else []),
        ]
    )
    yield from _picture(each, name)
    if each.differences is None:
        yield "<p>The attributes cannot be compared: a file cannot be read.</p>\n</article>\n"
        return
    yield f"<table>\n<caption>Attributes of {name}</caption>\n"
    yield _heads(("Attribute", "Tag", "VR", "Done", "Original (form)", "Output"))
    yield from _rows(each.differences)
    if len(each.differences) >= MOST:
        yield f'<tr><td colspan="6">The first {MOST} attributes; others are left out.</td></tr>\n'
    yield "</tbody>\n</table>\n</article>\n"


def _picture(each: Sampled, name: str) -> Iterator[str]:
    shown = each.picture
    if shown is None:
        yield "<p>No picture: the output has no pixels, or none that can be shown.</p>\n"
        return
    told = f"first of {shown.frames} frames of the output, {shown.columns} × {shown.rows} pixels"
    if each.stratum.kind.state == MASKED:
        told += f"; {len(shown.boxes)} regions, outlined, differ from the original"
    data = base64.b64encode(shown.png).decode()
    yield f'<figure>\n<img alt="{name}: {told}" src="data:image/png;base64,{data}">\n'
    yield f"<figcaption>{told[0].upper()}{told[1:]}.</figcaption>\n</figure>\n"


def _rows(differences: Iterable[Difference]) -> Iterator[str]:
    for each in differences:
        done = each.done
        original = "the same" if done is Done.KEPT and each.output else each.original
        yield (
            f'<tr class="{done.name.lower()}"><th scope="row">{_text(" › ".join(each.path))}</th>'
            f'<td class="tag">{each.tag}</td><td>{_text(each.vr)}</td>'
            f"<td>{done.letter} {done.words}</td>"
            f'<td class="value">{_text(original)}</td>'
            f'<td class="value">{_text(each.output)}</td></tr>\n'
        )


def _heads(heads: Iterable[str]) -> str:
    cells = "".join(f'<th scope="col">{head}</th>' for head in heads)
    return f"<thead><tr>{cells}</tr></thead>\n<tbody>\n"


def _list(entries: Iterable[tuple[str, str]]) -> str:
    lines = (f"<dt>{_text(name)}</dt><dd>{_text(text)}</dd>\n" for name, text in entries)
    return f"<dl>\n{''.join(lines)}</dl>\n"


def _text(text: str) -> str:
    return escape(plain(text), quote=True)
