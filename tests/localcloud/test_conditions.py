"""The evaluation of conditions, operator by operator."""

from typing import Any

import pytest

from include.localcloud.conditions import folded, hold, matches

CONTEXT = folded(
    {
        "aws:SourceAccount": "1",
        "aws:username": "a*",
        "aws:SourceIp": "127.0.0.1",
        "aws:SourceArn": "arn:aws:s3:us-east-1:1:a/b:c",
        "aws:CurrentTime": "2026-11-25T10:00:00Z",
        "aws:EpochTime": "1795000000",
        "aws:SecureTransport": "true",
        "aws:TagKeys": ["team", "site"],
        "s3:max-keys": "10",
    }
)


def holds(operator: str, key: str, *expected: Any, unknown: bool = False) -> bool:
    return hold({operator: {key: list(expected)}}, CONTEXT, unknown=unknown)


@pytest.mark.parametrize(
    ("operator", "key", "expected", "result"),
    [
        ("StringEquals", "AWS:sourceaccount", ["2", "1"], True),
        ("StringEquals", "aws:SourceAccount", [1], True),
        ("StringEquals", "aws:username", ["${aws:username}"], True),
        ("StringEquals", "aws:username", ["?*"], False),
        ("StringEquals", "aws:Absent", ["${aws:absent}"], False),
        ("StringEqualsIgnoreCase", "aws:username", ["A*"], True),
        ("StringNotEqualsIgnoreCase", "aws:username", ["A*"], False),
        ("StringLike", "aws:SourceAccount", ["?"], True),
        ("StringNotLike", "aws:SourceAccount", ["2*"], True),
        ("Bool", "aws:SecureTransport", [True], True),
        ("Bool", "aws:SecureTransport", ["False"], False),
        ("ArnLike", "aws:SourceArn", ["arn:aws:s3:*:1:a/*"], True),
        ("ArnLike", "aws:SourceArn", ["arn:aws:*:a/*"], False),
        ("ArnEquals", "aws:SourceArn", ["arn:aws:s3:*:${aws:SourceAccount}:*"], True),
        ("ArnNotLike", "aws:SourceArn", ["arn:aws:s3:*:2:*"], True),
        ("ArnNotEquals", "aws:SourceArn", ["arn:aws:s3:*:1:*"], False),
        ("NumericEquals", "s3:max-keys", ["10.0"], True),
        ("NumericNotEquals", "s3:max-keys", [10], False),
        ("NumericLessThan", "s3:max-keys", ["10"], False),
        ("NumericLessThanEquals", "s3:max-keys", ["10"], True),
        ("NumericGreaterThan", "s3:max-keys", ["9"], True),
        ("NumericGreaterThanEquals", "s3:max-keys", ["11"], False),
        ("DateLessThan", "aws:CurrentTime", ["2026-11-25T12:00:00+01:00"], True),
        ("DateGreaterThan", "aws:CurrentTime", ["2026-11-25"], True),
        ("DateGreaterThanEquals", "aws:EpochTime", ["2027-01-01T00:00:00Z"], False),
        ("DateNotEquals", "aws:EpochTime", ["1795000000"], False),
        ("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "127.0.0.0/8"], True),
        ("NotIpAddress", "aws:SourceIp", ["127.0.0.1"], False),
        ("IpAddress", "aws:SourceIp", ["::/0"], False),
        ("Null", "aws:SourceAccount", ["false"], True),
        ("Null", "aws:Absent", [True], True),
        ("Null", "aws:Absent", ["false"], False),
    ],
)
def test_an_operator_compares(operator: str, key: str, expected: list[Any], result: bool) -> None:
    assert holds(operator, key, *expected) is result


@pytest.mark.parametrize(
    ("operator", "result"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("NumericLessThan", False),
        ("ForAllValues:StringEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
    ],
)
def test_a_key_that_is_absent_is_as_the_operator_says(operator: str, result: bool) -> None:
    assert holds(operator, "aws:Absent", "1") is result


@pytest.mark.parametrize(
    ("operator", "expected", "result"),
    [
        ("ForAllValues:StringEquals", ["team", "site", "other"], True),
        ("ForAllValues:StringEquals", ["team"], False),
        ("ForAllValues:StringLike", ["*e*"], True),
        ("ForAllValues:StringNotEquals", ["team"], False),
        ("ForAnyValue:StringEquals", ["team"], True),
        ("ForAnyValue:StringEquals", ["other"], False),
        ("ForAnyValue:StringNotEquals", ["team"], True),
    ],
)
def test_a_key_of_many_values_needs_all_or_any(
    operator: str, expected: list[str], result: bool
) -> None:
    assert holds(operator, "aws:TagKeys", *expected) is result


@pytest.mark.parametrize(
    ("operator", "key", "expected"),
    [
        ("Unheard", "aws:SourceAccount", "1"),
        ("BoolNot", "aws:SourceAccount", "1"),
        ("ForEach:StringEquals", "aws:SourceAccount", "1"),
        ("UnheardIfExists", "aws:Absent", "1"),
        ("NumericEquals", "s3:max-keys", "ten"),
        ("DateLessThan", "aws:CurrentTime", "soon"),
        ("IpAddress", "aws:SourceIp", "nowhere"),
    ],
)
def test_what_cannot_be_judged_counts_as_it_is_told(operator: str, key: str, expected: str) -> None:
    assert holds(operator, key, expected, unknown=True) is True
    assert holds(operator, key, expected, unknown=False) is False


def test_all_conditions_must_hold() -> None:
    right = {"StringEquals": {"aws:SourceAccount": "1"}}
    assert hold({}, CONTEXT, unknown=False)
    assert hold({**right, "Bool": {"aws:SecureTransport": "true"}}, CONTEXT, unknown=False)
    assert not hold({**right, "Bool": {"aws:SecureTransport": "false"}}, CONTEXT, unknown=False)


def test_other_signs_in_a_pattern_mean_themselves() -> None:
    assert matches("a.b[c]*", "a.b[c]d")
    assert not matches("a.b", "axb")


@pytest.mark.parametrize(
    ("pattern", "value", "result"),
    [
        ("home/${aws:username}/*", "home/a*/x", True),
        ("home/${aws:username}/*", "home/abc/x", False),
        ("home/${aws:absent, 'team'}/*", "home/team/x", True),
        ("home/${aws:absent}/*", "home//x", False),
        ("home/${*}", "home/*", True),
        ("home/${*}", "home/a", False),
        ("home/${aws:TagKeys}", "home/team", False),
    ],
)
def test_a_variable_stands_for_its_value(pattern: str, value: str, result: bool) -> None:
    assert matches(pattern, value, CONTEXT) is result
