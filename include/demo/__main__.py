"""The demo's command line: run, up, down, build."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from botocore.exceptions import BotoCoreError, ClientError

from include.demo.airflow import ROOT, StartError
from include.demo.archive import build
from include.demo.hostile import NEIGHBOURS, TRAPS
from include.demo.place import Place, PlaceInUseError
from include.demo.rest import RestError
from include.demo.run import DAG, run
from include.demo.stack import Stack

OK, FAILED, INTERRUPTED = 0, 1, 130
_EXPECTED = (PlaceInUseError, StartError, RestError, TimeoutError, BotoCoreError, ClientError)


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201 - a command's output


def run_command(place: Place, arguments: argparse.Namespace) -> int:
    """Start everything, run `import_demo` once, report, and stop everything."""
    began = time.monotonic()
    with place.locked():
        _clear_the_ground(place)
        if arguments.fresh:
            place.empty()
        with Stack(place, say) as stack:
            succeeded = run(place, stack, say, began)
    return OK if succeeded else FAILED


def up_command(place: Place, arguments: argparse.Namespace) -> int:
    """Start everything and leave it running."""
    with place.locked():
        facts = place.remembered()
        if facts.get("mode") != "up" or len(facts["sessions"]) < 2:
            place.end_remembered()
            with Stack(place, say, keep=True) as stack:
                stack.airflow.await_dag(DAG)
            facts = place.remembered()
    say(f"Airflow:  {facts['url']}")
    say(f"user:     {facts['username']}")
    say(f"password: {facts['password']}")
    say("stop it:  make down")
    return OK


def down_command(place: Place, arguments: argparse.Namespace) -> int:
    """Stop whatever an earlier command left running."""
    with place.locked():
        ended = place.end_remembered()
    say("stopped" if ended else "nothing was running")
    return OK


def build_command(place: Place, arguments: argparse.Namespace) -> int:
    """Build the source archive alone, and say what is hostile in it."""
    arguments.folder.parent.mkdir(parents=True, exist_ok=True)
    built = build(arguments.folder)
    say(f"{built.files} files, {built.size:,} bytes, {built.dicom_files} DICOM files of packages")
    say("")
    say(f"{'hostile neighbour':18}{'outcome':13}{'finding':22}why")
    for row in (*NEIGHBOURS, *TRAPS):
        say(f"{row.name:18}{row.outcome:13}{row.code or '-':22}{row.why}")
    return OK


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # background shells ignore it
    chosen = _parser().parse_args(arguments)
    command: Callable[[Place, argparse.Namespace], int] = chosen.command
    try:
        return command(Place(chosen.root), chosen)
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED
    except _EXPECTED as error:
        say(f"it stopped: {error}")
        return FAILED


def _clear_the_ground(place: Place) -> None:
    if place.remembered().get("mode") == "up":
        raise PlaceInUseError("the demo is up: use its UI, or stop it with `make down` first")
    if place.end_remembered():
        say("ended what a killed demo had left running")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m include.demo", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT / ".demo", help="folder of the demo")
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("run", help="run import_demo once, from nothing to the balance")
    one.add_argument("--fresh", action="store_true", help="forget what earlier runs imported")
    one.set_defaults(command=run_command)
    commands.add_parser("up", help="start everything and keep it running").set_defaults(
        command=up_command
    )
    commands.add_parser("down", help="stop what `up` started").set_defaults(command=down_command)
    archive = commands.add_parser("build", help="build the source archive alone")
    archive.add_argument("folder", type=Path)
    archive.set_defaults(command=build_command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
