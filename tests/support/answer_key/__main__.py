"""Scores the engine on the answer key: `python -m tests.support.answer_key --seed 1`."""

from __future__ import annotations

import argparse
import sys

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Deidentified
from include.imaging.keyring import Keyring
from tests.support.answer_key.generator import generate
from tests.support.answer_key.pages import page
from tests.support.answer_key.scoring import score
from tests.support.deidentification import KEY

PATIENTS = 60


def main() -> None:
    """Print the counts and every miss."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.answer_key")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument("--policy", default="research")
    parser.add_argument("--misses", type=int, default=10**6, help="how many to list")
    arguments = parser.parse_args()
    engine = Deidentifier(load_policy(arguments.policy), Keyring(KEY), "hospital")

    def deidentify(original: bytes) -> bytes | None:
        made = engine.deidentify(original)
        return made.data if isinstance(made, Deidentified) else None

    report = score(generate(arguments.seed, arguments.patients), deidentify)
    sys.stdout.write(page(report, arguments.misses))


if __name__ == "__main__":
    main()
