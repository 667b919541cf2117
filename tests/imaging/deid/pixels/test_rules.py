"""Every rule on pixels speaks of the objects it names, and of no other."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

import pytest
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from include.imaging.deid.pixels.facts import Structure, facts_of, structure_of
from include.imaging.deid.pixels.options import PixelOptions
from include.imaging.deid.pixels.regions import Region
from include.imaging.deid.pixels.rule_data import HoldRule, MaskRule, RuleData, rule_data
from include.imaging.deid.pixels.rules import PixelRules, Verdict
from include.imaging.dicom.uids import sop_class_keywords
from tests.support.dicom import ct, put
from tests.support.pictures import US_IMAGE, region, ultrasound

CLASSES = {uid.UID_dictionary[u][4].upper(): u for u in uid.UID_dictionary}
HOLDS = [hold for hold in rule_data().holds if not hold.overlay_in_pixels]
MASKS = [mask for mask in rule_data().masks if mask.rectangles]


def judged(image: Dataset, **options: object) -> Verdict:
    """The verdict on an object, under options."""
    rules = PixelRules(PixelOptions.model_validate(options))
    return rules.judge(facts_of(image, rules.keywords), structure_of(image))


def _object(rule: HoldRule | MaskRule) -> Dataset:
    """A CT image with the first value that each condition of the rule names."""
    image = ct()
    for keyword, values in rule.when.items():
        wanted = values[0].replace("*", "").replace("?", " ").upper()
        if keyword == "SOPClassUID":
            pattern = values[0].upper()
            wanted = min(u for name, u in CLASSES.items() if fnmatchcase(name, pattern))
        put(image, **{keyword: int(wanted) if keyword in ("Rows", "Columns") else wanted})
    return put(image, **dict.fromkeys(rule.present, "MAKER"))


@pytest.mark.parametrize("rule", HOLDS, ids=lambda rule: rule.id)
def test_every_hold_holds_its_object(rule: HoldRule) -> None:
    verdict = judged(_object(rule))
    assert rule.id in verdict.rules
    assert rule.code in [found.code for found in verdict.findings]


@pytest.mark.parametrize("rule", HOLDS, ids=lambda rule: rule.id)
def test_no_hold_speaks_of_an_object_without_pixels(rule: HoldRule) -> None:
    image = _object(rule)
    del image.PixelData
    assert judged(image) == Verdict()


@pytest.mark.parametrize("rule", MASKS, ids=lambda rule: rule.id)
def test_every_device_is_masked_where_its_rule_says(rule: MaskRule) -> None:
    image = _object(rule)
    if rule.when.get("Modality") == ("US",):
        image.SOPClassUID = US_IMAGE
        image.SequenceOfUltrasoundRegions = Sequence(
            [region(0, 0, image.Columns - 1, image.Rows - 1)]
        )
    verdict = judged(image)
    assert rule.id in verdict.rules
    assert not verdict.findings
    for top, left, bottom, right in rule.rectangles:
        wanted = Region(top, left, bottom, image.Columns if right < 0 else right)
        assert any(
            r.top <= wanted.top
            and r.left <= wanted.left
            and r.bottom >= wanted.bottom
            and r.right >= wanted.right
            for r in verdict.regions
        )


@pytest.mark.parametrize("rule", MASKS, ids=lambda rule: rule.id)
def test_a_device_rule_is_silent_about_screens_of_another_size(rule: MaskRule) -> None:
    verdict = judged(put(_object(rule), Columns=1111))
    assert rule.id not in verdict.rules


@pytest.mark.parametrize("rule", [m for m in MASKS if m.is_banner], ids=lambda rule: rule.id)
def test_a_known_banner_alone_frees_old_consoles_only(rule: MaskRule) -> None:
    verdict = judged(put(_object(rule), SOPClassUID=US_IMAGE))
    assert bool(verdict.findings) == (not rule.lifts)
    assert bool(rule.lifts) == rule.id.startswith("screen-")


def test_plain_slices_and_localizers_leave_as_they_are() -> None:
    for image_type in (["ORIGINAL", "PRIMARY", "AXIAL"], ["ORIGINAL", "PRIMARY", "LOCALIZER"]):
        assert judged(ct(ImageType=image_type), ocr="suspect") == Verdict()


@pytest.mark.parametrize(
    "attributes",
    [
        {"SOPClassUID": CLASSES["SECONDARYCAPTUREIMAGESTORAGE"]},
        {"ConversionType": "SD"},
        {"ImageType": ["ORIGINAL", "PRIMARY", "LABEL"]},
        {"SpecimenLabelInImage": "YES"},
        {"Modality": "IVUS"},
    ],
)
def test_regions_of_a_scan_do_not_free_what_is_held_for_another_reason(
    attributes: dict[str, object],
) -> None:
    verdict = judged(put(ultrasound(), **attributes))
    assert [found.code for found in verdict.findings] == ["PIXELS_MAY_HOLD_TEXT"]


def test_a_dose_page_of_another_maker_stays_held() -> None:
    page = ct(SeriesDescription="Dose Report", Rows=512, Columns=512, Manufacturer="GE MEDICAL")
    assert not judged(page).findings
    assert judged(page).regions == (Region(0, 0, 128, 512),)
    assert judged(put(page, Manufacturer="SIEMENS")).findings


def test_an_overlay_in_the_bits_of_the_pixels_is_cleared_and_a_proper_one_is_no_matter() -> None:
    image = ct()
    image.add_new(0x60000102, "US", 15)
    verdict = judged(image)
    assert (verdict.rules, verdict.clears_unused_bits) == (("overlay-bits",), True)
    image.add_new(0x60003000, "OW", b"\0\0")
    assert judged(image) == Verdict()


def test_an_overlay_is_held_in_a_policy_that_masks_nothing() -> None:
    image = ct()
    image.add_new(0x60000102, "US", 15)
    assert judged(image, text="hold").rules[0] == "overlay-in-pixels"


def test_a_policy_that_masks_nothing_holds_what_would_be_masked() -> None:
    canon = _object(next(mask for mask in MASKS if mask.id == "edges-canon-cxdi"))
    for image in (ultrasound(), canon):
        assert judged(image).regions
        verdict = judged(image, text="hold")
        assert verdict.regions == ()
        assert [found.code for found in verdict.findings] == ["PIXELS_MAY_HOLD_TEXT"]


def test_a_policy_lets_a_kind_pass_by_the_rule_and_with_a_reason() -> None:
    capture = ct(SOPClassUID=CLASSES["SECONDARYCAPTUREIMAGESTORAGE"])
    assert "by secondary-capture" in judged(capture).findings[0].text
    waiver = {"rule": "secondary-capture", "reason": "all are reformatted slices"}
    assert judged(capture, let_pass=[waiver]) == Verdict()
    assert judged(put(capture, ConversionType="SD"), let_pass=[waiver]).findings
    for change in ({"rule": "no-such-rule"}, {"reason": ""}, {"rule": "dose-page-ge"}):
        with pytest.raises(ValueError, match=r"rule|reason"):
            PixelOptions.model_validate({"let_pass": [{**waiver, **change}]})


def test_the_second_look_is_for_what_was_masked_and_for_what_shows_text() -> None:
    assert not judged(ultrasound()).look_again
    assert judged(ultrasound(), ocr="suspect").look_again
    assert judged(ct(Modality="DX"), ocr="suspect").look_again


def test_sequences_that_were_not_read_never_let_an_object_go() -> None:
    rules = PixelRules(PixelOptions())
    unread = Structure(scans=None, anatomy=None)
    scan = rules.judge(facts_of(ultrasound(), rules.keywords), unread)
    assert scan.findings
    assert "sequence-unread" in scan.rules
    assert rules.judge(facts_of(ct(), rules.keywords), unread).rules == ("sequence-unread",)


def test_patterns_ignore_case_and_classes_go_by_keyword() -> None:
    assert judged(ct(SeriesDescription="a Screen save")).rules == ("saved-series",)
    assert {c.upper() for c in sop_class_keywords()} <= CLASSES.keys()


def test_every_class_that_a_rule_names_exists() -> None:
    rules = (*rule_data().holds, *rule_data().masks)
    patterns = [name.upper() for rule in rules for name in rule.when.get("SOPClassUID", ())]
    assert len(patterns) > 10
    classes = [name.upper() for name in sop_class_keywords()]
    assert not [p for p in patterns if not any(fnmatchcase(name, p) for name in classes)]


def test_a_bare_off_is_no_truth_value() -> None:
    assert PixelOptions.model_validate({"ocr": False}).ocr == "off"


def test_the_digest_names_the_rules() -> None:
    assert len(PixelRules(PixelOptions()).digest()) == 64


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"when": {"Modalitee": ["US"]}}, "PS3.6"),
        ({"when": {}}, "condition"),
        ({"code": "NOPE"}, "findings.yaml"),
        ({"id": "slide-label"}, "one id"),
    ],
)
def test_rules_that_make_no_sense_are_refused(change: Mapping[str, object], why: str) -> None:
    data = rule_data().model_dump()
    holds = ({**data["holds"][0], **change}, *data["holds"][1:])
    with pytest.raises(ValueError, match=why):
        RuleData.model_validate({**data, "holds": holds})


def test_a_mask_may_lift_known_holds_only() -> None:
    data = rule_data().model_dump()
    data["masks"][0]["lifts"] = ["nothing"]
    with pytest.raises(ValueError, match="no hold"):
        RuleData.model_validate(data)
