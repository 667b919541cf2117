"""Census against the sum of outcomes, per run: the sheet, its verdict and its page."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any

from include.imaging.errors import IntegrityError
from include.imaging.findings import registry
from include.imaging.model import Outcome

NAMED_ITEMS = 20
CLOSING = (
    "The chain of this run's records ends in `{head}`; "
    "`python -m include.imaging evidence FOLDER` verifies it offline.\n"
)


@dataclass(frozen=True, slots=True)
class Balance:
    """The balance sheet of a run; all counts are items."""

    feed: str
    run_id: str
    census: int
    outcomes: dict[str, int]
    findings: dict[str, int]
    image_sets: int
    import_jobs: int
    failed_allowed: int
    fingerprint: str = ""
    missing: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    chain_head: str = ""

    @property
    def unaccounted(self) -> int:
        """The census less the sum of outcomes."""
        return self.census - sum(self.outcomes.values())

    @property
    def balanced(self) -> bool:
        """Whether every item has its outcome and no more failed than the feed allows."""
        failed = self.outcomes.get(Outcome.FAILED.value, 0)
        return self.unaccounted == 0 and failed <= self.failed_allowed

    def to_dict(self) -> dict[str, Any]:
        """Return the sheet as JSON values, with `unaccounted` and `balanced`."""
        return {**asdict(self), "unaccounted": self.unaccounted, "balanced": self.balanced}

    def record(self) -> dict[str, Any]:
        """Return what the chain's last record says: the sheet, and the hash of its report."""
        told = {name: value for name, value in self.to_dict().items() if name != "chain_head"}
        return {**told, "report_sha256": hashlib.sha256(body(self).encode()).hexdigest()}

    def require(self) -> None:
        """Raise IntegrityError, naming items, unless the run balances."""
        if self.unaccounted:
            raise IntegrityError(
                "UNACCOUNTED",
                f"{self.unaccounted} of {self.census} items have no outcome"
                f"{_named(self.missing)}: see which tasks of this run failed, and clear those "
                "with their downstream tasks",
            )
        if not self.balanced:
            raise IntegrityError(
                "TOO_MANY_FAILED",
                f"{self.outcomes[Outcome.FAILED.value]} items failed, the feed allows "
                f"{self.failed_allowed}{_named(self.failed)}: the report in the run's evidence "
                "says why; once the cause is gone, trigger the interval again",
            )


def to_markdown(sheet: Balance) -> str:
    """Return the run's report for a person, without identity: its body, and the chain's end."""
    return body(sheet) + CLOSING.format(head=sheet.chain_head)


def body(sheet: Balance) -> str:
    """Return the report but for its last line, so that the chain itself can hold its hash."""
    verdict = "balanced" if sheet.balanced else "NOT BALANCED"
    lines = [
        f"# {sheet.feed}: {verdict}",
        "",
        f"Run `{sheet.run_id}`, policy fingerprint `{sheet.fingerprint}`.",
        "",
        "| outcome | items |",
        "|---|---:|",
        *(f"| {outcome.value} | {sheet.outcomes.get(outcome.value, 0)} |" for outcome in Outcome),
        f"| unaccounted | {sheet.unaccounted} |",
        f"| **census** | **{sheet.census}** |",
        "",
        f"{sheet.import_jobs} import jobs, {sheet.image_sets} image sets.",
        "",
        *_findings(sheet.findings),
    ]
    return "\n".join(lines) + "\n"


def _findings(found: dict[str, int]) -> list[str]:
    if not found:
        return ["No findings.", ""]
    known = registry()
    rows = [
        f"| {code} | {count} | {known[code].meaning if code in known else ''} "
        f"| {known[code].advice if code in known else ''} |"
        for code, count in found.items()
    ]
    return ["| finding | items | what it means | what to do |", "|---|---:|---|---|", *rows, ""]


def _named(item_ids: list[str]) -> str:
    if not item_ids:
        return ""
    more = ", …" if len(item_ids) >= NAMED_ITEMS else ""
    return f" ({', '.join(item_ids)}{more})"
