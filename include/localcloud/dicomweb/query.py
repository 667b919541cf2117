"""The query string of a search, read and checked (DG/dicomweb-search, PS3.18 8.3.4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import WSGIEnvironment

from pydicom.datadict import keyword_for_tag, tag_for_keyword

from include.localcloud.dicomweb.attributes import keys_of, vr_of
from include.localcloud.dicomweb.matching import Matcher, matcher
from include.localcloud.errors import ValidationError

MOST_RESULTS = 1000
HIGHEST_OFFSET = 1_000_000
MOST_FIELDS = 50
TAG = re.compile(r"([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4})")
IMAGE_SET = re.compile(r"[0-9a-z]{32}")
OPTIONS = ("limit", "offset", "fuzzymatching", "imageSetId", "includefield")

# what to give of a data set: all of it, or of these tags this
Tree = dict[str, Any]


@dataclass
class Query:
    """What a search asks for.

    Attributes:
        matchers: By keyword, whether an attribute's values match.
        uids: By keyword, the UIDs that alone can match, for those that were given.
        fields: Tags asked for beyond what is always given, with what of each sequence.
        everything: Whether all attributes of the level are asked for.
        creators: Names of private creators by the tag of their element.
        image_set: The image set to look into instead of the primary ones.
    """

    matchers: dict[str, Matcher] = field(default_factory=dict)
    uids: dict[str, list[str]] = field(default_factory=dict)
    fields: Tree = field(default_factory=dict)
    everything: bool = False
    creators: dict[str, str] = field(default_factory=dict)
    limit: int = MOST_RESULTS
    offset: int = 0
    image_set: str | None = None


def read_query(environ: WSGIEnvironment, action: str) -> Query:
    """The query of a search.

    Raises:
        ValidationError: It has a key that this search does not take, or a malformed value.
    """
    pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    options = {name: value for name, value in pairs if name in OPTIONS}
    query = Query(
        limit=_whole(options.get("limit", str(MOST_RESULTS)), "limit", 1, MOST_RESULTS),
        offset=_whole(options.get("offset", "0"), "offset", 0, HIGHEST_OFFSET),
        image_set=image_set_of(options),
    )
    _read_fields(query, [value for name, value in pairs if name == "includefield"])
    fuzzy = options.get("fuzzymatching", "false").lower()
    if fuzzy not in ("true", "false"):
        raise ValidationError("fuzzymatching must be true or false")
    for name, value in pairs:
        if name not in OPTIONS and not name.lower().startswith("x-amz-"):
            _read_key(query, action, name, value, fuzzy=fuzzy == "true")
    return query


def image_set_of(options: Mapping[str, str]) -> str | None:
    """The image set that a request names.

    Raises:
        ValidationError: It is no id.
    """
    given = options.get("imageSetId")
    if given is not None and not IMAGE_SET.fullmatch(given):
        raise ValidationError("imageSetId must be 32 digits and lower-case letters")
    return given


def _read_key(query: Query, action: str, name: str, value: str, *, fuzzy: bool) -> None:
    number, keyword = _attribute(name)
    if number and _is_creator(number):
        query.creators[number] = value
        return
    if keyword not in keys_of(action):
        known = ", ".join(sorted(keys_of(action)))
        raise ValidationError(f"{action} can be narrowed by: {known}")
    if keyword in query.matchers:
        raise ValidationError(f"{keyword} is given more than once")
    query.matchers[keyword] = matcher(vr_of(keyword), value, fuzzy=fuzzy)
    uids = [uid.strip() for uid in re.split(r"[,\\]", value)]
    if vr_of(keyword) == "UI" and value.strip() not in ("", "*"):
        query.uids[keyword] = uids


def _read_fields(query: Query, given: list[str]) -> None:
    """Put what was asked for into the query; what is no attribute is left out silently."""
    names = [name.strip() for value in given for name in _names(value)]
    if max(len(given), len(names)) > MOST_FIELDS:
        raise ValidationError(f"includefield can be given at most {MOST_FIELDS} times")
    query.everything = "all" in names
    for name in names:
        numbers = [_attribute(part)[0] for part in name.split(".")]
        if all(numbers):
            branch = query.fields
            for number in numbers[:-1]:
                branch = branch.setdefault(number, {})
            branch.setdefault(numbers[-1], {})


def _names(value: str) -> list[str]:
    """The names in a value: split at commas, but not within gggg,eeee."""
    return TAG.sub(r"\1\2", value).split(",")


def _attribute(name: str) -> tuple[str, str]:
    """Tag and keyword of an attribute by either; empty if it is none."""
    match = TAG.fullmatch(name)
    if match:
        number = (match[1] + match[2]).upper()
        return number, keyword_for_tag(int(number, 16))
    tag = tag_for_keyword(name) if name.isascii() and name else None
    return (f"{tag:08X}", name) if tag is not None else ("", "")


def _is_creator(number: str) -> bool:
    return int(number[:4], 16) % 2 == 1 and number[4:6] == "00" and int(number[6:], 16) >= 0x10


def _whole(text: str, name: str, least: int, most: int) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) <= 9
    if not is_number or not least <= int(text) <= most:
        raise ValidationError(f"{name} must be a whole number from {least} to {most}")
    return int(text)
