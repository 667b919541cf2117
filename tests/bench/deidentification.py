"""De-identification of loose files: what is done to a file, and how much of it is verified."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import load_policy
from include.imaging.deid.results import Deidentified, Held
from include.imaging.keyring import Keyring
from include.imaging.validation.promised import promises_of
from include.imaging.validation.verify import Verifier
from tests.support.deidentification import KEY

POLICY = "basic"
# what is verified of an output: nothing, all that needs no other program, everything
NOTHING, IN_PROCESS, EVERYTHING = "nothing", "in process", "everything"
Check = Callable[[bytes, Deidentified], object]


def _check_of(verified: str, policy: str) -> Check:
    """Return what is done to an output beside writing it."""
    if verified == NOTHING:
        return lambda original, made: ()
    promises = promises_of(load_policy(policy))
    return Verifier(promises, conformance="off" if verified == IN_PROCESS else "signature").verify


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
    made_by, check = engine(policy), _check_of(verified, policy)

    def one(path: Path) -> None:
        if hashed or verified != NOTHING:
            (into / path.name).write_bytes(_checked(made_by, path.read_bytes(), check))
        else:
            rewritten(made_by, path, into / path.name)

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


def _checked(made_by: Deidentifier, original: bytes, check: Check) -> bytes:
    """Return a verified output, both files hashed; raises when it is held or found wanting."""
    hashlib.sha256(original).digest()
    made = made_by.deidentify(original)
    if isinstance(made, Held) or check(original, made):
        raise RuntimeError("an image of the bench was held back")
    hashlib.sha256(made.data).digest()
    return made.data


def _prepared(source: str, target: str) -> tuple[Path, list[Path]]:
    into = Path(target)
    into.mkdir(parents=True)
    return into, sorted(Path(source).rglob("*.dcm"))
