"""The page for newcomers does what it says, block by block."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import get_session

from include.infrastructure.policies import Places, import_policy, trust_policy
from tests.support.journey import PAGE, Step, Walk, steps, walk

pytestmark = pytest.mark.xdist_group("journey")  # they share one session
TEXT = PAGE.read_text(encoding="utf-8")
STEPS = steps(TEXT)
VALUES = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "ACCOUNT": "123456789012",
    "INPUT": "input",
    "OUTPUT": "output",
}
PLACES = Places(
    partition="aws",
    account=VALUES["ACCOUNT"],
    region=VALUES["AWS_DEFAULT_REGION"],
    landing="arn:aws:s3:::landing",
    imports="arn:aws:s3:::input",
    results="arn:aws:s3:::output",
    role="arn:aws:iam::123456789012:role/import",
    datastore="arn:aws:medical-imaging:us-east-1:123456789012:datastore/any",
)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """The whole page, run once."""
    return walk(STEPS, tmp_path_factory.mktemp("journey"))


def test_every_block_of_the_page_is_run(walked: Walk) -> None:
    assert len(STEPS) > 25
    assert sum(TEXT.count(f"```{language}\n") for language in ("sh", "text")) * 2 == TEXT.count(
        "```"
    )
    assert walked.exit_code == 0, f"block {len(walked.printed) - 1}: {walked.errors[-2000:]}"
    assert len(walked.printed) == len(STEPS)


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_a_block_prints_what_the_page_says(number: int, walked: Walk) -> None:
    assert number < len(walked.printed), "the session ended before this block"
    printed, step = walked.printed[number], STEPS[number]
    assert step.is_met_by(printed), f"{step.commands}\nprinted\n{printed}\nnot\n{step.outcome}"


def test_an_outcome_allows_no_more_than_its_gaps() -> None:
    step = Step("", '{"id": "…"}\nend\n')
    assert step.is_met_by('{"id": "12"}\nend\n')
    assert not step.is_met_by('{"id": "12"}\nmore\nend\n')
    assert not step.is_met_by('{"other": "12"}\nend\n')
    assert not Step("", "").is_met_by("something\n")


@pytest.mark.parametrize(
    ("name", "policy"),
    [("trust.json", trust_policy(PLACES)), ("permissions.json", import_policy(PLACES))],
)
def test_the_policies_of_the_page_are_those_of_set_up(name: str, policy: dict[str, Any]) -> None:
    assert _document(name) == policy


def test_the_page_uses_every_operation_of_the_service() -> None:
    operations = get_session().get_service_model("medical-imaging").operation_names
    assert len(operations) == 18
    commands = "".join(step.commands for step in STEPS)
    assert not [
        name for name in operations if f"medical-imaging {xform_name(name, '-')} " not in commands
    ]


def _document(name: str) -> Any:
    found = re.search(rf"cat > {re.escape(name)} <<END\n(.*?)^END$", TEXT, re.MULTILINE | re.DOTALL)
    assert found
    return json.loads(re.sub(r"\$(\w+)", lambda match: VALUES[match[1]], found[1]))
