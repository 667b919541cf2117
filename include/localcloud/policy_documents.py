"""Refuses policies that are none before moto keeps them: what is kept can be judged."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

from include.localcloud.errors import ServiceError

MEMBERS = ("AssumeRolePolicyDocument", "Policy", "PolicyDocument")
LISTS = ("Action", "NotAction", "Resource", "NotResource")


class MalformedPolicyError(ServiceError):
    """A policy is not JSON, or not of the grammar of policies."""

    status, name = 400, "MalformedPolicyDocument"


def require_policies(service: str, environ: WSGIEnvironment) -> None:
    """Pass if all policies in a request to IAM or STS are of their grammar (IAM User Guide).

    Raises:
        MalformedPolicyError: One is not.
    """
    for text in _policies(service, environ):
        if not is_policy(text):
            raise MalformedPolicyError("The policy is not of the grammar of policies")


def is_policy(text: str | bytes) -> bool:
    """Whether this is JSON with statements that can be judged."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict) or "Statement" not in document:
        return False
    found = document["Statement"]
    return all(_is_statement(each) for each in (found if isinstance(found, list) else [found]))


def _policies(service: str, environ: WSGIEnvironment) -> Iterator[str | bytes]:
    if service not in ("iam", "sts"):
        return
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    form = parse_qs(environ["wsgi.input"].getvalue().decode("latin-1"))
    for name in MEMBERS:
        yield from [*form.get(name, []), *query.get(name, [])]


def _is_statement(each: Any) -> bool:
    if not isinstance(each, Mapping) or each.get("Effect") not in ("Allow", "Deny"):
        return False
    conditions = each.get("Condition", {})
    return (
        all(_are_texts(each[name]) for name in LISTS if name in each)
        and all(_is_principal(each[n]) for n in ("Principal", "NotPrincipal") if n in each)
        and isinstance(conditions, Mapping)
        and all(isinstance(keys, Mapping) for keys in conditions.values())
    )


def _is_principal(principal: Any) -> bool:
    if isinstance(principal, Mapping):
        return all(_are_texts(named) for named in principal.values())
    return bool(principal == "*")


def _are_texts(value: Any) -> bool:
    return all(isinstance(text, str) for text in (value if isinstance(value, list) else [value]))
