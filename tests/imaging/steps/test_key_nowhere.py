"""The secret stays where it was given: nothing that a run or a command leaves holds it."""

from __future__ import annotations

import base64
import gzip
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from include.imaging.__main__ import main
from include.imaging.catalog.tables import metadata
from include.imaging.deid.engine import Deidentifier
from include.imaging.deid.policy import load_policy
from include.imaging.deid.reidentification import Map, new_pair
from include.imaging.errors import CustomerError, IntegrityError
from include.imaging.keyring import Keyring
from include.imaging.steps import balance, deidentify, validate
from include.imaging.steps.zones import Zones
from include.imaging.validation.verify import verify
from tests.support.dicom import ct, encode
from tests.support.landing import RUN, packed

SECRET = bytes.fromhex("c0ffee11d00d22fade33beef44cafe5566a77b88c99d00e1f2a3b4c5d6e7f809")


def spellings(secret: bytes) -> set[bytes]:
    """Every way in which a program might write the secret down, in lower case."""
    found = {secret, secret[::-1], secret.hex().encode(), repr(secret)[2:-1].encode()}
    found |= {repr(list(secret))[1:-1].encode(), secret.hex(" ").encode()}
    for shift in range(3):  # base64 of it at any place of a longer text
        for encode_64 in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode_64(bytes(shift) + secret)[4:-4])
    found.add(base64.b32encode(secret)[:-8])
    return {spelling.lower() for spelling in found}


def holds_secret(data: bytes) -> bool:
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    lower = data.lower()
    return any(spelling in lower for spelling in spellings(SECRET))


def test_the_search_finds_it_however_it_is_written() -> None:
    for text in (SECRET, SECRET.hex().upper().encode(), repr([SECRET]).encode()):
        assert holds_secret(b"x" + text)
    for shift in range(3):
        assert holds_secret(base64.b64encode(b"k" * shift + SECRET + b"after"))
    assert holds_secret(gzip.compress(SECRET))
    assert not holds_secret(Keyring(SECRET).key_id.encode())


def left_behind(zones: Zones, engine: Engine) -> Iterator[bytes]:
    """Every object with its key, and every row of the catalog."""
    for store in (zones.landing, zones.imports, zones.results):
        for entry in store.listing(""):
            yield entry.key.encode()
            yield store.get(entry.key) or b""
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            yield from (repr(row).encode() for row in connection.execute(select(table)))


def engine_under(policy: str) -> Deidentifier:
    return Deidentifier(load_policy(policy), Keyring(SECRET), "hospital")


def test_a_run_leaves_it_nowhere(
    zones: Zones,
    engine: Engine,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    for number, burned in ((1, "NO"), (2, "NO"), (3, "YES")):
        (tmp_path / f"{number}").write_bytes(encode(ct(number, BurnedInAnnotation=burned)))
    rewriter = engine_under("basic")
    (batch,) = packed(zones, engine, tmp_path, rewriter).batches
    seal = Map(new_pair()[1])

    def attempt(by: Deidentifier) -> None:
        deidentify.run(
            batch_id=batch.batch_id,
            owner=RUN.run_id,
            zones=zones,
            engine=engine,
            rewriter=by,
            verify=verify,
            reidentification=seal,
        )

    with pytest.raises(CustomerError, match="POLICY_CHANGED") as changed:
        attempt(engine_under("research"))
    attempt(rewriter)
    validate.run(batch_id=batch.batch_id, zones=zones, engine=engine, most_files=10)
    with pytest.raises(IntegrityError) as unbalanced:
        balance.run(
            run=RUN, zones=zones, engine=engine, fingerprint=rewriter.fingerprint, failed_allowed=0
        )
    errors = (changed.value, unbalanced.value)
    left = list(left_behind(zones, engine))
    assert len(left) > 40
    told = (errors, [error.__context__ for error in errors], rewriter, rewriter.provenance)
    spoken = repr((told, caplog.text, capfd.readouterr())).encode()
    assert not [each for each in (*left, spoken) if holds_secret(each)]
    assert any(Keyring(SECRET).key_id.encode() in each for each in map(_unpacked, left))


def _unpacked(data: bytes) -> bytes:
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def test_the_commands_leave_it_nowhere(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    (tmp_path / "in" / "1.dcm").write_bytes(encode(ct()))
    (tmp_path / "in" / "2.dcm").write_bytes(b"no DICOM")
    Path("key").write_text(SECRET.hex())
    options = ["--key-file", "key"]
    assert main(["deidentify", "in", "out", *options]) == 1
    assert main(["qa", "in", "--out", "page.html", *options]) == 0
    assert main(["key", "check", *options]) == 1  # its file is readable by others
    assert main(["deidentify", "in", "out", *options, "--policy", "none"]) == 2
    Path("long").write_text(SECRET.hex() + "!")
    assert main(["deidentify", "in", "out", "--key-file", "long"]) == 2
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    made = [path for path in written if path.name not in ("key", "long")]
    assert len(made) == 4
    assert not [path for path in made if holds_secret(path.read_bytes())]
    out, err = capfd.readouterr()
    assert "SECRET_NOT_HEX" in err
    assert not holds_secret(f"{out}{err}{caplog.text}".encode())
