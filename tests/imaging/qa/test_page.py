"""The page says what was done and nothing of the originals, whatever stands in them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from include.imaging.__main__ import main
from tests.support.canaries import Canary
from tests.support.deidentification import KEY
from tests.support.dicom import ct, decode, encode, probe

MARKUP = '<script>alert("x")</script><img src=//e.example onerror=x>&amp;'


class Reading(HTMLParser):
    """What a browser would see: tags with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IMAGING_DEID_KEY", KEY.hex())
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    return tmp_path


def made(*more: str, source: str = "in", status: int = 0) -> str:
    Path("page.html").unlink(missing_ok=True)
    assert main(["qa", source, "--out", "page.html", *more]) == status
    return Path("page.html").read_text(encoding="utf-8") if status == 0 else ""


def originals(count: int = 2, **attributes: object) -> None:
    for number in range(1, count + 1):
        Path(f"in/{number}.dcm").write_bytes(encode(ct(number, **attributes)))


def test_a_reviewer_sees_policy_strata_and_differences(place: Path) -> None:
    originals(StationName="ROOM 7")
    Path("in/none.dcm").write_bytes(b"no DICOM")
    text = Reading(made()).text
    for wanted in (
        "De-identification sample: basic", "3, of which 1 are held back", "NOT_DICOM: 1",
        "CT Image Storage", "file 1, file 2", "StationName", "X removed", "xxxx 9",
        "P replaced by the pseudonym", "xxx^xxxxxxx", "first of 1 frames of the output",
    ):  # fmt: skip
        assert wanted.lower() in text.lower(), wanted


def test_no_value_of_an_original_is_in_the_page_unless_the_output_holds_it(place: Path) -> None:
    original, values = probe()
    Path("in/1.dcm").write_bytes(original)
    page = made().encode()
    assert b"file 1" in page
    assert len(values) > 1000
    assert [value for value in values if len(value) >= 4 and value in page] == []


def test_a_canary_sings_nowhere(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    canary = Canary.new()
    canary.plant(place / "archive")
    page = made("--per-stratum", "9", source="archive")
    assert page.count("<article") >= 3
    assert not canary.sings(page.encode())
    assert not canary.sings(repr(capfd.readouterr()).encode())


def test_a_hostile_value_is_text_and_nothing_else(place: Path) -> None:
    originals(1, Manufacturer=MARKUP, StationName=MARKUP)
    output = MARKUP in str(decode(Path("in/1.dcm").read_bytes()).Manufacturer)
    assert output
    found = Reading(page := made())
    assert MARKUP in found.text  # the output holds it: a person should see it
    assert "<script" not in page
    tags = {tag for tag, _ in found.tags}
    assert not tags & {"script", "iframe", "object", "link", "form", "a", "base"}
    assert not [name for _, attributes in found.tags for name in attributes if name[:2] == "on"]
    sources = [attributes.get("src") or "" for tag, attributes in found.tags if tag == "img"]
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert not re.search(r"url\(|@import|https?:", re.sub("<td.*?</td>", "", page))


def test_everything_is_labelled_for_those_who_do_not_see_it(place: Path) -> None:
    originals()
    found = Reading(page := made())
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    for tag, attributes in found.tags:
        assert tag != "img" or attributes.get("alt")
        assert tag != "th" or attributes.get("scope") in ("row", "col")
        assert tag != "article" or f'id="{attributes["aria-labelledby"]}"' in page
    names = [tag for tag, _ in found.tags]
    assert names.count("caption") == names.count("table") == 3
    assert [names.count(tag) for tag in ("h1", "h2", "h3", "main")] == [1, 3, 2, 1]


def test_the_same_files_key_and_seed_give_the_same_page(place: Path) -> None:
    originals(6)
    one = made("--seed", "5", "--per-stratum", "2")
    assert one == made("--seed", "5", "--per-stratum", "2")
    assert one.count("<article") == 2
    assert len({made("--seed", str(seed), "--per-stratum", "1") for seed in range(5)}) > 1


def test_outputs_of_an_earlier_command_are_shown_and_compared(place: Path) -> None:
    originals(3)
    assert main(["deidentify", "in", "out"]) == 0
    assert "Note" not in made("--outputs", "out")
    one, other, _third = sorted(Path("out").rglob("*.dcm"))
    changed = decode(one.read_bytes())
    changed.StationName = "SMUGGLED"
    one.write_bytes(encode(changed))
    other.unlink()
    text = Reading(made("--outputs", "out")).text
    assert text.count("is not what the engine makes of it") == 1
    assert text.count("No output of it is there") == 1
    assert "SMUGGLED" in text


def test_an_output_that_is_no_dicom_is_told(place: Path) -> None:
    originals(1)
    assert main(["deidentify", "in", "out"]) == 0
    (path,) = Path("out").rglob("*.dcm")
    path.write_bytes(b"Roe^Richard" * 40)
    text = made("--outputs", "out")
    assert "cannot be compared" in text
    assert "Richard" not in text


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--per-stratum", "0"], "SAMPLE_EMPTY"),
        (["--policy", "none"], "POLICY_UNKNOWN"),
        (["--subjects", "nowhere.csv"], "SUBJECTS_UNREADABLE"),
        (["--out", "in/1.dcm"], "FILE_EXISTS"),
        (["--batch", "0" * 32], "SOURCE_MISSING"),
    ],
)
def test_a_wrong_set_up_is_told_and_leaves_no_page(
    place: Path, options: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    originals(1)
    made(*options, status=2)
    assert code in capsys.readouterr().err
    assert not Path("page.html").exists()
    assert Path("in/1.dcm").read_bytes() == encode(ct(1))


def test_a_given_pseudonym_is_shown(place: Path) -> None:
    originals(1)
    Path("list.csv").write_text("patient_id,pseudonym\nPID-20461,STUDY-001\n")
    text = made("--subjects", "list.csv")
    assert "STUDY-001" in text
    assert "PID-20461" not in text
