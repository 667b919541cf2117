"""Evaluates IAM policies: Allow, Deny, patterns and the conditions that an import needs."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Statement = Mapping[str, Any]
Context = Mapping[str, str]


def allows(
    documents: Iterable[Mapping[str, Any]], action: str, resource: str, context: Context
) -> bool:
    """Whether these policies together allow an action: some statement does, and none denies.

    Args:
        documents: Policy documents as parsed JSON.
        action: Such as "medical-imaging:GetImageSet".
        resource: An ARN.
        context: Condition keys and their values.
    """
    effects = {
        statement["Effect"]
        for document in documents
        for statement in _list(document["Statement"])
        if _concerns(statement, action, resource) and _conditions_hold(statement, context)
    }
    return "Allow" in effects and "Deny" not in effects


def trusts_service(document: Mapping[str, Any], service: str, context: Context) -> bool:
    """Whether a role's trust policy lets a service's principal assume it."""
    effects = {
        statement["Effect"]
        for statement in _list(document["Statement"])
        if _any_matches(_list(statement.get("Action", [])), "sts:AssumeRole", fold=True)
        and _is_principal(statement.get("Principal"), service)
        and _conditions_hold(statement, context)
    }
    return "Allow" in effects and "Deny" not in effects


def _concerns(statement: Statement, action: str, resource: str) -> bool:
    if "NotAction" in statement:
        acts = not _any_matches(_list(statement["NotAction"]), action, fold=True)
    else:
        acts = _any_matches(_list(statement.get("Action", [])), action, fold=True)
    if "NotResource" in statement:
        return acts and not _any_matches(_list(statement["NotResource"]), resource)
    return acts and _any_matches(_list(statement.get("Resource", [])), resource)


def _is_principal(principal: Any, service: str) -> bool:
    if principal == "*":
        return True
    return isinstance(principal, Mapping) and service in _list(principal.get("Service", []))


def _conditions_hold(statement: Statement, context: Context) -> bool:
    known = {key.lower(): value for key, value in context.items()}
    return all(
        _condition_holds(operator, _list(expected), known.get(key.lower()))
        for operator, keys in statement.get("Condition", {}).items()
        for key, expected in keys.items()
    )


def _condition_holds(operator: str, expected: list[str], actual: str | None) -> bool:
    """One condition; an operator that is not known never holds."""
    name = operator.removesuffix("IfExists")
    negated = "Not" in name
    if actual is None:
        return negated or name != operator
    compare = OPERATORS.get(name.replace("Not", ""))
    if compare is None:
        return False
    return any(compare(pattern, actual) for pattern in expected) != negated


def matches(pattern: str, value: str) -> bool:
    """Whether a value fits a pattern with * and ?."""
    wild = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(wild, value, re.DOTALL) is not None


def _any_matches(patterns: Iterable[str], value: str, *, fold: bool = False) -> bool:
    if fold:
        return any(matches(pattern.lower(), value.lower()) for pattern in patterns)
    return any(matches(pattern, value) for pattern in patterns)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "StringEqualsIgnoreCase": lambda pattern, value: pattern.lower() == value.lower(),
    "StringLike": matches,
    "Bool": lambda pattern, value: pattern.lower() == value.lower(),
    "ArnEquals": matches,
    "ArnLike": matches,
}
