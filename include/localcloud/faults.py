"""The faults that were asked for, and which of them strike now."""

import json
import random
import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from include.localcloud.import_warnings import BY_CODE, OTHER

KINDS: Mapping[str, Mapping[str, Any]] = json.loads(
    Path(__file__).with_name("fault_kinds.json").read_text()
)
MEMBERS: Mapping[str, type | tuple[type, ...]] = {
    "kind": str,
    "service": str,
    "operation": str,
    "match": str,
    "count": (int, type(None)),
    "skip": int,
    "probability": (int, float),
    "seed": int,
}
LARGEST = 1_000_000


class FaultError(ValueError):
    """What was asked for is not a fault."""


@dataclass
class Fault:
    """One fault.

    Attributes:
        service: Signing name of the service whose requests it strikes.
        operation: Pattern of the operation, or of an event's detail-type.
        match: Text that the path of a request, the name of a job, the key of a file or the
            detail of an event contains; "" strikes all.
        count: How often it fires; None is always.
        skip: How many chances pass before the first that counts.
        probability: Of firing at a chance, by a generator of its own that `seed` starts.
        settings: What the kind takes besides.
        fired: How often it fired.
    """

    kind: str
    service: str = "medical-imaging"
    operation: str = "*"
    match: str = ""
    count: int | None = 1
    skip: int = 0
    probability: float = 1.0
    seed: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    fired: int = 0

    def __post_init__(self) -> None:
        self.chances = 0
        self.random = random.Random(self.seed)  # noqa: S311 - repeatable, not secret

    @property
    def stage(self) -> str:
        """Where it strikes: request, job, file or event."""
        return str(KINDS[self.kind]["stage"])

    def strikes(self, service: str, operation: str, subject: str) -> bool:
        """Whether it fires now; counts the chance, if it is one."""
        spent = self.count is not None and self.fired >= self.count
        wanted = service == self.service and fnmatchcase(operation, self.operation)
        if spent or not wanted or self.match not in subject:
            return False
        self.chances += 1
        if self.chances <= self.skip or self.random.random() >= self.probability:
            return False
        self.fired += 1
        return True

    def describe(self) -> dict[str, Any]:
        """The fault as JSON has it."""
        names = ("id", *MEMBERS, "fired")
        return {**{name: getattr(self, name) for name in names}, **self.settings}


class Faults:
    """The faults of this process, safe for threads. They end with it."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._lock = threading.Lock()

    def add(self, asked: Iterable[Mapping[str, Any]]) -> list[Fault]:
        """The new faults, all of them or none.

        Raises:
            FaultError: One is not well-formed; says which member.
        """
        made = [parse_fault(one) for one in asked]
        with self._lock:
            self._faults.update({fault.id: fault for fault in made})
        return made

    def all(self) -> list[Fault]:
        """All faults, in the order they were made."""
        with self._lock:
            return list(self._faults.values())

    def clear(self, fault_id: str | None = None) -> int:
        """How many were removed: one, or all without an id. Stuck jobs go on."""
        with self._lock:
            names = list(self._faults) if fault_id is None else [fault_id]
            return sum(self._faults.pop(name, None) is not None for name in names)

    def holds(self, fault: Fault) -> bool:
        """Whether the fault was not cleared."""
        return fault.id in self._faults

    def fire(
        self, stage: str, operation: str, subject: str, service: str = "medical-imaging"
    ) -> dict[str, Fault]:
        """The faults that strike now, at most one of a kind."""
        if not self._faults:
            return {}
        fired: dict[str, Fault] = {}
        with self._lock:
            for fault in self._faults.values():
                wanted = fault.stage == stage and fault.kind not in fired
                if wanted and fault.strikes(service, operation, subject):
                    fired[fault.kind] = fault
        return fired


def parse_fault(asked: Mapping[str, Any]) -> Fault:
    """The fault that JSON describes: the kind's presets, then what is given.

    Raises:
        FaultError: The kind or a member is unknown, or a member's type is wrong.
    """
    if not isinstance(asked, Mapping) or str(asked.get("kind")) not in KINDS:
        raise FaultError(f"kind must be one of {', '.join(KINDS)}")
    kind = KINDS[asked["kind"]]
    settings: dict[str, Any] = dict(kind.get("settings", {}))
    members = {name: kind[name] for name in ("service", "operation", "match") if name in kind}
    for name, value in asked.items():
        _check_type(name, value, settings)
        (settings if name in settings else members)[name] = value
    if settings.get("code", OTHER.warning_reason_code) not in BY_CODE:
        raise FaultError(f"code must be one of {', '.join(map(str, BY_CODE))}")
    if not 0 <= members.get("probability", 1.0) <= 1:
        raise FaultError("probability must be between 0 and 1")
    return Fault(**members, settings=settings)


def read_faults(path: Path) -> list[Mapping[str, Any]]:
    """What a file asks for: a JSON list of faults.

    Raises:
        FaultError: It is not a JSON list.
        OSError: It cannot be read.
    """
    try:
        asked = json.loads(path.read_text())
    except ValueError:
        raise FaultError("the file of faults is not JSON") from None
    if not isinstance(asked, list):
        raise FaultError("the file of faults is not a JSON list")
    return asked


def _check_type(name: str, value: Any, settings: Mapping[str, Any]) -> None:
    expected = MEMBERS.get(name)
    if name in settings:
        default = type(settings[name])
        expected = (int, float) if default is float else default
    if expected is None:
        raise FaultError(f"a fault of this kind has no member {name[:40]!r}")
    is_boolean = isinstance(value, bool) and expected is not bool
    if is_boolean or not isinstance(value, expected):
        raise FaultError(f"{name} has the wrong type")
    if isinstance(value, int | float) and name != "seed" and not 0 <= value <= LARGEST:
        raise FaultError(f"{name} must be between 0 and {LARGEST}")
