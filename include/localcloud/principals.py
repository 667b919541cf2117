"""Tells whom the statements of a resource's policy mean (IAM User Guide, "Principal")."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from include.localcloud.accounts import ACCOUNT, PARTITION

WHOLE_ACCOUNT = frozenset({ACCOUNT, f"arn:{PARTITION}:iam::{ACCOUNT}:root"})


@dataclass(frozen=True)
class Who:
    """The names under which policies may speak of a caller.

    Attributes:
        kind: "AWS" or "Service".
        own: Names that mean this caller.
        account: Names that mean all of its account, whose own policies must then allow too.
    """

    kind: str
    own: frozenset[str]
    account: frozenset[str] = frozenset()


def service(name: str) -> Who:
    """A service, such as "medical-imaging.amazonaws.com"."""
    return Who("Service", frozenset({name}))


def identity(*arns: str) -> Who:
    """A user, or a role and its session, of the account."""
    return Who("AWS", frozenset({*arns, "*"}), WHOLE_ACCOUNT)


EVERYBODY = Who("AWS", frozenset({"*"}))


def is_meant(statement: Mapping[str, Any], who: Who, *, directly: bool) -> bool:
    """Whether a statement is about this caller; without `directly` also as one of its account.

    "Allow" with NotPrincipal lets in nobody: IAM does not take it in trust policies and advises
    against it everywhere.
    """
    if "NotPrincipal" in statement:
        named = _names(statement["NotPrincipal"], who.kind, who.own)
        return bool(statement["Effect"] == "Deny") and not named
    names = who.own if directly else who.own | who.account
    return _names(statement.get("Principal"), who.kind, names)


def _names(principal: Any, kind: str, names: frozenset[str]) -> bool:
    if principal == "*":
        return True
    listed = principal.get(kind, []) if isinstance(principal, Mapping) else []
    return not names.isdisjoint([listed] if isinstance(listed, str) else listed)
