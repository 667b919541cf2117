"""The re-identification map: originals and their stand-ins, sealed for a key the pipeline lacks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic import BaseModel, ConfigDict, Field

from include.imaging.errors import CustomerError

MAGIC = b"imaging-map/1"
HEADER_BYTES = len(MAGIC) + 1 + 16 + 1 + 64 + 1
FRAME_BYTES = 65536
LONGEST_ROW_BYTES = 2**20
LONGEST_KEY_BYTES = 2**16
_TAG_BYTES, _LENGTH_BYTES = 16, 4
_INFO = b"imaging re-identification map 1"


class ReidentificationRule(BaseModel):
    """A policy's `reidentification`: the file of the public key that maps are sealed for.

    A relative path starts at the policy's own file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    public_key_file: str = Field(min_length=1)


def map_of(rule: ReidentificationRule | None) -> Map | None:
    """Return the map that a policy's rule asks for, None without a rule.

    Raises CustomerError where the file of the public key is none, or cannot be read.
    """
    if rule is None:
        return None
    try:
        with Path(rule.public_key_file).open("rb") as file:
            return Map(file.read(LONGEST_KEY_BYTES))
    except OSError as error:
        raise CustomerError(
            "PUBLIC_KEY_UNREADABLE",
            f"the policy's `reidentification.public_key_file` cannot be read "
            f"({type(error).__name__}): give the path of a PEM file that every worker can read "
            "(make a pair: python -m include.imaging key pair)",
        ) from None


class Map:
    """Seals rows for one public key (X25519, PEM); who seals cannot open. Safe among threads.

    A map is a line of 96 bytes (`imaging-map/1`, the key's id, an ephemeral public key, both in
    hex), then frames: a length of 4 bytes, big endian, and as many bytes of ChaCha20-Poly1305
    (RFC 8439). Its key is HKDF-SHA-256 of the shared secret (RFC 7748), with both public keys as
    salt; the nonce is the frame's number in 11 bytes and 1 for the last frame, else 0; the line is
    authenticated with every frame. So none can be changed, moved, added or taken off. Inside is
    NDJSON. A fresh ephemeral key makes each map another one, whatever it holds.
    """

    def __init__(self, public_key: bytes) -> None:
        self._public = _public(public_key)
        self.key_id = _key_id(self._public)

    def seal(self, rows: Iterable[Mapping[str, str]]) -> bytes:
        """Return a map of the rows; ValueError for a row above 1 MiB."""
        return b"".join(self.sealed(rows))

    def sealed(self, rows: Iterable[Mapping[str, str]]) -> Iterator[bytes]:
        """Yield the map piece by piece, so that memory does not grow with the rows."""
        ephemeral = X25519PrivateKey.generate()
        sender = ephemeral.public_key().public_bytes_raw()
        header = b"%s %s %s\n" % (MAGIC, self.key_id.encode(), sender.hex().encode())
        shared = ephemeral.exchange(self._public)
        cipher = _cipher(shared, sender, self._public.public_bytes_raw())
        yield header
        number, waiting = 0, bytearray()
        for row in rows:
            waiting += _line(row)
            while len(waiting) > FRAME_BYTES:
                yield _frame(cipher, number, waiting[:FRAME_BYTES], header, is_last=False)
                del waiting[:FRAME_BYTES]
                number += 1
        yield _frame(cipher, number, waiting, header, is_last=True)


def opened(source: BinaryIO, private_key: bytes) -> Iterator[dict[str, str]]:
    """Yield the rows of a map, each after its bytes were authenticated; memory stays bounded.

    Raises CustomerError where the private key (PEM) is another one, and where the map was cut off
    or changed, which may show only after rows that are genuine. That a map opens does not say who
    sealed it: the public key is enough for that.
    """
    private = _private(private_key)
    header = source.read(HEADER_BYTES)
    words = header.split(b" ")
    if len(header) != HEADER_BYTES or len(words) != 3 or words[0] != MAGIC:
        raise CustomerError("MAP_INVALID", "the file is no re-identification map of version 1")
    own = private.public_key()
    if words[1] != _key_id(own).encode():
        raise CustomerError(
            "MAP_KEY_DIFFERS",
            f"the private key's id is {_key_id(own)}, and the map was sealed for another one: "
            "its first line names that",
        )
    try:
        sender = bytes.fromhex(words[2].decode("ascii"))
        shared = private.exchange(X25519PublicKey.from_public_bytes(sender))
    except ValueError:
        raise _broken() from None
    cipher = _cipher(shared, sender, own.public_bytes_raw())
    yield from _rows(_plain(source, cipher, header))


def new_pair() -> tuple[bytes, bytes]:
    """Return a fresh private key and its public key, as PEM (PKCS #8, SubjectPublicKeyInfo)."""
    private = X25519PrivateKey.generate()
    return (
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )


def _frame(
    cipher: ChaCha20Poly1305, number: int, plain: bytearray, header: bytes, *, is_last: bool
) -> bytes:
    sealed = cipher.encrypt(_nonce(number, is_last=is_last), bytes(plain), header)
    return len(sealed).to_bytes(_LENGTH_BYTES, "big") + sealed


def _plain(source: BinaryIO, cipher: ChaCha20Poly1305, header: bytes) -> Iterator[bytes]:
    """Yield what the frames hold; CustomerError at the first that is not as it was sealed."""
    number, length = 0, source.read(_LENGTH_BYTES)
    while length:
        size = int.from_bytes(length, "big")
        if len(length) != _LENGTH_BYTES or size > FRAME_BYTES + _TAG_BYTES:
            raise _broken()
        sealed = source.read(size)
        length = source.read(_LENGTH_BYTES)
        if len(sealed) != size:
            raise _broken()
        try:
            yield cipher.decrypt(_nonce(number, is_last=not length), sealed, header)
        except InvalidTag:
            raise _broken() from None
        number += 1
    if not number:
        raise _broken()


def _rows(plain: Iterable[bytes]) -> Iterator[dict[str, str]]:
    waiting = b""
    for piece in plain:
        *lines, waiting = (waiting + piece).split(b"\n")
        if len(waiting) > LONGEST_ROW_BYTES:
            raise _broken()
        yield from map(_row, lines)
    if waiting:
        raise _broken()


def _row(line: bytes) -> dict[str, str]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise _broken()
    return found


def _line(row: Mapping[str, str]) -> bytes:
    line = json.dumps(dict(row), sort_keys=True, separators=(",", ":")).encode() + b"\n"
    if len(line) > LONGEST_ROW_BYTES:
        raise ValueError("a row of the re-identification map is longer than 1 MiB")
    return line


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _cipher(shared: bytes, sender: bytes, recipient: bytes) -> ChaCha20Poly1305:
    derived = HKDF(algorithm=SHA256(), length=32, salt=sender + recipient, info=_INFO)
    return ChaCha20Poly1305(derived.derive(shared))


def _key_id(public: X25519PublicKey) -> str:
    return hashlib.sha256(_INFO + public.public_bytes_raw()).hexdigest()[:16]


def _public(pem: bytes) -> X25519PublicKey:
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, X25519PublicKey):
        raise _no_key("public")
    return key


def _private(pem: bytes) -> X25519PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, X25519PrivateKey):
        raise _no_key("private")
    return key


def _no_key(half: str) -> CustomerError:
    return CustomerError(
        f"{half.upper()}_KEY_INVALID",
        f"the {half} key is no X25519 key in PEM without a passphrase "
        "(make a pair: python -m include.imaging key pair)",
    )


def _broken() -> CustomerError:
    return CustomerError(
        "MAP_BROKEN",
        "the re-identification map is cut off or was changed: fetch it again from where the "
        "pipeline wrote it",
    )
