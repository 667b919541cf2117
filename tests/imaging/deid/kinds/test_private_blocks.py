"""Private attributes of Table E.3.10-1 stay by their creator, cleaned by their VR; no others do."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml
from pydicom.datadict import private_dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import SHIPPED, load_policy, shipped_policies
from include.imaging.deid.private import safe
from include.imaging.deid.results import Deidentified
from include.imaging.keyring import Keyring
from tests.support.deidentification import KEY, deidentifier
from tests.support.dicom import ROOT, ct, decode, encode

NAMED = "Ophelia"
PATIENT = {"PatientName": "Quillfeather^Ophelia", "StudyDate": "20240517"}
# By VR: a value, and what is left of it; None where the element goes.
VALUES: dict[str, tuple[object, object]] = {
    "LO": (f"lung {NAMED}", "lung"),
    "SH": (f"lung {NAMED}", "lung"),
    "ST": (f"lung {NAMED}", "lung"),
    "LT": (f"lung {NAMED}", "lung"),
    "UT": (f"lung {NAMED}", "lung"),
    "UC": (f"lung {NAMED}", "lung"),
    "CS": ("AXIAL", "AXIAL"),
    "DS": ("1.5", 1.5),
    "IS": ("7", 7),
    "FD": (1.5, 1.5),
    "FL": (1.5, 1.5),
    "SL": (-7, -7),
    "SS": (-7, -7),
    "UL": (7, 7),
    "US": (7, 7),
    "DA": ("20240517", "shifted"),
    "DT": ("20240517101112", "shifted"),
    "TM": ("101112", "101112"),
    "UI": (f"{ROOT}.9.1", "keyed"),
    "PN": ("Quillfeather^Ophelia", None),
    "AE": ("AEZETA", None),
    "UR": ("http://zeta", None),
    "OB": (b"Ophelia ", None),
    "OW": (b"Ophelia ", None),
    "OF": (b"Ophe", None),
    "UN": (b"Ophelia ", None),
}
Key = tuple[int, str, int]
SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]


@cache
def engine() -> Deidentifier:
    return deidentifier(policy="research")


def rows() -> list[Key]:
    assert len(safe()) > 470
    return sorted(safe())


def fill(dataset: Dataset, vrs: dict[Key, str], first_block: int = 0x10) -> Dataset:
    """Give each creator a block of its own in each of its groups, and put its elements there."""
    blocks: dict[tuple[int, str], int] = {}
    for (group, creator, number), vr in vrs.items():
        block = blocks.get((group, creator))
        if block is None:
            block = first_block + len([other for other in blocks if other[0] == group])
            blocks[group, creator] = block
            dataset.add_new(group << 16 | block, "LO", creator)
        tag = group << 16 | block << 8 | number
        dataset[tag] = DataElement(tag, vr, VALUES[vr][0])
    return dataset


def left(dataset: Dataset) -> dict[Key, object]:
    """Return private values by group, creator and element."""
    found: dict[Key, object] = {}
    for tag in [tag for tag in dataset.keys() if tag.is_private]:  # noqa: SIM118
        if tag.element > 0xFF:
            creator = dataset[tag.group << 16 | tag.element >> 8].value
            found[tag.group, str(creator).strip(), tag.element & 0xFF] = dataset[tag].value
    return found


def expected(vrs: dict[Key, str], after: Dataset) -> dict[Key, object]:
    moved = {"DA": after.StudyDate, "DT": f"{after.StudyDate}101112"}
    keyed = {"UI": engine().uid(f"{ROOT}.9.1")}
    wanted = {key: {**moved, **keyed}.get(vr, VALUES[vr][1]) for key, vr in vrs.items()}
    return {key: value for key, value in wanted.items() if value is not None}


def by_both_paths(image: Dataset, syntax: str = ExplicitVRLittleEndian) -> Dataset:
    original = encode(image, syntax)
    fast, careful = engine().fast(original), engine().careful(original)
    assert isinstance(careful, Deidentified), careful
    after = decode(careful.data)
    if syntax != ExplicitVRBigEndian:
        assert fast is not None
        assert decode(fast.data) == after
    assert NAMED.encode() not in careful.data
    return after


def in_turn(turn: int) -> dict[Key, str]:
    """Return a VR for each row of the table; another one in each turn."""
    kinds = list(VALUES)
    return {key: kinds[(number + turn) % len(kinds)] for number, key in enumerate(rows())}


@pytest.mark.parametrize("first_block", [0x10, 0x42, 0xE0])
@pytest.mark.parametrize("turn", range(3))
def test_every_row_of_the_table_stays_by_its_creator(turn: int, first_block: int) -> None:
    vrs = in_turn(turn)
    after = by_both_paths(fill(ct(**PATIENT), vrs, first_block))
    assert left(after) == expected(vrs, after)


def test_every_row_of_the_table_stays_in_a_sequence() -> None:
    vrs, image = in_turn(5), ct(**PATIENT)
    image.DerivationCodeSequence = Sequence([fill(Dataset(), vrs)])
    after = by_both_paths(image)
    assert left(after.DerivationCodeSequence[0]) == expected(vrs, after)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_rows_stay_in_every_syntax_with_the_vrs_of_the_dictionary(syntax: str) -> None:
    vrs = {}
    for group, creator, number in rows():
        try:
            vr = private_dictionary_VR(group << 16 | 0x1000 | number, creator)
        except KeyError:
            continue
        if vr in VALUES:
            vrs[group, creator, number] = vr
    assert len(vrs) > 100
    after = by_both_paths(fill(ct(**PATIENT), vrs), syntax)
    assert left(after) == expected(vrs, after)


def test_the_same_elements_of_another_creator_or_of_none_go() -> None:
    foreign = {(group, f"{creator} X", number): "LO" for group, creator, number in rows()}
    assert left(by_both_paths(fill(ct(**PATIENT), foreign))) == {}
    unnamed = fill(ct(**PATIENT), dict.fromkeys(rows(), "LO"))
    for tag in [tag for tag in unnamed.keys() if tag.is_private_creator]:  # noqa: SIM118
        del unnamed[tag]
    after = by_both_paths(unnamed)
    assert not [tag for tag in after.keys() if tag.is_private]  # noqa: SIM118


def test_a_creator_that_reserves_two_blocks_has_both() -> None:
    image = ct(**PATIENT)
    for block in (0x10, 0x11):
        image.add_new(0x00190000 | block, "LO", "GEMS_ACQU_01")
        image.add_new(0x00190000 | block << 8 | 0x23, "DS", str(block))
        image.add_new(0x00190000 | block << 8 | 0x22, "LO", NAMED)
    after = by_both_paths(image)
    assert [after[0x00191023].value, after[0x00191123].value] == [0x10, 0x11]
    assert 0x00191022 not in after


@pytest.mark.parametrize("creator", ["GEMS_ACQU_01 ", "GEMS_ACQU_01   ", " GEMS_ACQU_01"])
def test_blanks_around_a_creator_mean_nothing(creator: str) -> None:
    image = ct(**PATIENT)
    image.add_new(0x00190010, "LO", creator)
    image.add_new(0x00191023, "DS", "2.5")
    assert by_both_paths(image)[0x00191023].value == 2.5


def test_a_creator_with_a_second_value_is_none_of_the_table() -> None:
    image = ct(**PATIENT)
    image.add_new(0x00190010, "LO", ["GEMS_ACQU_01", NAMED])
    image.add_new(0x00191023, "DS", "2.5")
    after = by_both_paths(image)
    assert not [tag for tag in after.keys() if tag.is_private]  # noqa: SIM118


def test_a_creator_whose_elements_all_go_goes() -> None:
    image = ct(**PATIENT)
    image.add_new(0x00190010, "LO", "GEMS_ACQU_01")
    image.add_new(0x00191022, "LO", NAMED)
    image.add_new(0x00290010, "LO", f"MADE FOR {NAMED}")
    after = by_both_paths(image)
    assert not [tag for tag in after.keys() if tag.is_private]  # noqa: SIM118


@pytest.mark.parametrize("policy", [name for name in shipped_policies() if name != "research"])
def test_without_the_option_none_stays(policy: str) -> None:
    made = deidentifier(policy=policy).deidentify(encode(fill(ct(**PATIENT), in_turn(0))))
    assert isinstance(made, Deidentified)
    assert not [tag for tag in decode(made.data).keys() if tag.is_private]  # noqa: SIM118


@pytest.mark.parametrize(("action", "value"), [("X", None), ("K", "lung Ophelia"), ("C", "lung")])
def test_an_override_names_creator_and_element(
    tmp_path: Path, action: str, value: str | None
) -> None:
    rule = {
        "creator": "ACME",
        "group": "0029",
        "element": "01",
        "action": action,
        "reason": "reviewed",
    }
    content = yaml.safe_load((SHIPPED / "research.yaml").read_text("utf-8"))
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({**content, "overrides": [rule]}))
    mine = Deidentifier(load_policy(str(tmp_path / "mine.yaml")), Keyring(KEY), "hospital")
    image = ct(**PATIENT)
    image.add_new(0x00290011, "LO", "ACME")
    image.add_new(0x00291101, "LO", f"lung {NAMED}")
    image.add_new(0x00291102, "LO", f"lung {NAMED}")
    made, careful = mine.deidentify(encode(image)), mine.careful(encode(image))
    assert isinstance(made, Deidentified)
    assert isinstance(careful, Deidentified)
    assert decode(made.data) == decode(careful.data)
    assert left(decode(made.data)) == ({(0x29, "ACME", 1): value} if value else {})
