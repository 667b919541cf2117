"""`qa --out PAGE`: a sample of what a policy does to a folder or a batch, to be reviewed."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.session import Session

from include.imaging.cli import private_files
from include.imaging.cli.deidentify import add_engine, engine_of, sources
from include.imaging.cli.key import Commands
from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Deidentified, Held
from include.imaging.deid.rules import Rules
from include.imaging.errors import CustomerError
from include.imaging.qa.differences import differences
from include.imaging.qa.origins import Origin, of_batch, of_files
from include.imaging.qa.page import Report, Sampled, page
from include.imaging.qa.pictures import picture
from include.imaging.qa.sample import HELD, Stratum, Verify, checked, looked_at, strata
from include.imaging.steps.zones import Zones
from include.imaging.store import S3Store
from include.imaging.validation.promised import promises_of
from include.imaging.validation.verify import Verifier

PER_STRATUM = 3
MISSING = "No output of it is there; shown is what the engine makes of it."
OTHER = "The output that is there, and shown, is not what the engine makes of it."
BUCKETS = "LANDING,IMPORT,RESULTS"


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `qa` to the commands."""
    parser = commands.add_parser(
        "qa",
        help="make a page of a sample, for a person to review",
        description="De-identify and verify every object, and write a page that shows for some of "
        "each stratum (modality, SOP class, device, masked or not) what was done to every "
        "attribute. Of originals it shows the form of values alone, and no pixels. The page needs "
        "nothing but a browser. The same objects, key and seed give the same page.",
    )
    parser.add_argument(
        "source", metavar="SRC", type=Path, nargs="?", help="a DICOM file, or a folder"
    )
    parser.add_argument("--out", metavar="PAGE", type=Path, required=True, help="a new HTML file")
    add_engine(parser)
    parser.add_argument(
        "--outputs", type=Path, help="the DST of an earlier `deidentify`: its files are shown"
    )
    parser.add_argument("--batch", metavar="ID", help="a batch of the pipeline instead of SRC")
    parser.add_argument("--buckets", metavar=BUCKETS, help="where the batch lies")
    parser.add_argument("--profile", help="profile of the AWS configuration")
    parser.add_argument("--region", help="AWS region")
    parser.add_argument(
        "--per-stratum", type=int, default=PER_STRATUM, help=f"most objects of each ({PER_STRATUM})"
    )
    parser.add_argument("--seed", type=int, default=1, help="which objects are drawn (1)")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    engine = engine_of(options, load_policy(options.policy))
    verify = Verifier(promises_of(engine.policy)).verify
    if options.per_stratum < 1:
        raise CustomerError("SAMPLE_EMPTY", "--per-stratum must be 1 or more")
    origin = _origin(options, engine)
    with private_files.create(options.out) as file:
        try:
            seen = looked_at(origin.originals, engine, verify, options.seed)
            found = strata(seen, options.per_stratum)
            report = Report(engine.provenance, options.seed, options.per_stratum, found)
            drawn = _sampled(origin, engine, verify, found)
            file.writelines(piece.encode("utf-8") for piece in page(report, drawn))
        except BaseException:
            options.out.unlink()
            raise
    shown = sum(len(each.drawn) for each in found)
    held = sum(each.objects for each in found if each.kind.state == HELD)
    sys.stderr.write(f"{shown} of {len(origin.originals)} objects shown, {held} held back\n")
    return 0


def _origin(options: argparse.Namespace, engine: Deidentifier) -> Origin:
    if (options.source is None) == (options.batch is None):
        raise CustomerError("SOURCE_MISSING", "name either SRC or --batch")
    if options.batch is None:
        return of_files(sources(options.source), options.outputs)
    names = (options.buckets or "").split(",")
    if len(names) != 3 or not all(names):
        raise CustomerError("BUCKETS_MISSING", f"--batch needs --buckets {BUCKETS}")
    try:
        session = Session(profile=options.profile)
        client: Any = session.create_client("s3", region_name=options.region)
    except BotoCoreError as error:
        raise CustomerError("AWS_CONFIGURATION", str(error)) from None
    return of_batch(
        Zones(*(S3Store(client, name) for name in names)), options.batch, engine.fingerprint
    )


def _sampled(
    origin: Origin, engine: Deidentifier, verify: Verify, found: list[Stratum]
) -> Iterator[Sampled]:
    for stratum in found:
        for number in stratum.drawn:
            original = origin.originals[number - 1]()
            made = checked(original, engine, verify)
            if isinstance(made, Held):
                raise CustomerError("SOURCE_CHANGED", f"file {number} changed meanwhile: try again")
            stored = origin.output(made) if origin.output else made.data
            yield _shown(number, stratum, engine, original, made, stored)


def _shown(
    number: int,
    stratum: Stratum,
    engine: Deidentifier,
    original: bytes,
    made: Deidentified,
    stored: bytes | None,
) -> Sampled:
    output = made.data if stored is None else stored
    note = MISSING if stored is None else "" if stored == made.data else OTHER
    return Sampled(
        number=number,
        stratum=stratum,
        made=replace(made, data=b""),
        sha256_out=hashlib.sha256(output).hexdigest(),
        differences=differences(original, output, Rules(engine.policy)),
        picture=picture(output, original if made.is_masked else None),
        note=note,
    )
