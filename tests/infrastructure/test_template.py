"""The CloudFormation template is valid, up to date, and says what set-up makes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.infrastructure import plan, template
from include.infrastructure.environment import Environment
from tests.support.cloud import REGION, Clients
from tests.support.environments import ACCOUNT, KEY, environment
from tests.support.source_tree import ROOT

FILE = ROOT / "include/infrastructure/template.yaml"
LINT = Path(sys.executable).with_name("cfn-lint")


def test_the_template_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == template.text()


def test_cfn_lint_finds_nothing_in_the_template() -> None:
    regions = ["us-east-1", "us-west-2", "eu-west-2", "ap-southeast-2"]
    command = [str(LINT), "--regions", *regions, "--template", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture(scope="module")
def made(clients: Clients) -> Environment:
    made = environment(clients, kms_key_arn=KEY)
    made.run(plan.apply)
    return made


def filled(value: Any, known: dict[str, Any]) -> Any:
    """A part of the template as CloudFormation would fill it in."""
    match value:
        case {"Ref": name}:
            return known[name]
        case {"Fn::Sub": text}:
            for name, each in known.items():
                text = text.replace(f"${{{name}}}", str(each))
            return text
        case {"Fn::If": ["HasKey", yes, no]}:
            return filled(yes if known["KmsKeyArn"] else no, known)
        case dict():
            return {name: filled(each, known) for name, each in value.items()}
        case list():
            return [filled(each, known) for each in value]
        case _:
            return value


def known(made: Environment) -> dict[str, Any]:
    """What the template's names stand for in an environment that set-up made."""
    wanted, settings = made.wanted, made.settings()
    store = f"arn:aws:medical-imaging:{REGION}:{ACCOUNT}:datastore/{settings['datastore_id']}"
    arns = {
        "LandingBucket.Arn": f"arn:aws:s3:::{wanted.landing_bucket}",
        "ImportBucket.Arn": f"arn:aws:s3:::{wanted.import_bucket}",
        "ResultsBucket.Arn": f"arn:aws:s3:::{wanted.results_bucket}",
        "ImportRole.Arn": wanted.role_arn,
        "Datastore.DatastoreArn": store,
    }
    account = {"AWS::Partition": "aws", "AWS::AccountId": ACCOUNT, "AWS::Region": REGION}
    days = {"LandingDays": 30, "QuarantineDays": 365, "ImportDays": 30, "NoncurrentDays": 365}
    return arns | account | days | {"KmsKeyArn": KEY}


def test_the_template_has_the_policies_that_set_up_makes(made: Environment) -> None:
    resources = yaml.safe_load(template.text())["Resources"]
    role = resources["ImportRole"]["Properties"]
    worker = resources["WorkerPolicy"]["Properties"]
    told = {
        "trust policy": role["AssumeRolePolicyDocument"],
        "rights": role["Policies"][0]["PolicyDocument"],
    }
    made_by_set_up = {e.property: e.found for e in plan.look(made.import_role())}
    for name, document in told.items():
        assert filled(document, known(made)) == made_by_set_up[name]
    [entry] = plan.look(made.worker_policy())
    assert filled(worker["PolicyDocument"], known(made)) == entry.found


@pytest.mark.parametrize("zone", ["Landing", "Import", "Results"])
def test_the_template_has_the_buckets_that_set_up_makes(made: Environment, zone: str) -> None:
    of_zone = (f"{zone}Bucket", f"{zone}BucketPolicy")
    resources = filled(
        {name: template.template()["Resources"][name] for name in of_zone},
        known(made) | {f"{zone}BucketName": "", f"{zone}Bucket": ""},
    )
    name = getattr(made.wanted, f"{zone.lower()}_bucket")
    entries = {e.property: e.found for e in plan.look(made.buckets()) if e.resource.endswith(name)}
    bucket = resources[f"{zone}Bucket"]["Properties"]
    assert bucket["PublicAccessBlockConfiguration"] == entries["public access"]
    assert ("VersioningConfiguration" in bucket) == entries["versioning"]
    [tls] = resources[f"{zone}BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert tls == entries["TLS only"]
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert rules.keys() == entries["lifecycle"].keys()
    for rule_id, rule in entries["lifecycle"].items():
        assert rules[rule_id].get("ExpirationInDays") == rule.get("Expiration", {}).get("Days")
        assert rules[rule_id].get("Prefix", "") == rule["Filter"]["Prefix"]


def test_what_outlives_the_stack_outlives_it_closed() -> None:
    resources = template.template()["Resources"]
    kept = {name for name, each in resources.items() if each.get("DeletionPolicy") == "Retain"}
    zones = ("Landing", "Import", "Results")
    closed = {f"{zone}Bucket{part}" for zone in zones for part in ("", "Policy")}
    assert kept == closed | {"Datastore"}
    assert {resources[name]["UpdateReplacePolicy"] for name in kept} == {"Retain"}


def test_the_template_has_a_parameter_for_whatever_may_be_wanted(made: Environment) -> None:
    parameters = template.template()["Parameters"].keys()
    # a map cannot be a parameter: the tags are the stack's own; the format is always HTJ2K
    elsewhere = {"account", "region", "datastore_id", "storage_format", "tags", "days"}
    wanted = {name for name in made.wanted.__slots__ if name not in elsewhere}
    assert len(parameters) == len(wanted) + len(made.wanted.days.__slots__)


def test_the_outputs_are_the_extra_of_the_connection(made: Environment) -> None:
    outputs = template.template()["Outputs"].values()
    named = {each["Description"].split("`")[1] for each in outputs if "`" in each["Description"]}
    assert named == made.settings().keys()
    assert json.dumps(made.settings())
