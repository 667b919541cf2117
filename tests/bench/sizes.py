"""How much each bench works through."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.corpora import CORPORA


@dataclass(frozen=True)
class Sizes:
    """Of two sizes the smaller shows that memory does not grow.

    `share` of each corpus' files are written; `tools` says whether the other tools take part,
    which are installed then; `patients` and `seed` make the answer key.
    """

    corpora: tuple[str, ...] = tuple(CORPORA)
    share: float = 1.0
    tools: bool = True
    patients: int = 40
    seed: int = 1
    files: tuple[int, int] = (500, 2_000)
    lines: tuple[int, int] = (10_000, 100_000)
    feeds: tuple[int, int] = (1, 100)
    slices: tuple[int, int] = (100, 400)
    requests: int = 2_000


QUICK = Sizes(
    share=0.1,
    patients=10,
    files=(50, 200),
    lines=(1_000, 10_000),
    feeds=(1, 10),
    slices=(20, 40),
    requests=200,
)
