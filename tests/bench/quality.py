"""The quality of de-identification: the probe and the answer key, ours and four other tools."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import SHIPPED, load_policy
from include.imaging.deid.results import Deidentified
from include.imaging.keyring import Keyring
from tests.bench.contest import run
from tests.bench.sizes import Sizes
from tests.bench.tool_environment import TOOLS, interpreter
from tests.support.answer_key.checks import Kind, Planted
from tests.support.answer_key.generator import generate
from tests.support.answer_key.pages import listed
from tests.support.answer_key.scoring import Deidentify, Report, score
from tests.support.deidentification import KEY
from tests.support.dicom import probe
from tests.support.residue import HEADINGS, Residue, residue

POLICY = "research"
# the policy with the fewest options answers until the key's own is shipped
POLICY_WITHOUT_OPTIONS = "basic"


def quality(place: Path, sizes: Sizes) -> Iterator[str]:
    """Yield the table of the probe, that of the answer key, and our misses."""
    yield _probed(place, sizes)
    objects = list(generate(sizes.seed, sizes.patients))
    policy = POLICY if POLICY in _shipped() else POLICY_WITHOUT_OPTIONS
    ours = f"engine, {policy}"
    reports = {ours: score(objects, _engine(policy))}
    for name in TOOLS if sizes.tools else ():
        contents = [planted.data for planted in objects]
        reports[name] = score(objects, _outputs(place / "key", name, contents))
    yield _scored(objects, reports, sizes)
    yield "\n".join([f"Misses of {ours}", *listed(reports[ours], len(objects) * 1000)])


def _shipped() -> list[str]:
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def _engine(policy: str) -> Deidentify:
    engine = Deidentifier(load_policy(policy), Keyring(KEY), "hospital")

    def deidentify(original: bytes) -> bytes | None:
        made = engine.deidentify(original)
        return made.data if isinstance(made, Deidentified) else None

    return deidentify


def _outputs(place: Path, tool: str, contents: list[bytes]) -> Deidentify:
    """Have a tool rewrite all contents as one folder; return what gives its output of one."""
    source, target = place / tool / "in", place / tool / "out"
    source.mkdir(parents=True)
    names = {}
    for number, content in enumerate(contents):
        names[content] = f"{number:06d}.dcm"
        (source / names[content]).write_bytes(content)
    arguments = {"source": source, "target": target, "tool": TOOLS[tool]}
    run(
        "tests.bench.tools.folder:rewrite",
        {**arguments, "strict": False, "keep": True},
        interpreter=interpreter(),
    )

    def deidentify(original: bytes) -> bytes | None:
        made = target / names[original]
        return made.read_bytes() if made.is_file() else None

    return deidentify


def _probed(place: Path, sizes: Sizes) -> str:
    original, _ = probe()
    rows = []
    for policy in _shipped():
        made = _engine(policy)(original)
        rows.append(_row(f"engine, {policy}", residue(made, load_policy(policy).columns)))
    for name in TOOLS if sizes.tools else ():
        made = _outputs(place / "probe", name, [original])(original)
        rows.append(_row(name, residue(made, frozenset())))
    title = "Probe of the attributes of Table E.1-1: what is left"
    return "\n".join([title, *_aligned([("", *HEADINGS), *rows])])


def _row(name: str, found: Residue | None) -> tuple[str, ...]:
    return (name, *(found.cells if found else ["no output"] + [""] * (len(HEADINGS) - 1)))


def _scored(objects: list[Planted], reports: dict[str, Report], sizes: Sizes) -> str:
    asked = sum(len(planted.checks) for planted in objects)
    rows: list[tuple[str, ...]] = [("", *reports)]
    rows.append(("all checks", *(f"{each.share_right:.2%}" for each in reports.values())))
    for kind in Kind:
        rows.append((kind, *(_share(each, kind) for each in reports.values())))
    held = (f"{each.objects_held} ({each.objects_held_rightly})" for each in reports.values())
    rows.append(("objects without output (rightly)", *held))
    title = f"Answer key · seed {sizes.seed} · {len(objects)} objects · {asked} checks"
    return "\n".join([title, *_aligned(rows)])


def _share(report: Report, kind: Kind) -> str:
    right = report.right[kind]
    return f"{right}/{right + report.wrong[kind] + report.held[kind]}"


def _aligned(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(["  " + row[0].ljust(widths[0]), *cells]).rstrip()
