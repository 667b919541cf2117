"""De-identification of loose files: what is done to a file, and how much of it is verified."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Deidentified, Held
from include.imaging.keyring import Keyring
from include.imaging.validation import verify
from tests.support.deidentification import KEY

POLICY = "basic"
# what is verified of an output: nothing, all that needs no other program, everything
NOTHING, IN_PROCESS, EVERYTHING = "nothing", "in process", "everything"
Check = Callable[[bytes, Deidentified], object]
CHECKS: dict[str, Check] = {
    NOTHING: lambda original, made: None,
    IN_PROCESS: verify._seen_in_bytes,
    EVERYTHING: verify.verify,
}


def engine(policy: str) -> Deidentifier:
    """Return an engine with a shipped policy."""
    return Deidentifier(load_policy(policy), Keyring(KEY), "hospital")


def leaves(path: Path, policy: str = POLICY) -> bool:
    """Return whether the engine lets a file leave, or holds it back."""
    return isinstance(engine(policy).deidentify(path.read_bytes()), Deidentified)


@contextmanager
def rewrite(
    source: str,
    target: str,
    *,
    verified: str = NOTHING,
    hashed: bool = False,
    workers: int = 1,
    policy: str = POLICY,
) -> Iterator[Callable[[], None]]:
    """Rewrite every file below `source` in threads; raises when one is held back."""
    into, files = _prepared(source, target)
    made_by = engine(policy)

    def one(path: Path) -> None:
        made = rewritten(made_by, path, into / path.name)
        if hashed or verified != NOTHING:
            _check(path, into / path.name, made, CHECKS[verified])

    def work() -> None:
        if workers == 1:
            for path in files:
                one(path)
            return
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(one, files))

    yield work
    shutil.rmtree(into)


def rewritten(made_by: Deidentifier, source: Path, target: Path) -> Deidentified:
    """Rewrite one file to another; raises when it is held."""
    with source.open("rb") as original, target.open("wb") as output:
        made = made_by.deidentify_file(original, output)
    if isinstance(made, Held):
        raise RuntimeError("an image of the bench was held back")
    return made


def _check(source: Path, target: Path, made: Deidentified, check: Check) -> None:
    """Hash both files and verify the output; raises when that finds something."""
    original, output = source.read_bytes(), target.read_bytes()
    hashlib.sha256(original).digest()
    hashlib.sha256(output).digest()
    if check(original, replace(made, data=output)):
        raise RuntimeError("an image of the bench did not pass verification")


def _prepared(source: str, target: str) -> tuple[Path, list[Path]]:
    into = Path(target)
    into.mkdir(parents=True)
    return into, sorted(Path(source).rglob("*.dcm"))
