"""Asks a running local cloud for faults and dialects, over its own door."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.request import Request, urlopen

from include.localcloud.admin import DIALECT_PATH, FAULTS_PATH, HEADER

ANSWER_SECONDS = 30.0


class FaultClient:
    """The faults of the local cloud at a URL.

    Every method raises urllib.error.HTTPError when the local cloud refuses.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def set(self, fault: Mapping[str, Any]) -> str:
        """The new fault's id."""
        return str(self._ask("POST", FAULTS_PATH, fault)["faults"][0]["id"])

    def all(self) -> list[dict[str, Any]]:
        """All faults, with how often each fired."""
        found: list[dict[str, Any]] = self._ask("GET", FAULTS_PATH)["faults"]
        return found

    def fired(self, fault_id: str) -> int:
        """How often a fault fired."""
        return int(self._ask("GET", f"{FAULTS_PATH}/{fault_id}")["fired"])

    def clear(self, fault_id: str | None = None) -> None:
        """Remove one fault, or all without an id."""
        self._ask("DELETE", FAULTS_PATH if fault_id is None else f"{FAULTS_PATH}/{fault_id}")

    def dialect(self, chosen: Mapping[str, str]) -> dict[str, str]:
        """Choose values; what all of them were before."""
        before: dict[str, str] = self._ask("GET", DIALECT_PATH)["dialect"]
        self._ask("PUT", DIALECT_PATH, chosen)
        return before

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._url + path, data, {HEADER: "1"}, method=method)  # noqa: S310 - http
        with urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - our own http URL
            found: dict[str, Any] = json.load(answer)
            return found
