"""One mutant: a seed and the mutations that a number chooses for it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fuzz import bombs, envelopes, forgeries, noise, plantings
from tests.fuzz.seeds import Seeds
from tests.fuzz.specimen import Specimen, taken_apart

# How many mutants in a hundred get one mutation, two, …: those with few reach the deepest.
COUNTS = {1: 50, 2: 27, 3: 13, 4: 7, 6: 3}
# How often each family is drawn: half of all mutations know the structure of what they change.
FAMILIES: dict[Any, float] = {noise: 20, envelopes: 16, forgeries: 38, bombs: 6, plantings: 20}
LARGEST_BYTES = 2**23
# Many a mutation needs a sequence, fragments, or a VR that a file has not.
MOST_ATTEMPTS = 6

Mutation = Callable[[random.Random, Any], Any]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mutated file; `number` and `mutations` make it again from the same seed of the run."""

    number: int
    origin: str
    mutations: tuple[str, ...]
    data: bytes


class Mutants:
    """The mutants of a run: each is a function of the run's seed and its own number."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._seeds = Seeds()

    def mutant(self, number: int, *, without: frozenset[int] = frozenset()) -> Mutant:
        """Return a mutant; `without` leaves mutations of it out, by their positions."""
        rng = random.Random(f"{self._seed}:{number}")
        origin, data = self._seeds.draw(rng)
        families = [_drawn(rng, FAMILIES) for _ in range(_drawn(rng, COUNTS))]
        taken = [each for each in enumerate(families) if each[0] not in without]
        specimen = taken_apart(data)
        names = []
        for place, family in taken:
            if family is not noise:
                name, specimen = _changed(self._own(number, place), specimen, family.MUTATIONS)
                names.append(f"{place}:{name}")
        made = specimen.assemble()
        for place, family in taken:
            if family is noise:
                own = self._own(number, place)
                mutation = _drawn(own, noise.MUTATIONS)
                names.append(f"{place}:{mutation.__name__}")
                made = mutation(own, made)
        return Mutant(number, origin, tuple(names), made)

    def _own(self, number: int, place: int) -> random.Random:
        """Return the chances of one mutation, whichever others stay."""
        return random.Random(f"{self._seed}:{number}:{place}")

    def smallest(self, mutant: Mutant, fails: Callable[[Mutant], bool]) -> Mutant:
        """Return the mutant without the mutations that its failure does not need."""
        left_out: frozenset[int] = frozenset()
        for name in mutant.mutations:
            fewer = left_out | {int(name.partition(":")[0])}
            if fails(smaller := self.mutant(mutant.number, without=fewer)):
                left_out, mutant = fewer, smaller
        return mutant


def _changed(
    rng: random.Random, specimen: Specimen, mutations: Mapping[Mutation, float]
) -> tuple[str, Specimen]:
    """Return the first mutation that changes a specimen without making the run costly."""
    for _ in range(MOST_ATTEMPTS):
        mutation = _drawn(rng, mutations)
        new = mutation(rng, specimen)
        if new != specimen and len(new.body) <= LARGEST_BYTES:
            return mutation.__name__, new
    return "nothing", specimen


def _drawn(rng: random.Random, weights: Mapping[Any, float]) -> Any:
    return rng.choices(list(weights), list(weights.values()))[0]
