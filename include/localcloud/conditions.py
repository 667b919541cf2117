"""Evaluates the conditions of a policy's statement (IAM User Guide, "Condition operators")."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

Context = Mapping[str, str | Sequence[str]]
Compare = Callable[[str, str, Context], bool]

PIECES = re.compile(r"(\$\{[^{}]*\}|[*?])")
BETWEEN_ARN_PARTS = re.compile(r":(?![^{]*\})")
ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


def folded(context: Context) -> Context:
    """The context as conditions look it up: names of keys in lower case."""
    return {key.lower(): value for key, value in context.items()}


def hold(conditions: Mapping[str, Any], context: Context, *, unknown: bool) -> bool:
    """Whether all conditions of a statement hold.

    Args:
        conditions: Operators, their keys, and the values expected of each.
        context: What is known of the request, as `folded` gives it.
        unknown: What counts for an operator that is not known or a value that it cannot read.
    """
    return all(
        _holds(name, as_texts(expected), context.get(key.lower()), context, unknown)
        for name, keys in conditions.items()
        for key, expected in keys.items()
    )


def as_texts(value: Any) -> list[str]:
    """One value or many, as texts; JSON's own true is "true"."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return [str(v).lower() if isinstance(v, bool) else str(v) for v in values]


def matches(pattern: str, value: str, context: Context | None = None) -> bool:
    """Whether a value fits a pattern with * and ?, and variables such as ${aws:username}."""
    return re.fullmatch(_expression(pattern, context or {}), value, re.DOTALL) is not None


def _holds(
    name: str, expected: list[str], actual: str | Sequence[str] | None, context: Context,
    unknown: bool,
) -> bool:  # fmt: skip
    values = as_texts(actual) if actual is not None else []
    if name == "Null":
        return any((text.lower() == "true") == (not values) for text in expected)
    quantifier, _, plain = name.rpartition(":")
    kind = plain.removesuffix("IfExists")
    negated = kind in NEGATED
    compare = OPERATORS.get(NEGATED.get(kind, kind))
    if compare is None or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        return unknown
    if not values:
        if kind != plain or quantifier == "ForAllValues":
            return True
        return negated and not quantifier
    quantify = all if quantifier == "ForAllValues" else any
    try:
        return quantify(
            any(compare(pattern, value, context) for pattern in expected) != negated
            for value in values
        )
    except ValueError:
        return unknown


def _expression(pattern: str, context: Context) -> str:
    """The pattern as a regular expression that looks for each part between two * only once.

    The first place where a part is found leaves the most room for those after it, so no other
    one need be tried, which would take for ever with many of them.
    """
    parts = [""]
    for piece in PIECES.split(pattern):
        if piece == "*":
            parts.append("")
        else:
            parts[-1] += "." if piece == "?" else re.escape(_filled(piece, context))
    first, *inner = parts
    if not inner:
        return first
    last = inner.pop()
    return f"{first}{''.join(f'(?>.*?{part})' for part in inner)}.*{last}"


def _filled(text: str, context: Context) -> str:
    """The text with its variables in place; one without a value stays and so matches nothing."""
    if not text.startswith("${"):
        return text
    name, _, default = text[2:-1].partition(",")
    if name in ("*", "?", "$"):
        return name
    found = context.get(name.strip().lower(), default.strip(" '") or text)
    return found if isinstance(found, str) else text


def _equals(pattern: str, value: str, context: Context) -> bool:
    return "".join(_filled(piece, context) for piece in PIECES.split(pattern)) == value


def _equals_ignoring_case(pattern: str, value: str, context: Context) -> bool:
    folded_pattern = "".join(_filled(piece, context) for piece in PIECES.split(pattern)).lower()
    return folded_pattern == value.lower()


def _same_truth(pattern: str, value: str, _: Context) -> bool:
    return pattern.lower() == value.lower()


def _arn_matches(pattern: str, value: str, context: Context) -> bool:
    """Part by part: a * does not reach over a colon before the last part."""
    patterns, parts = BETWEEN_ARN_PARTS.split(pattern, maxsplit=5), value.split(":", 5)
    if len(patterns) != len(parts):
        return pattern == "*"
    return all(matches(p, v, context) for p, v in zip(patterns, parts, strict=True))


def _address_is_in(pattern: str, value: str, _: Context) -> bool:
    return ip_address(value) in ip_network(pattern, strict=False)


def _ordered(order: Callable[[float, float], bool], read: Callable[[str], float]) -> Compare:
    return lambda pattern, value, _: order(read(value), read(pattern))


def _instant(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


OPERATORS: Mapping[str, Compare] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_ignoring_case,
    "StringLike": matches,
    "Bool": _same_truth,
    "ArnEquals": _arn_matches,
    "ArnLike": _arn_matches,
    "IpAddress": _address_is_in,
    **{f"Numeric{name}": _ordered(order, float) for name, order in ORDERS.items()},
    **{f"Date{name}": _ordered(order, _instant) for name, order in ORDERS.items()},
}
NEGATED: Mapping[str, str] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
