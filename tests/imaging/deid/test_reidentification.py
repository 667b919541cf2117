"""A map is opened by its private key alone, and only as it was sealed."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.imaging.deid.reidentification import (
    FRAME_BYTES,
    HEADER_BYTES,
    LONGEST_ROW_BYTES,
    Map,
    new_pair,
    opened,
)
from include.imaging.errors import CustomerError

PRIVATE, PUBLIC = new_pair()
ROWS = [
    {"attribute": "PatientID", "original": f"Secret{n}", "stand_in": f"P{n}"} for n in range(3000)
]
FRAME = 4 + FRAME_BYTES + 16
SMALL = ROWS[:3]
# sealed once for the private key of the bytes 0 to 31
SEALED = (
    "696d6167696e672d6d61702f3120386433356636386235633764343139372064353664643364353931613663"
    "6365666639363738383466333737393261616365386333326139363936333764646234633139313035303263"
    "326137643031650a00000034f58190d60ea137e1e76000199c607093d1333ed898b90a86c3b21160a5fe3e27"
    "329f67891f3650f9c3db13b22f297d520612b28d"
)


def rows_of(sealed: bytes, private: bytes = PRIVATE) -> list[dict[str, str]]:
    return list(opened(io.BytesIO(sealed), private))


def refusal(sealed: bytes, private: bytes = PRIVATE) -> str:
    with pytest.raises(CustomerError) as caught:
        rows_of(sealed, private)
    return caught.value.code


@given(st.lists(st.dictionaries(st.text(), st.text())))
def test_what_was_sealed_comes_out(rows: list[dict[str, str]]) -> None:
    assert rows_of(Map(PUBLIC).seal(rows)) == rows


def test_a_map_of_many_frames_comes_out_whole_and_row_by_row() -> None:
    sealed = Map(PUBLIC).seal(iter(ROWS))
    assert len(sealed) > HEADER_BYTES + 2 * FRAME
    assert rows_of(sealed) == ROWS
    assert b"".join(Map(PUBLIC).sealed([]))[:13] == b"imaging-map/1"


@pytest.mark.parametrize("surplus", [-1, 0, 1])
def test_rows_that_fill_a_frame_to_its_last_byte_come_out(surplus: int) -> None:
    row = {"a": "x" * (FRAME_BYTES - len('{"a":""}\n') + surplus)}
    assert rows_of(Map(PUBLIC).seal([row])) == [row]
    assert rows_of(Map(PUBLIC).seal([row, {"b": "y"}])) == [row, {"b": "y"}]


def test_nothing_of_the_rows_can_be_read_and_no_two_maps_are_alike() -> None:
    one, other = Map(PUBLIC).seal(SMALL), Map(PUBLIC).seal(SMALL)
    assert b"Secret" not in one
    assert one[HEADER_BYTES:] != other[HEADER_BYTES:]
    assert one[:30] == other[:30]
    assert one[14:30].decode() == Map(PUBLIC).key_id


def test_another_key_does_not_open_it_and_the_error_names_its_own() -> None:
    other, public = new_pair()
    with pytest.raises(CustomerError, match=f"MAP_KEY_DIFFERS.*{Map(public).key_id}"):
        rows_of(Map(PUBLIC).seal(SMALL), other)
    renamed = (
        Map(PUBLIC).seal(SMALL).replace(Map(PUBLIC).key_id.encode(), Map(public).key_id.encode())
    )
    assert refusal(renamed, other) == "MAP_BROKEN"


def test_no_byte_can_be_changed() -> None:
    sealed = Map(PUBLIC).seal(SMALL)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        assert refusal(bytes(changed)) in {"MAP_BROKEN", "MAP_INVALID", "MAP_KEY_DIFFERS"}


def test_no_byte_can_be_cut_off_or_added() -> None:
    sealed = Map(PUBLIC).seal(SMALL)
    for length in range(len(sealed)):
        assert refusal(sealed[:length]) in {"MAP_BROKEN", "MAP_INVALID"}
    for surplus in (b"\0", bytes(4), b"\0\0\0\x10" + bytes(16), sealed[HEADER_BYTES:]):
        assert refusal(sealed + surplus) == "MAP_BROKEN"


def test_no_frame_can_be_left_out_moved_or_repeated() -> None:
    sealed = Map(PUBLIC).seal(ROWS)
    header, body = sealed[:HEADER_BYTES], sealed[HEADER_BYTES:]
    first, second, rest = body[:FRAME], body[FRAME : 2 * FRAME], body[2 * FRAME :]
    assert rest
    for frames in (
        first + second,
        second + first + rest,
        first + first + rest,
        second + rest,
        rest,
    ):
        assert refusal(header + frames) == "MAP_BROKEN"


def test_rows_before_a_cut_are_genuine() -> None:
    sealed = Map(PUBLIC).seal(ROWS)[:-1]
    seen: list[dict[str, str]] = []
    with pytest.raises(CustomerError, match="MAP_BROKEN"):
        seen.extend(opened(io.BytesIO(sealed), PRIVATE))
    assert 0 < len(seen) < len(ROWS)
    assert seen == ROWS[: len(seen)]


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    assert refusal(noise) in {"MAP_INVALID", "MAP_BROKEN"}


def test_a_row_without_end_is_not_sealed() -> None:
    with pytest.raises(ValueError, match="1 MiB"):
        Map(PUBLIC).seal([{"a": "x" * LONGEST_ROW_BYTES}])


def test_other_keys_than_x25519_in_pem_are_refused() -> None:
    for wrong in (b"", b"no key", PRIVATE, PUBLIC[:40], bytes(32)):
        with pytest.raises(CustomerError, match=r"PUBLIC_KEY_INVALID.*key pair"):
            Map(wrong)
    for wrong in (b"", b"no key", PUBLIC):
        assert refusal(Map(PUBLIC).seal([]), wrong) == "PRIVATE_KEY_INVALID"


def test_a_map_of_an_earlier_version_opens() -> None:
    private = (
        b"-----BEGIN PRIVATE KEY-----\n"
        b"MC4CAQAwBQYDK2VuBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
        b"-----END PRIVATE KEY-----\n"
    )
    assert rows_of(bytes.fromhex(SEALED), private) == [{"original": "12345", "stand_in": "P"}]


def test_memory_does_not_grow_with_the_rows() -> None:
    source = random.Random(4)
    rows = ({"original": f"{source.getrandbits(4000):x}"} for _ in range(2000))
    pieces = [len(piece) for piece in Map(PUBLIC).sealed(rows)]
    assert max(pieces) == FRAME
    assert len(pieces) > 20
