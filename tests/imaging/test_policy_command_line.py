"""The commands for policies say what happens to an attribute, and why, and what would change."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from include.imaging.__main__ import main
from include.imaging.catalog.engine import open_catalog, writing
from include.imaging.catalog.tables import instances
from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import SHIPPED, load_policy, shipped_policies
from include.imaging.keyring import Keyring
from tests.support.deidentification import KEY

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMAGING_DEID_KEY", raising=False)


def shown(capsys: Captured, *arguments: str, exit_code: int = 0) -> str:
    assert main(["policy", *arguments]) == exit_code
    found = capsys.readouterr()
    return found.err if exit_code == 2 else found.out


def own(tmp_path: Path, text: str) -> str:
    """Write a policy that is basic, with more to it."""
    path = tmp_path / "own.yaml"
    basic = (SHIPPED / "basic.yaml").read_text("utf-8")
    path.write_text(basic.replace("name: basic", "name: own") + text, encoding="utf-8")
    return str(path)


@pytest.fixture
def catalog(tmp_path: Path) -> str:
    """Two instances that went under `basic` at a hospital, one that went under something else."""
    url = f"sqlite:///{tmp_path / 'catalog.db'}"
    under = Deidentifier(load_policy("basic"), Keyring(KEY), "hospital").fingerprint
    row = dict.fromkeys(
        ("content_hash", "series_instance_uid", "study_instance_uid", "sha256_out"), "1"
    )
    row |= {"datastore_id": "d", "image_set_id": "i", "batch_id": "b"}
    with writing(open_catalog(url), "test") as connection:
        for number, fingerprint in enumerate((under, under, "f" * 64)):
            values = {"sop_instance_uid": f"2.{number}", "fingerprint": fingerprint}
            more = {"is_primary": True, "imported_at": datetime.now(UTC)}
            connection.execute(insert(instances).values(**row, **values, **more))
    return url


def test_list_names_the_shipped_policies(capsys: Captured) -> None:
    text = shown(capsys, "list")
    assert [line for line in text.splitlines() if not line.startswith(" ")] == shipped_policies()


def test_show_tells_options_with_codes_settings_and_promises(capsys: Captured) -> None:
    text = shown(capsys, "show", "research")
    for word in ("113100", "113107", "1 to 3650 days", "479 of Table E.3.10-1", "fails closed"):
        assert word in text
    assert "113110" not in text


def test_show_lists_overrides_with_their_reasons(tmp_path: Path, capsys: Captured) -> None:
    path = own(tmp_path, "overrides:\n  - {keyword: PatientSex, action: K, reason: protocol 2.3}\n")
    text = shown(capsys, "show", path, "--attributes")
    assert "PatientSex K: protocol 2.3" in text
    lines = {line.split()[1]: line.split()[2:] for line in text.splitlines() if "(00" in line[:6]}
    assert lines["PatientSex"] == ["K", "override"]
    assert lines["PatientAge"] == ["X", "table"]
    assert lines["ContactDisplayName"] == ["X", "house"]
    assert "Rows" not in lines


@pytest.mark.parametrize("text", ["PatientAge", "patient age", "Patient's Age", "00101010"])
def test_an_attribute_is_found_by_what_people_type(text: str, capsys: Captured) -> None:
    told = shown(capsys, "explain", text)
    assert told.startswith("PatientAge (0010,1010) AS\n")
    assert "Basic Profile X, retain-patient-characteristics K" in told
    for name in shipped_policies():
        assert f"  {name}\n" in told


def test_explain_names_the_option_and_what_the_code_comes_to(capsys: Captured) -> None:
    told = shown(capsys, "explain", "(0008,0020)", "--policy", "research", "--sop-class", "CTImage")
    assert "Type 2, at the top level of the IOD ct-image" in told
    assert "C: the option retain-longitudinal-modified-dates" in told
    assert "done    S date moved" in told
    told = shown(capsys, "explain", "StudyDate", "--policy", "basic")
    assert "D stand-in (Type 1), Z emptied (Type 2 or 3)" in told


def test_explain_tells_what_happens_to_the_sequence_around(capsys: Captured) -> None:
    arguments = ("--policy", "basic", "--sop-class", "CTImageStorage")
    told = shown(capsys, "explain", "CodeValue", "--in", "ProcedureCodeSequence", *arguments)
    assert "Type 1, in ProcedureCodeSequence of the IOD ct-image" in told
    told = shown(
        capsys, "explain", "CodeValue", "--in", "PatientInsurancePlanCodeSequence", *arguments
    )
    assert "but     PatientInsurancePlanCodeSequence itself: " in told


def test_explain_tells_the_reason_of_an_override_and_of_the_house(
    tmp_path: Path, capsys: Captured
) -> None:
    path = own(tmp_path, "overrides:\n  - {keyword: PatientSex, action: K, reason: protocol 2.3}\n")
    assert "K: override, protocol 2.3" in shown(capsys, "explain", "PatientSex", "--policy", path)
    told = shown(capsys, "explain", "DoseComment", "--policy", "basic")
    assert "house     X, clean-descriptors C: free text of a person" in told


def test_explain_knows_private_elements_by_their_creator(capsys: Captured) -> None:
    private = ("--creator", "GEMS_ACQU_01", "--tag", "0019,xx23")
    told = shown(capsys, "explain", *private, "--policy", "research")
    assert "Table E.3.10-1 names it" in told
    assert "DA S date moved" in told
    assert "PN X removed" in told
    told = shown(capsys, "explain", *private, "--policy", "research", "--vr", "ds")
    assert "done    K kept" in told
    assert "all private attributes go" in shown(capsys, "explain", *private, "--policy", "basic")
    told = shown(capsys, "explain", "--creator", "NOBODY", "--tag", "0019,1023")
    assert "does not name it" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("explain", "PatientNam"), "ATTRIBUTE_UNKNOWN: PS3.6 has no such attribute: did you mean"),
        (("explain", "PatientNam"), "PatientName"),
        (("explain", "Qqqqqq"), "look it up"),
        (("explain",), "ATTRIBUTE_MISSING"),
        (("explain", "Rows", "--sop-class", "CTImagStorage"), "CTImageStorage"),
        (("explain", "Rows", "--in", "Columns"), "SEQUENCE_UNKNOWN: --in: Columns is no sequence"),
        (("explain", "Rows", "--policy", "basik"), "POLICY_UNKNOWN"),
        (("show", "nothing.yaml"), "POLICY_UNKNOWN"),
        (("diff", "basic", "nothing"), "POLICY_UNKNOWN"),
        (("diff", "basic", "research", "--catalog", "nonsense"), "CATALOG_UNREADABLE"),
        (("diff", "basic", "research", "--catalog", "sqlite:///"), "CATALOG_UNREADABLE"),
    ],
)
def test_what_is_not_known_is_an_error_with_a_hint(
    arguments: tuple[str, ...], told: str, capsys: Captured
) -> None:
    assert told in shown(capsys, *arguments, exit_code=2)


def test_diff_of_a_policy_and_itself_is_0(capsys: Captured) -> None:
    assert "outputs are the same" in shown(capsys, "diff", "basic", "basic")


def test_diff_of_other_words_says_that_fingerprints_differ(
    tmp_path: Path, capsys: Captured
) -> None:
    told = shown(capsys, "diff", "basic", own(tmp_path, ""))
    assert "outputs are the same" in told
    assert "fingerprints differ" in told


def test_diff_tells_every_attribute_that_changes(tmp_path: Path, capsys: Captured) -> None:
    rule = "overrides:\n  - {keyword: PatientSex, action: K, reason: protocol 2.3}\n"
    told = shown(capsys, "diff", "basic", own(tmp_path, rule), exit_code=1)
    assert "attributes: 1 change" in told
    assert (
        "- D stand-in (Type 1), Z emptied (Type 2 or 3)\n+ K kept   (1)\n    PatientSex\n" in told
    )


def test_diff_for_machines_is_complete(capsys: Captured) -> None:
    told = json.loads(shown(capsys, "diff", "basic", "research", "--json", exit_code=1))
    assert told["same"] is False
    assert told["gone"] == []
    assert "retain-safe-private" in told["come"]
    assert told["settings"]["dates"] == [None, {"window_days": 3650, "keep_weekday": False}]
    assert len(told["private"]) == 479
    changed = {change["keyword"]: change for change in told["attributes"]}
    assert changed["PatientAge"]["after"] == "K kept"
    assert "PatientName" not in changed


def test_diff_shortens_long_lists_unless_all_is_asked_for(capsys: Captured) -> None:
    short = shown(capsys, "diff", "basic", "research", exit_code=1)
    assert "more (--all)" in short
    everything = shown(capsys, "diff", "basic", "research", "--all", exit_code=1)
    assert "more (--all)" not in everything
    assert len(everything) > 2 * len(short)


def test_diff_counts_instances_under_the_first_policy(
    tmp_path: Path, catalog: str, capsys: Captured
) -> None:
    key = tmp_path / "key"
    key.write_text(KEY.hex(), encoding="ascii")
    under = ("--catalog", catalog, "--key-file", str(key), "--patient-namespace")
    told = shown(capsys, "diff", "basic", "research", *under, "hospital", exit_code=1)
    assert "catalog: 3 instances" in told
    assert "2 went under basic as it is now, 2 would change" in told
    assert f"1  {'f' * 64}" in told
    told = shown(capsys, "diff", "basic", "basic", *under, "hospital")
    assert "2 went under basic as it is now, 0 would change" in told
    told = shown(capsys, "diff", "basic", "research", *under, "elsewhere", "--json", exit_code=1)
    assert json.loads(told)["instances"]["under"] == 0


def test_diff_takes_the_namespaces_of_the_feeds_with_that_policy(
    tmp_path: Path, catalog: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = "feed: mine\ndescription: d\nowner: o\npolicy: basic\npatient_namespace: hospital\n"
    feed += "archive: {kind: folder, connection: c}\n"
    (tmp_path / "mine.yaml").write_text(feed, encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text("feed: other\n", encoding="utf-8")
    monkeypatch.setenv("IMAGING_DEID_KEY", KEY.hex())
    where = ("--catalog", catalog, "--feeds", str(tmp_path))
    told = shown(capsys, "diff", "basic", "research", *where, exit_code=1)
    assert "2 went under basic as it is now" in told


def test_diff_without_the_secret_counts_by_fingerprint(catalog: str, capsys: Captured) -> None:
    where = ("--catalog", catalog, "--patient-namespace", "hospital")
    told = shown(capsys, "diff", "basic", "research", *where, exit_code=1)
    assert "cannot be told without the secret" in told
    assert f"1  {'f' * 64}" in told


def test_a_catalog_that_is_asked_for_is_not_made(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "absent.db"
    where = ("--catalog", f"sqlite:///{path}")
    assert "CATALOG_UNREADABLE" in shown(capsys, "diff", "basic", "basic", *where, exit_code=2)
    assert not path.exists()
    path.touch()
    assert "no table of instances" in shown(capsys, "diff", "basic", "basic", *where, exit_code=2)


def test_the_password_of_a_catalog_is_never_shown(capsys: Captured) -> None:
    where = ("--catalog", "postgresql+psycopg2://u:SECRET@127.0.0.1:1/x")
    told = shown(capsys, "diff", "basic", "basic", *where, exit_code=2)
    assert "CATALOG_UNREADABLE" in told
    assert "SECRET" not in told
