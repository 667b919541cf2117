"""`deidentify SRC DST`: one file or a folder, verified, with a list of what was held back."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from include.imaging.cli.key import Commands, keyring
from include.imaging.cli.map_file import map_file
from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.links import Links
from include.imaging.deid.policy import Policy, load_policy
from include.imaging.deid.reidentification import map_of
from include.imaging.deid.results import Held
from include.imaging.deid.subjects import SubjectList
from include.imaging.errors import CustomerError
from include.imaging.findings import finding
from include.imaging.model import Finding, Severity, Stage
from include.imaging.qa.origins import place_of
from include.imaging.validation.promised import promises_of
from include.imaging.validation.verify import Verifier

THREADS = 4
EXISTS = "a different file lies there already; it was not replaced"


@dataclass(frozen=True, slots=True)
class _Job:
    engine: Deidentifier
    verifier: Verifier
    path: Path
    target: Path
    is_tree: bool
    number: int
    links: Links | None


@dataclass(frozen=True, slots=True)
class _Result:
    number: int
    path: Path
    is_written: bool
    notes: tuple[str, ...] = ()


def register(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `deidentify` to the commands."""
    parser = commands.add_parser(
        "deidentify",
        help="de-identify a file or a folder",
        description="Write de-identified, verified copies. A folder becomes "
        "DST/<study>/<series>/<SOPInstanceUID>.dcm under keyed UIDs. "
        "The exit code is 1 if anything was held back.",
    )
    parser.add_argument("source", metavar="SRC", type=Path, help="a DICOM file, or a folder")
    parser.add_argument("target", metavar="DST", type=Path, help="a file, or a folder")
    add_engine(parser)
    parser.add_argument(
        "--map",
        type=Path,
        help="a new file for the re-identification map, where the policy asks for one",
    )
    parser.add_argument(
        "--show-paths", action="store_true", help="name source files, which may hold identity"
    )
    parser.set_defaults(run=_run)


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Add what makes an engine: policy, key, namespace and subject list."""
    parser.add_argument("--policy", default="basic", help="name, or path of a YAML file (basic)")
    parser.add_argument("--key-file", type=Path, help="secret in hex; else IMAGING_DEID_KEY")
    parser.add_argument(
        "--patient-namespace", default="default", help="who assigned the PatientIDs (default)"
    )
    parser.add_argument(
        "--subjects", metavar="FILE", type=Path, help="CSV of patient_id,pseudonym given beforehand"
    )


def engine_of(options: argparse.Namespace, policy: Policy) -> Deidentifier:
    """Return the engine that the options of `add_engine` ask for; CustomerError."""
    keys = keyring(options.key_file)
    subjects = SubjectList.from_csv(options.subjects) if options.subjects else None
    return Deidentifier(policy, keys, options.patient_namespace, subjects)


def _run(options: argparse.Namespace) -> int:
    policy = load_policy(options.policy)
    engine = engine_of(options, policy)
    seal = map_of(policy.reidentification)
    verifier = Verifier(promises_of(policy))
    found = sources(options.source)
    _require_apart(options.source, options.target)
    is_tree = options.source.is_dir() or options.target.is_dir()
    done: Counter[bool] = Counter()
    with map_file(seal, options.map) as links, ThreadPoolExecutor(THREADS) as pool:
        jobs = (
            _Job(engine, verifier, path, options.target, is_tree, number, links)
            for number, path in enumerate(found, 1)
        )
        for result in pool.map(_one, jobs):
            done[result.is_written] += 1
            _report(result, len(found), show_path=options.show_paths)
    sys.stderr.write(f"{done[True]} written, {done[False]} held back, of {len(found)} files\n")
    return 1 if done[False] else 0


def sources(source: Path) -> list[Path]:
    """Return a file, or the files of a folder in the order of their paths; CustomerError."""
    if source.is_dir():
        return sorted(_files_below(source))
    if source.is_file():
        return [source]
    raise CustomerError("SOURCE_MISSING", "SRC is neither a file nor a folder")


def _require_apart(source: Path, target: Path) -> None:
    """Raise CustomerError for a DST that a later run would take for a part of its SRC."""
    if source.is_dir() and target.resolve().is_relative_to(source.resolve()):
        raise CustomerError("TARGET_IN_SOURCE", "DST lies in SRC: name a folder elsewhere")
    if source.is_dir() and target.exists() and not target.is_dir():
        raise CustomerError("TARGET_NO_FOLDER", "SRC is a folder, so DST must be one, too")


def _files_below(source: Path) -> Iterator[Path]:
    """Yield the files of a folder at every depth, and the folders that cannot be listed."""
    unlisted: list[OSError] = []
    for folder, _, names in os.walk(source, onerror=unlisted.append):
        yield from (path for name in names if _may_be_file(path := Path(folder) / name))
    yield from (Path(error.filename) for error in unlisted)


def _may_be_file(path: Path) -> bool:
    """Return whether a path is a file, or may be one behind a folder that cannot be entered."""
    try:
        return path.is_file()
    except OSError:
        return True


def _one(job: _Job) -> _Result:
    path, number = job.path, job.number
    try:
        original = path.read_bytes()
    except OSError as error:
        unread = finding("UNREADABLE", Stage.STAGE, type(error).__name__)
        return _Result(number, path, is_written=False, notes=(_line(unread),))
    made = job.engine.deidentify(original)
    found = () if isinstance(made, Held) else job.verifier.verify(original, made)
    findings = made.findings + found
    notes = tuple(map(_line, findings))
    if isinstance(made, Held) or any(f.severity is Severity.ERROR for f in findings):
        return _Result(number, path, is_written=False, notes=notes)
    place = place_of(job.target, made) if job.is_tree else job.target
    if not _write_once(place, made.data):
        return _Result(number, path, is_written=False, notes=(*notes, EXISTS))
    if job.links is not None:
        job.links.add(job.engine.originals(original), made)
    return _Result(number, path, is_written=True, notes=notes)


def _write_once(place: Path, data: bytes) -> bool:
    """Write a new file; returns False when another content lies there, True when the same does."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        with place.open("xb") as file:
            file.write(data)
    except FileExistsError:
        return place.is_file() and place.read_bytes() == data
    return True


def _line(found: Finding) -> str:
    return f"{found.code}: {found.text}"


def _report(result: _Result, total: int, *, show_path: bool) -> None:
    name = str(result.path) if show_path else f"file {result.number}"
    for note in result.notes:
        sys.stdout.write(f"{name}: {note}\n")
    if sys.stderr.isatty():
        end = "\n" if result.number == total else ""
        sys.stderr.write(f"\r{result.number}/{total}{end}")
        sys.stderr.flush()


def lines(findings: tuple[Finding, ...]) -> Iterator[str]:
    """Yield findings as the commands print them."""
    return map(_line, findings)
