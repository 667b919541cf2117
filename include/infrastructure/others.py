"""What others wrote into a bucket that opens it, or that keeps the pipeline from its work."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import Any

from include.imaging.keys import BATCHES, QUARANTINE, RUNS
from include.infrastructure.lifecycle import Rule
from include.infrastructure.policies import Statement

PREFIXES = (RUNS, QUARANTINE, BATCHES)
# from these an object must be restored before it can be read
UNREADABLE = ("GLACIER", "DEEP_ARCHIVE")


@dataclass(frozen=True, slots=True)
class Needs:
    """Who works with a bucket: the account, and the statements that let it."""

    account: str
    allowed: Sequence[Statement]


def harmful_statements(statements: Sequence[Statement], needs: Needs) -> list[str]:
    """Return, of a bucket's policy, what lets others in or keeps the pipeline out.

    A condition is no reason to pass over a statement, unless it hits nothing but requests
    without TLS, or with an old one: who meets it cannot be told from here.
    """
    found = []
    for number, statement in enumerate(statements, start=1):
        name = statement.get("Sid") or f"statement {number}"
        if statement.get("Effect") == "Allow":
            if who := list(_foreign(statement, needs.account)):
                found.append(f"{name} allows {_actions(statement)} to {', '.join(who)}")
        elif _hits(statement, needs):
            found.append(f"{name} denies {_actions(statement)}")
    return found


def harmful_rules(theirs: Sequence[Rule], ours: Sequence[Rule]) -> list[str]:
    """Return the rules that take objects of the pipeline away sooner than its own, or archive them.

    Args:
        theirs: rules that set-up did not write.
        ours: those that it wants.
    """
    return [
        f"{rule.get('ID', 'a rule')} {harm}"
        for rule in theirs
        if rule.get("Status") == "Enabled" and (harm := _harm(rule, ours))
    ]


def _foreign(statement: Statement, account: str) -> Iterator[str]:
    """Yield the principals that are not of the account."""
    if "NotPrincipal" in statement:
        yield "everybody but some"
        return
    principal = statement.get("Principal", "*")
    by_kind = principal if isinstance(principal, dict) else {"AWS": principal}
    for kind, names in by_kind.items():
        for name in _listed(names):
            if kind != "AWS" or not _is_of(name, account):
                yield name


def _is_of(principal: str, account: str) -> bool:
    return principal == account or principal.split(":")[4:5] == [account]


def _hits(statement: Statement, needs: Needs) -> bool:
    """Return whether a Deny takes something that the pipeline needs."""
    if _is_without_tls(statement.get("Condition", {})):
        return False
    principal = statement.get("Principal")
    named = _listed(principal.get("AWS", [])) if isinstance(principal, dict) else ["*"]
    if not any(name == "*" or _is_of(name, needs.account) for name in named):
        return False
    return any(
        _covers(statement, action) and _overlaps(statement, resource)
        for allowed in needs.allowed
        for action in _listed(allowed["Action"])
        for resource in _listed(allowed["Resource"])
    )


def _is_without_tls(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    """Return whether a request must lack TLS to meet it; of several conditions all must hold."""
    for operator, keys in condition.items():
        for key, value in keys.items():
            found = (operator.lower().removesuffix("ifexists"), key.lower())
            if found == ("bool", "aws:securetransport") and str(value).lower() == "false":
                return True
            if found == ("numericlessthan", "s3:tlsversion"):
                return True
    return False


def _covers(statement: Statement, action: str) -> bool:
    wanted = _listed(statement.get("Action") or statement.get("NotAction") or [])
    matches = any(re.match(translate(each.lower()), action.lower()) for each in wanted)
    return matches if "Action" in statement else not matches


def _overlaps(statement: Statement, resource: str) -> bool:
    """Return whether both may name one object; what stands behind a wildcard is not compared."""
    if "Resource" not in statement:
        return True
    return any(
        _nested(_literal(each), _literal(resource)) for each in _listed(statement["Resource"])
    )


def _harm(rule: Rule, ours: Sequence[Rule]) -> str:
    touched = [prefix for prefix in PREFIXES if _nested(_prefix(rule), prefix)]
    for prefix in touched:
        if _days(rule, "Expiration") < _least(ours, prefix, "Expiration"):
            return f"expires {prefix}"
        kept = "NoncurrentVersionExpiration"
        if _days(rule, kept) < _least(ours, prefix, kept):
            return f"expires versions of {prefix}"
    moves = [*rule.get("Transitions", []), *rule.get("NoncurrentVersionTransitions", [])]
    archived = any(move.get("StorageClass") in UNREADABLE for move in moves)
    return f"archives {' and '.join(touched)}" if touched and archived else ""


def _least(rules: Sequence[Rule], prefix: str, kind: str) -> float:
    """Return after how many days the first of these rules takes what lies below a prefix."""
    fitting = [rule for rule in rules if prefix.startswith(_prefix(rule))]
    return min((_days(rule, kind) for rule in fitting), default=math.inf)


def _days(rule: Rule, kind: str) -> float:
    does = rule.get(kind, {})
    if "Date" in does:
        return 0
    days: float = does.get("Days", does.get("NoncurrentDays", math.inf))
    return days


def _prefix(rule: Rule) -> str:
    chosen = rule.get("Filter", {})
    prefix: str = chosen.get("And", chosen).get("Prefix") or rule.get("Prefix") or ""
    return prefix


def _nested(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _literal(pattern: str) -> str:
    return re.split(r"[*?]", pattern, maxsplit=1)[0]


def _actions(statement: Statement) -> str:
    if "NotAction" in statement:
        return f"all but {', '.join(_listed(statement['NotAction']))}"
    return ", ".join(_listed(statement.get("Action", [])))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
