"""The speed of de-identification: every corpus, plain copies, this engine and four other tools."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench.contest import Contender, Contest, run
from tests.bench.corpora import CORPORA
from tests.bench.deidentification import EVERYTHING, IN_PROCESS, leaves
from tests.bench.sizes import Sizes
from tests.bench.tool_environment import TOOLS, interpreter

OURS = "tests.bench.deidentification:rewrite"
THREADS = 4  # the step `deidentify` has 4
MEGABYTE = 10**6


def deidentify(place: Path, sizes: Sizes) -> Iterator[Contest]:
    """De-identification of each corpus, next to a plain copy of it."""
    for name in sizes.corpora:
        source = place / "source"
        count = max(1, round(CORPORA[name].count * sizes.share))
        arguments = {"target": str(source), "name": name, "count": count}
        run("tests.bench.corpora:write", arguments)
        files = list(source.iterdir())
        megabytes = sum(file.stat().st_size for file in files) / count / MEGABYTE
        paths = {"source": str(source), "target": str(place / "out")}
        ours = _ours(paths, count) if leaves(files[0]) else ()
        contenders = (*_copies(paths, count), *ours, *_tools(paths, count, sizes))
        held = "" if ours else " · held back by the engine"
        title = f"De-identification · {name}{held} · {count} files of {megabytes:.2f} MB"
        yield Contest(title, "files", contenders, megabytes=megabytes)
        for file in files:
            file.unlink()
        source.rmdir()


def _copies(paths: dict[str, str], count: int) -> tuple[Contender, ...]:
    return (
        Contender("plain copy", "tests.bench.plain:copy", paths, count),
        Contender("copy + SHA-256", "tests.bench.plain:copy_hashed", paths, count),
        Contender("pydicom read + write", "tests.bench.plain:read_write", paths, count),
    )


def _ours(paths: dict[str, str], count: int) -> tuple[Contender, ...]:
    ways: dict[str, dict[str, object]] = {
        "engine": {},
        "engine + hashes + checks": {"hashed": True, "verified": IN_PROCESS},
        "engine + hashes + checks + dciodvfy": {"hashed": True, "verified": EVERYTHING},
        f"the same, {THREADS} threads": {
            "hashed": True,
            "verified": EVERYTHING,
            "workers": THREADS,
        },
    }
    return tuple(Contender(name, OURS, {**paths, **how}, count) for name, how in ways.items())


def _tools(paths: dict[str, str], count: int, sizes: Sizes) -> tuple[Contender, ...]:
    if not sizes.tools:
        return ()
    python = interpreter()
    return tuple(
        Contender(
            name,
            "tests.bench.tools.folder:rewrite",
            {**paths, "tool": module},
            count,
            interpreter=python,
        )
        for name, module in TOOLS.items()
    )
