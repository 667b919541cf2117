"""One secret gives keys for each purpose, the same everywhere, and shows itself nowhere."""

from __future__ import annotations

import pickle

import pytest

from include.imaging.errors import CustomerError
from include.imaging.keyring import Keyring, Purpose, doubts, new_secret, secret_of

SECRET = bytes(range(32))
# What earlier versions made of this secret: a change of any of these ends every linkage.
KEY_ID = "08e9512e234e06ae"
DIGESTS = {
    Purpose.ITEM: "509f87b91656c59c",
    Purpose.UID: "37f91becf41c20f9",
    Purpose.PATIENT: "d91118e6ed2a8e2f",
    Purpose.DATE: "4fe455c70e109342",
    Purpose.TEXT: "c76fb5d3e8cc5dc4",
}


def test_a_secret_gives_what_it_always_gave() -> None:
    keyring = Keyring(SECRET)
    assert keyring.key_id == KEY_ID
    assert {each: keyring.digest(each, "a", "bc").hex()[:16] for each in Purpose} == DIGESTS


def test_a_digest_does_not_depend_on_those_before_it() -> None:
    keyring = Keyring(SECRET)
    first = keyring.digest(Purpose.UID, "1.2.3")
    keyring.digest(Purpose.UID, "4")
    assert keyring.digest(Purpose.UID, "1.2.3") == first


def test_parts_are_not_run_together() -> None:
    keyring = Keyring(SECRET)
    digests = {
        keyring.digest(Purpose.UID, *parts) for parts in (("ab", "c"), ("a", "bc"), ("abc",), ())
    }
    assert len(digests) == 4


def test_a_keyring_shows_no_key() -> None:
    keyring = Keyring(SECRET)
    assert repr(keyring) == f"Keyring(key_id='{KEY_ID}')"
    assert SECRET.hex() not in repr(vars(keyring))
    with pytest.raises(TypeError):
        pickle.dumps(keyring)


@pytest.mark.parametrize(
    ("text", "code"),
    [("00" * 31, "SECRET_TOO_SHORT"), ("ab" * 32, "SECRET_WEAK"), ("0" * 65, "SECRET_NOT_HEX"),
     ("no hex", "SECRET_NOT_HEX"), ("", "SECRET_TOO_SHORT")],
)  # fmt: skip
def test_a_secret_that_keeps_nothing_is_refused(text: str, code: str) -> None:
    with pytest.raises(CustomerError, match=code):
        Keyring.from_hex(text)


def test_what_was_made_at_random_raises_no_doubt() -> None:
    for _ in range(100):
        assert not doubts(secret_of(new_secret()))
    assert doubts(b"0123456789abcdef0123456789abcdef") == [
        "its bytes spell a text, which can be guessed"
    ]
    assert doubts(bytes(range(8)) * 4) == [
        "it has few different bytes, so it was hardly made at random"
    ]
