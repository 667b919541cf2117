"""`qa SRC --out PAGE`: a sample of what a policy does to the files of a folder, to be reviewed."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from include.imaging.cli import private_files
from include.imaging.cli.deidentify import add_engine, engine_of, place_of, sources
from include.imaging.cli.key import Commands
from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Deidentified, Held
from include.imaging.errors import CustomerError
from include.imaging.qa.differences import differences
from include.imaging.qa.page import Report, Sampled, page
from include.imaging.qa.pictures import picture
from include.imaging.qa.sample import HELD, Stratum, checked, looked_at, strata
from include.imaging.validation.verify import verify

PER_STRATUM = 3
MISSING = "No output of it lies in the folder of outputs; shown is what the engine makes of it."
OTHER = "The output in the folder, which is shown, is not what the engine makes of it now."


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `qa` to the commands."""
    parser = commands.add_parser(
        "qa",
        help="make a page of a sample, for a person to review",
        description="De-identify and verify every file, and write a page that shows for some of "
        "each stratum (modality, SOP class, device, masked or not) what was done to every "
        "attribute. Of originals it shows the form of values alone, and no pixels. The page needs "
        "nothing but a browser. The same files, key and seed give the same page.",
    )
    parser.add_argument("source", metavar="SRC", type=Path, help="a DICOM file, or a folder")
    parser.add_argument("--out", metavar="PAGE", type=Path, required=True, help="a new HTML file")
    add_engine(parser)
    parser.add_argument(
        "--outputs", type=Path, help="the DST of an earlier `deidentify`: its files are shown"
    )
    parser.add_argument(
        "--per-stratum", type=int, default=PER_STRATUM, help=f"most objects of each ({PER_STRATUM})"
    )
    parser.add_argument("--seed", type=int, default=1, help="which objects are drawn (1)")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    engine = engine_of(options, load_policy(options.policy))
    if options.per_stratum < 1:
        raise CustomerError("SAMPLE_EMPTY", "--per-stratum must be 1 or more")
    files = sources(options.source)
    with private_files.create(options.out) as file:
        try:
            seen = looked_at([path.read_bytes for path in files], engine, verify, options.seed)
            found = strata(seen, options.per_stratum)
            report = Report(engine.provenance, options.seed, options.per_stratum, found)
            drawn = _sampled(files, engine, found, options.outputs)
            file.writelines(piece.encode("utf-8") for piece in page(report, drawn))
        except BaseException:
            options.out.unlink()
            raise
    counts = {each.kind.state == HELD: 0 for each in found}
    for each in found:
        counts[each.kind.state == HELD] += each.objects
    shown = sum(len(each.drawn) for each in found)
    sys.stderr.write(
        f"{shown} of {sum(counts.values())} objects shown, {counts.get(True, 0)} held back\n"
    )
    return 0


def _sampled(
    files: list[Path], engine: Deidentifier, found: list[Stratum], outputs: Path | None
) -> Iterator[Sampled]:
    for stratum in found:
        for number in stratum.drawn:
            original = files[number - 1].read_bytes()
            made = checked(original, engine, verify)
            if isinstance(made, Held):
                raise CustomerError("SOURCE_CHANGED", f"file {number} changed meanwhile: try again")
            yield _shown(number, stratum, engine, original, made, outputs)


def _shown(
    number: int,
    stratum: Stratum,
    engine: Deidentifier,
    original: bytes,
    made: Deidentified,
    outputs: Path | None,
) -> Sampled:
    output, note = made.data, ""
    if outputs is not None:
        stored = place_of(outputs, made)
        note = MISSING
        if stored.is_file():
            output = stored.read_bytes()
            note = "" if output == made.data else OTHER
    return Sampled(
        number=number,
        stratum=stratum,
        made=replace(made, data=b""),
        sha256_out=hashlib.sha256(output).hexdigest(),
        differences=differences(original, output, engine.rules),
        picture=picture(output, original if made.is_masked else None),
        note=note,
    )
