"""Evaluates IAM policies: who, what, on which resource, under which conditions."""

from collections.abc import Iterable, Mapping
from typing import Any

from include.localcloud.conditions import Context, as_texts, folded, hold, matches
from include.localcloud.principals import Who, is_meant

Document = Mapping[str, Any]
Statement = Mapping[str, Any]


def allows(documents: Iterable[Document], action: str, resource: str, context: Context) -> bool:
    """Whether these policies together allow an action: some statement does, and none denies.

    Args:
        documents: Policy documents as parsed JSON.
        action: Such as "medical-imaging:GetImageSet".
        resource: An ARN.
        context: Condition keys and their values.
    """
    return effects(documents, action, resource, context) == {"Allow"}


def trusts(document: Document, who: Who, context: Context) -> bool:
    """Whether a role's trust policy lets somebody assume it."""
    found = effects([document], "sts:AssumeRole", None, context, who=who)
    return found == {"Allow"}


def effects(
    documents: Iterable[Document],
    action: str,
    resource: str | None,
    context: Context,
    *,
    who: Who | None = None,
    directly: bool = False,
) -> set[str]:
    """The effects of all statements that apply.

    Args:
        documents: Policy documents as parsed JSON.
        action: Such as "s3:GetObject".
        resource: An ARN; None where policies name none because it is what they are attached to.
        context: Condition keys and their values.
        who: Whom policies of resources must name; None for those of users and roles.
        directly: Whether a statement for the whole account does not count.
    """
    known = folded(context)
    return {
        str(statement["Effect"])
        for document in documents
        for statement in _statements(document)
        if _is_about(statement, action, resource, known)
        and (who is None or is_meant(statement, who, directly=directly))
        # what cannot be judged must not let anybody in
        and hold(statement.get("Condition", {}), known, unknown=statement["Effect"] == "Deny")
    }


def _statements(document: Document) -> list[Statement]:
    found = document["Statement"]
    return found if isinstance(found, list) else [found]


def _is_about(statement: Statement, action: str, resource: str | None, context: Context) -> bool:
    return _names(statement, "Action", action.lower(), {}) and (
        resource is None or _names(statement, "Resource", resource, context)
    )


def _names(statement: Statement, element: str, value: str, context: Context) -> bool:
    """Whether an element holds the value, or its opposite (NotAction) does not."""
    opposite = f"Not{element}" in statement
    named = as_texts(statement.get(f"Not{element}" if opposite else element, []))
    if element == "Action":
        named = [name.lower() for name in named]
    return any(matches(pattern, value, context) for pattern in named) != opposite
