"""Judges whom a role's trust policy lets in, where moto fails at all that is no ARN of a user."""

from collections.abc import Mapping

from moto.iam.access_control import IAMPolicyStatement

from include.localcloud.accounts import ACCOUNT, PARTITION

WHOLE_ACCOUNT = ("*", ACCOUNT, f"arn:{PARTITION}:iam::{ACCOUNT}:root")


def check_principal(statement: IAMPolicyStatement, principal: str) -> bool:
    """Whether a statement's principals hold this one (IAM User Guide, "Principal").

    Services and identity providers are none of the account's callers.
    """
    expected = statement._statement.get("Principal", "*")
    if isinstance(expected, Mapping):
        expected = expected.get("AWS", [])
    named = expected if isinstance(expected, list) else [expected]
    return any(name in (*WHOLE_ACCOUNT, principal) for name in named)


def install() -> None:
    """Let moto ask `check_principal` from now on."""
    IAMPolicyStatement._check_principal = check_principal  # type: ignore[method-assign, assignment]
