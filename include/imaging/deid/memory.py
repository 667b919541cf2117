"""What the fast path remembers: how an element was written, for the next object of the patient."""

from __future__ import annotations

import threading
from collections import OrderedDict

from include.imaging.deid.rules import Place
from include.imaging.deid.scene import Scene
from include.imaging.deid.series import Common
from include.imaging.deid.written import Together, Written
from include.imaging.dicom.forms import Form

Key = bytes | tuple[str, bytes]
MOST_BYTES = 4 * 2**20
MOST_SCENES = 16
# What an entry takes beside its bytes.
ENTRY_BYTES = 250


class Memory:
    """The elements of objects that share a scene, by their place and their bytes.

    It holds values of originals, in this process' memory alone, and forgets them when it is full.
    """

    def __init__(self) -> None:
        self._places: dict[Place, dict[Key, Written]] = {}
        self._fixed: dict[Place, dict[tuple[int, bytes], Written]] = {}
        self._sequences: dict[Place, dict[Key, tuple[Written, int]]] = {}
        self._together: dict[Place, dict[int, Together]] = {}
        self._bytes = 0

    def of(self, place: Place) -> dict[Key, Written]:
        """Return what is known of the elements at a place by their bytes, sequences aside.

        Private ones are known by their creator, too.
        """
        return self._places.setdefault(place, {})

    def fixed(self, place: Place) -> dict[tuple[int, bytes], Written]:
        """Return what attributes at a place become whatever their values, by tag and VR."""
        return self._fixed.setdefault(place, {})

    def sequences(self, place: Place) -> dict[Key, tuple[Written, int]]:
        """Return what is known of sequences, as `of` does, each with the number of its parts."""
        return self._sequences.setdefault(place, {})

    def together(self, place: Place) -> dict[int, Together]:
        """Return what is known of that which the headers of a series have in common, by number."""
        return self._together.setdefault(place, {})

    def keep(self, place: Place, key: Key, length: int, done: Written) -> None:
        """Remember how an element of some length was written at a place."""
        self._count(length + len(done[0]) + ENTRY_BYTES)
        self._places.setdefault(place, {})[key] = done

    def keep_sequence(self, place: Place, key: Key, length: int, done: Written, parts: int) -> None:
        """Remember how a sequence of some length was written, and how many parts are in it."""
        self._count(length + len(done[0]) + ENTRY_BYTES)
        self._sequences.setdefault(place, {})[key] = done, parts

    def keep_together(self, place: Place, common: Common, done: Together) -> None:
        """Remember how that which a series has in common was written."""
        size = sum(len(stretch.raw) for stretch in common.stretches)
        self._count(2 * size + ENTRY_BYTES * len(common.values))
        self._together.setdefault(place, {})[common.number] = done

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > MOST_BYTES:
            self._places.clear()
            self._fixed.clear()
            self._sequences.clear()
            self._together.clear()
            self._bytes = size


class Memories:
    """The memories of the latest scenes; safe among threads."""

    def __init__(self) -> None:
        self._memories: OrderedDict[tuple[Scene, str], Memory] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, scene: Scene, form: Form) -> Memory:
        """Return the memory of a scene, for objects of one form."""
        key = (scene, form.name)
        with self._lock:
            memory = self._memories.pop(key, None) or Memory()
            self._memories[key] = memory
            if len(self._memories) > MOST_SCENES:
                self._memories.popitem(last=False)
            return memory
