"""The page on de-identification, made of the tables, rules and policies that the engine reads."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from docs.markdown import NOTE, markdown_table
from include.imaging.deid.actions import CODES, UNNAMED, resolve
from include.imaging.deid.additions import house_rules
from include.imaging.deid.attributes import find_attribute
from include.imaging.deid.difference import settings_of
from include.imaging.deid.explanation import EFFECT, OPTION_OF, TYPES, explain
from include.imaging.deid.kinds import Kind, kinds
from include.imaging.deid.options import BASIC_PROFILE
from include.imaging.deid.options import CODES as OPTION_CODES
from include.imaging.deid.pixels.rule_data import rule_data
from include.imaging.deid.policy import Policy, load_policy, shipped_policies
from include.imaging.deid.table import EDITION, PRIVATE, Row, rows
from include.imaging.validation.assurance import DOES_NOT_PROVE, PROVES

TEMPLATE = Path(__file__).parent / "deidentification.template.md"
IN_DATA_SETS = 8  # the first group that is
KEYS = {
    "name": "lower case, as the file; goes with every record",
    "description": "what it does and for whom; no part of the fingerprint",
    "profile": "the standard's profile to begin with; `basic` is the only one",
    "options": "options of PS3.15 E.3, [as above](#the-shipped-policies)",
    "dates": "with Modified Dates: `window_days` (1 to 36500) and `keep_weekday`",
    "text": "with Clean Descriptors: `vocabulary`, whether only known words stay",
    "subjects": "with a subject list: `missing: hold` or `keyed`, for a patient it lacks",
    "reidentification": "`public_key_file` that maps back are sealed for; not in the fingerprint",
    "ages_above_89": "`capped` or `kept`",
    "overrides": "own rules: `keyword`, or `creator`, `group` and `element`; `action`; `reason`",
    "keep_only": "of what no rule names, only these attributes may stay",
    "pixels": "what is done about text and faces in pixels",
}


def deidentification() -> str:
    """Return the page on policies: a template, and include/imaging/deid with its data."""
    policies = [load_policy(name) for name in shipped_policies()]
    parts = {
        "edition": EDITION,
        "policies": _policies(policies),
        "codes": _codes(),
        "proves": _listed(PROVES),
        "proves not": _listed(DOES_NOT_PROVE),
        "keys": markdown_table(
            ("key", "what it says"), [(f"`{key}`", KEYS[key]) for key in Policy.model_fields]
        ),
        "house": _house(),
        "holds": _holds(),
        "attributes": _attributes(policies),
    }
    text = TEMPLATE.read_text(encoding="utf-8")
    for name, part in parts.items():
        text = text.replace("{{" + name + "}}", part)
    return f"{NOTE}\n\n{text}"


def _policies(policies: list[Policy]) -> str:
    heads = ("code of CID 7050", "option", *(policy.name for policy in policies))
    lines = [(f"`{BASIC_PROFILE.value}`", BASIC_PROFILE.meaning, *("yes" for _ in policies))]
    for option, code in OPTION_CODES.items():
        marks = ("yes" if policy.has(option) else "" for policy in policies)
        lines.append((f"`{code.value}`", f"`{option}`", *marks))
    return "\n\n".join([*map(_policy, policies), markdown_table(heads, lines), _numbers(policies)])


def _policy(policy: Policy) -> str:
    settings = {key: value for key, value in settings_of(policy).items() if value}
    shown = "; ".join(f"{key}: {_setting(value)}" for key, value in settings.items())
    kept = len(policy.keep_only or ())
    lines = [
        f"### {policy.name}",
        policy.description,
        f"Its reasons: [{policy.name}.yaml](../include/imaging/deid/policies/{policy.name}.yaml). "
        f"Settings: {shown}." + f" Of what no rule names, {kept} attributes may stay." * bool(kept),
    ]
    own = [(f"`{_named(rule)}`", rule.action, rule.reason) for rule in policy.overrides]
    return "\n\n".join(
        lines + ([markdown_table(("attribute", "action", "reason"), own)] if own else [])
    )


def _named(rule: object) -> str:
    keyword = getattr(rule, "keyword", "")
    return str(keyword or getattr(rule, "private_key", ""))


def _setting(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_setting(each)}" for key, each in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)


def _numbers(policies: list[Policy]) -> str:
    counted = [Counter(_letter(policy, row) for row in rows()) for policy in policies]
    letters = sorted({letter for each in counted for letter in each if letter})
    lines = [(f"`{letter}`", *(str(each[letter]) for each in counted)) for letter in letters]
    heads = ("rows of Table E.1-1 by code", *(policy.name for policy in policies))
    return markdown_table(heads, lines)


def _codes() -> str:
    lines = []
    for code in [*sorted(CODES), UNNAMED]:
        done = (EFFECT[resolve(code, kind, "LO")] for kind in TYPES)
        name = f"`{code}`" + " (by `keep_only`)" * (code == UNNAMED)
        lines.append(f"| {name} | {' | '.join(done)} |")
    return "\n".join(lines)


def _listed(sentences: tuple[str, ...]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _house() -> str:
    lines = [
        (
            f"`{rule.keyword}`" if rule.keyword else f"every attribute of VR `{rule.vr}`",
            rule.action,
            ", ".join(f"{OPTION_OF[c]}: {code}" for c, code in rule.options.items()),
            rule.reason,
        )
        for rule in house_rules().beyond_table
    ]
    return markdown_table(("attribute", "code", "under an option", "reason"), lines)


def _holds() -> str:
    lines = [
        (f"[`{kind.code}`](findings.md)", _of(kind), kind.reason) for kind in kinds() if kind.code
    ]
    lines += [
        (f"[`{hold.code}`](findings.md)", f"rule `{hold.id}`", hold.reason)
        for hold in rule_data().holds
    ]
    return markdown_table(("finding", "when", "why"), lines)


def _of(kind: Kind) -> str:
    """Return when objects of a kind are held back."""
    unless = f" without `{kind.option}`" if kind.option and kind.handling != "held" else ""
    said = [f"{key}: {', '.join(found)}" for key, found in kind.held_when.items()]
    pretending = [f"Modality of others: {', '.join(kind.modalities)}"] if kind.modalities else []
    return "; ".join([f"kind `{kind.id}`{unless}", *said, *pretending])


def _attributes(policies: list[Policy]) -> str:
    heads = ("tag", "attribute", "Basic Profile", *(policy.name for policy in policies))
    lines = [
        (
            f"`{row.tag}`",
            row.keyword,
            row.basic,
            *(_letter(policy, row) or "–" for policy in policies),
        )
        for row in rows()
    ]
    return markdown_table(heads, lines)


def _letter(policy: Policy, row: Row) -> str:
    if row.tag == PRIVATE:
        return "C" if "safe_private" in policy.columns else "X"
    attribute = find_attribute(f"{row.tag[:4]},{row.tag[4:]}".replace("x", "0"))
    return explain(policy, attribute).letter if attribute.tag >> 16 >= IN_DATA_SETS else ""
