"""The evaluation of policies, rule by rule."""

from typing import Any

import pytest

from include.localcloud.policies import allows, matches, trusts_service

STORE = "arn:aws:medical-imaging:us-east-1:123456789012:datastore/a"
SERVICE = "medical-imaging.amazonaws.com"


def statement(effect: str = "Allow", **members: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": effect, **members}]}


EVERYTHING = statement(Action="*", Resource="*")


def may(*documents: dict[str, Any], **context: str) -> bool:
    return allows(documents, "medical-imaging:GetImageSet", STORE, context)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (EVERYTHING, True),
        (statement(Action="medical-imaging:Get*", Resource=STORE), True),
        (statement(Action="MEDICAL-IMAGING:getimageset", Resource="*"), True),
        (statement(Action=["s3:*", "medical-imaging:*"], Resource=["x", STORE]), True),
        (statement(NotAction="s3:*", Resource="*"), True),
        (statement(NotAction="medical-imaging:*", Resource="*"), False),
        (statement(Action="*", NotResource=STORE), False),
        (statement(Action="medical-imaging:GetImageSe?", Resource="*"), True),
        (statement(Action="medical-imaging:GetImage", Resource="*"), False),
        (statement(Action="*", Resource=STORE.upper()), False),
        ({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, True),
        ({"Statement": []}, False),
    ],
)
def test_a_statement_allows_what_it_names(document: dict[str, Any], expected: bool) -> None:
    assert may(document) is expected


def test_a_denial_outweighs_every_permission() -> None:
    assert not may(EVERYTHING, statement("Deny", Action="medical-imaging:*", Resource="*"))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"aws:SourceAccount": "1"}}, True),
        ({"StringEquals": {"AWS:sourceaccount": ["2", "1"]}}, True),
        ({"StringEquals": {"aws:SourceAccount": "2"}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": "2"}}, True),
        ({"StringNotEquals": {"aws:SourceAccount": ["1", "2"]}}, False),
        ({"StringLike": {"aws:SourceAccount": "?"}}, True),
        ({"StringEquals": {"aws:Absent": "1"}}, False),
        ({"StringEqualsIfExists": {"aws:Absent": "1"}}, True),
        ({"StringNotEquals": {"aws:Absent": "1"}}, True),
        ({"Unheard": {"aws:SourceAccount": "1"}}, False),
        ({"StringEquals": {"aws:SourceAccount": "1", "aws:Absent": "1"}}, False),
    ],
)
def test_a_condition_must_hold(condition: dict[str, Any], expected: bool) -> None:
    document = statement(Action="*", Resource="*", Condition=condition)
    assert may(document, **{"aws:SourceAccount": "1"}) is expected


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"Service": SERVICE}, True),
        ({"Service": ["s3.amazonaws.com", SERVICE]}, True),
        ("*", True),
        ({"Service": "s3.amazonaws.com"}, False),
        ({"AWS": "*"}, False),
        (None, False),
    ],
)
def test_a_role_trusts_the_principals_it_names(principal: Any, expected: bool) -> None:
    document = statement(Action="sts:AssumeRole", Principal=principal)
    assert trusts_service(document, SERVICE, {}) is expected


def test_other_signs_in_a_pattern_mean_themselves() -> None:
    assert matches("a.b[c]*", "a.b[c]d")
    assert not matches("a.b", "axb")
