"""The evaluation of policies, rule by rule."""

from typing import Any

import pytest

from include.localcloud.policies import allows, trusts
from include.localcloud.principals import identity, service

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
        ({"Bool": {"aws:SourceAccount": 1}}, True),
        ({"StringEquals": {"aws:SourceAccount": "1", "aws:Absent": "1"}}, False),
    ],
)
def test_a_condition_must_hold(condition: dict[str, Any], expected: bool) -> None:
    document = statement(Action="*", Resource="*", Condition=condition)
    assert may(document, **{"aws:SourceAccount": "1"}) is expected


def test_what_cannot_be_judged_lets_nobody_in() -> None:
    condition = {"Unheard": {"aws:SourceAccount": "1"}}
    assert not may(statement(Action="*", Resource="*", Condition=condition))
    assert not may(EVERYTHING, statement("Deny", Action="*", Resource="*", Condition=condition))


def test_a_denial_with_a_condition_that_does_not_hold_denies_nothing() -> None:
    for condition in (
        {"StringEquals": {"aws:SourceAccount": "2"}},
        {"Unheard": {"aws:SourceAccount": "1"}, "StringEquals": {"aws:SourceAccount": "2"}},
    ):
        denial = statement("Deny", Action="*", Resource="*", Condition=condition)
        assert may(EVERYTHING, denial, **{"aws:SourceAccount": "1"})


def test_a_resource_can_hold_variables() -> None:
    mine = statement(Action="*", Resource=STORE.replace("datastore/a", "datastore/${aws:username}"))
    assert may(mine, **{"aws:username": "a"})
    assert not may(mine, **{"aws:username": "b"})
    assert not may(mine)


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
    assert trusts(document, service(SERVICE), {}) is expected


USER = "arn:aws:iam::123456789012:user/a"
ROOT = "arn:aws:iam::123456789012:root"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": ["x", USER]}}, True),
        ({"Principal": {"AWS": ROOT}}, True),
        ({"Principal": {"AWS": "123456789012"}}, True),
        ({"Principal": {"AWS": "210987654321"}}, False),
        ({"Principal": {"AWS": f"{USER}b"}}, False),
        ({"Principal": {"Service": USER}}, False),
        ({"Principal": {"AWS": USER}, "Action": "STS:assume*"}, True),
        ({"Principal": {"AWS": USER}, "Action": "sts:TagSession"}, False),
        ({"NotPrincipal": {"AWS": "somebody-else"}}, False),
    ],
)
def test_a_role_trusts_a_user_it_names(members: dict[str, Any], expected: bool) -> None:
    document = statement(**{"Action": "sts:AssumeRole", **members})
    assert trusts(document, identity(USER), {}) is expected


@pytest.mark.parametrize(
    ("named", "trusted"), [([USER, ROOT], True), ([ROOT], False), (["somebody-else"], False)]
)
def test_a_denial_for_all_but_some_spares_those_by_name(named: list[str], trusted: bool) -> None:
    document = {
        "Statement": [
            {"Effect": "Allow", "Action": "sts:*", "Principal": {"AWS": ROOT}},
            {"Effect": "Deny", "Action": "sts:*", "NotPrincipal": {"AWS": named}},
        ]
    }
    assert trusts(document, identity(USER), {}) is trusted
