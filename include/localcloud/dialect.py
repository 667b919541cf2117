"""Which side the stand-in takes where the documentation is silent or contradicts itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CHOICES: Mapping[str, Mapping[str, Any]] = json.loads(
    Path(__file__).with_name("dialects.json").read_text()
)


class DialectError(ValueError):
    """There is no such choice."""


class Dialect:
    """The chosen value of each name in dialects.json; the first value is the default."""

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        self._values: dict[str, str] = {
            name: choice["values"][0] for name, choice in CHOICES.items()
        }
        for name, value in (chosen or {}).items():
            self.choose(name, value)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def choose(self, name: str, value: str) -> None:
        """Take a side.

        Raises:
            DialectError: There is no such name, or it has no such value.
        """
        if name not in CHOICES:
            raise DialectError(f"a dialect is one of {', '.join(CHOICES)}")
        values = CHOICES[name]["values"]
        if value not in values:
            raise DialectError(f"dialect {name} is one of {', '.join(values)}")
        self._values[name] = value

    def all(self) -> dict[str, str]:
        """Every name with its value."""
        return dict(self._values)
