"""One secret and its sub-keys: keyed hashes for items, UIDs, patients, dates and text."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from include.imaging.errors import CustomerError

MINIMUM_SECRET_BYTES = 32
# 32 random bytes have about 30 different values; fewer than 16 come once in 10^13 times.
FEWEST_DIFFERENT_BYTES = 16


class Purpose(StrEnum):
    """What a sub-key is for; the HKDF label, so that no two purposes share a key."""

    ITEM = "item"
    UID = "uid"
    PATIENT = "patient"
    DATE = "date"
    TEXT = "text"


class Keyring:
    """Sub-keys of one secret (RFC 5869, SHA-256). `key_id` names it without giving it away.

    Safe among threads. It cannot be pickled, so that no key lies in a queue or a cache.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < MINIMUM_SECRET_BYTES:
            raise CustomerError(
                "SECRET_TOO_SHORT",
                f"the de-identification secret has {len(secret)} bytes; it needs at least "
                f"{MINIMUM_SECRET_BYTES} (make one: python -m include.imaging key new)",
            )
        if len(set(secret)) == 1:
            raise CustomerError(
                "SECRET_WEAK",
                "the de-identification secret repeats one byte, so anybody can guess it "
                "(make one: python -m include.imaging key new)",
            )
        # Copied for each digest: that saves the key's own blocks, a third of the time.
        self._macs = {
            purpose: hmac.new(_derive(secret, purpose.value), digestmod=hashlib.sha256)
            for purpose in Purpose
        }
        self.key_id = _derive(secret, "id").hex()[:16]

    @classmethod
    def from_hex(cls, text: str) -> Keyring:
        """Return the keyring of a secret in hex; raises CustomerError when it is not hex."""
        return cls(secret_of(text))

    def digest(self, purpose: Purpose, *parts: str) -> bytes:
        """Return the HMAC-SHA256 (32 bytes) of `parts` under the purpose's key.

        Parts are joined with their lengths, so that ("ab", "c") and ("a", "bc") differ.
        """
        mac = self._macs[purpose].copy()
        for part in parts:
            raw = part.encode("utf-8", "surrogatepass")
            mac.update(len(raw).to_bytes(8, "big") + raw)
        return mac.digest()

    def __repr__(self) -> str:
        return f"Keyring(key_id={self.key_id!r})"


def new_secret() -> str:
    """Return a fresh secret of 32 random bytes, as hex."""
    return secrets.token_hex(MINIMUM_SECRET_BYTES)


def secret_of(text: str) -> bytes:
    """Return the bytes of a secret in hex; raises CustomerError when it is not hex."""
    try:
        return bytes.fromhex(text.strip())
    except ValueError:
        raise CustomerError(
            "SECRET_NOT_HEX", "the de-identification secret must be hex digits, 64 or more"
        ) from None


def doubts(secret: bytes) -> list[str]:
    """Return what speaks against a secret's having been made at random, in words; [] for none."""
    found = []
    if len(set(secret)) < FEWEST_DIFFERENT_BYTES:
        found.append("it has few different bytes, so it was hardly made at random")
    if secret.isascii() and secret.decode("ascii").isprintable():
        found.append("its bytes spell a text, which can be guessed")
    return found


def _derive(secret: bytes, label: str) -> bytes:
    info = b"imaging de-identification " + label.encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)
