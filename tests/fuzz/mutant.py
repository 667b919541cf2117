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
        chosen = _chosen(rng)
        taken = [(place, each) for place, each in enumerate(chosen) if place not in without]
        specimen = taken_apart(data)
        for place, mutation in taken:
            own = random.Random(f"{self._seed}:{number}:{place}")
            if mutation not in noise.MUTATIONS:
                specimen = _bounded(mutation(own, specimen), specimen)
        made = specimen.assemble()
        for place, mutation in taken:
            own = random.Random(f"{self._seed}:{number}:{place}")
            if mutation in noise.MUTATIONS:
                made = mutation(own, made)
        names = tuple(f"{place}:{mutation.__name__}" for place, mutation in taken)
        return Mutant(number, origin, names, made)

    def smallest(self, mutant: Mutant, fails: Callable[[Mutant], bool]) -> Mutant:
        """Return the mutant without the mutations that its failure does not need."""
        left_out: frozenset[int] = frozenset()
        for name in mutant.mutations:
            fewer = left_out | {int(name.partition(":")[0])}
            if fails(smaller := self.mutant(mutant.number, without=fewer)):
                left_out, mutant = fewer, smaller
        return mutant


def _bounded(specimen: Specimen, before: Specimen) -> Specimen:
    """Return a specimen, or what it was before where it would cost the run too much."""
    return specimen if len(specimen.body) <= LARGEST_BYTES else before


def _chosen(rng: random.Random) -> list[Mutation]:
    count = _drawn(rng, COUNTS)
    families = [_drawn(rng, FAMILIES) for _ in range(count)]
    return [_drawn(rng, family.MUTATIONS) for family in families]


def _drawn(rng: random.Random, weights: Mapping[Any, float]) -> Any:
    return rng.choices(list(weights), list(weights.values()))[0]
