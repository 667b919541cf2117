"""The commands for keys write them for their owner alone, never over another, and show none."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from include.imaging.__main__ import main
from include.imaging.deid.reidentification import Map
from include.imaging.keyring import Keyring

ROWS = [{"attribute": "PatientID", "original": "Roe", "stand_in": f"P{n}"} for n in range(3)]
Captured = pytest.CaptureFixture[str]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "deid.key"
    assert main(["key", "new", "--key-file", str(path)]) == 0
    return path


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    assert main(["key", "pair", "--private-key", str(private), "--public-key", str(public)]) == 0
    return private, public


def test_a_new_key_is_its_owners_alone_whatever_the_umask(tmp_path: Path, capsys: Captured) -> None:
    path, before = tmp_path / "key", os.umask(0)
    try:
        assert main(["key", "new", "--key-file", str(path)]) == 0
    finally:
        os.umask(before)
    secret = path.read_text()
    assert mode(path) == 0o600
    assert len(bytes.fromhex(secret)) == 32
    shown = capsys.readouterr()
    assert shown.out == f"key id {Keyring.from_hex(secret).key_id}\n"
    assert secret.strip() not in shown.out + shown.err


def test_no_key_is_written_over_another(key_file: Path, tmp_path: Path, capsys: Captured) -> None:
    secret = key_file.read_text()
    (tmp_path / "link").symlink_to(key_file)
    (tmp_path / "nowhere").symlink_to(tmp_path / "absent")
    for name in ("deid.key", "link", "nowhere"):
        assert main(["key", "new", "--key-file", str(tmp_path / name)]) == 2
        assert capsys.readouterr().err.startswith("error: FILE_EXISTS: ")
    assert key_file.read_text() == secret
    assert main(["key", "new", "--key-file", str(tmp_path / "no folder" / "key")]) == 2
    assert "FILE_UNWRITABLE" in capsys.readouterr().err


def test_a_good_key_is_told_by_its_id(key_file: Path, capsys: Captured) -> None:
    key_id = Keyring.from_hex(key_file.read_text()).key_id
    capsys.readouterr()
    assert main(["key", "check", "--key-file", str(key_file), "--key-id", key_id.upper()]) == 0
    assert capsys.readouterr().out == f"key id {key_id}, 32 bytes\n"


def test_a_key_of_the_environment_is_checked_too(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("IMAGING_DEID_KEY", bytes(range(32)).hex())
    assert main(["key", "check"]) == 0
    assert capsys.readouterr().out == "key id 08e9512e234e06ae, 32 bytes\n"
    monkeypatch.delenv("IMAGING_DEID_KEY")
    assert main(["key", "check"]) == 2
    assert "SECRET_MISSING" in capsys.readouterr().err


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o610])
def test_a_key_that_others_may_use_is_told(key_file: Path, bits: int, capsys: Captured) -> None:
    key_file.chmod(bits)
    assert main(["key", "check", "--key-file", str(key_file)]) == 1
    assert "wrong: others than the file's owner may use it" in capsys.readouterr().out


def test_another_key_than_expected_is_told(key_file: Path, capsys: Captured) -> None:
    arguments = ["key", "check", "--key-file", str(key_file), "--key-id", "08e9512e234e06ae"]
    assert main(arguments) == 1
    assert "wrong: it is not the key of --key-id" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("secret", "code", "told"),
    [
        (b"correct horse battery staple! yes", 1, "its bytes spell a text"),
        (bytes(range(4)) * 8, 1, "it has few different bytes"),
        (bytes(32), 2, "SECRET_WEAK"),
        (bytes(range(31)), 2, "SECRET_TOO_SHORT"),
    ],
)
def test_a_weak_key_is_told_and_not_shown(
    tmp_path: Path, secret: bytes, code: int, told: str, capsys: Captured
) -> None:
    path = tmp_path / "key"
    path.write_text(secret.hex())
    path.chmod(0o600)
    assert main(["key", "check", "--key-file", str(path)]) == code
    shown = capsys.readouterr()
    assert told in shown.out + shown.err
    assert secret.hex()[:8] not in shown.out + shown.err


def test_rotating_keeps_the_old_key_and_tells_what_changes(
    key_file: Path, tmp_path: Path, capsys: Captured
) -> None:
    old, following = key_file.read_text(), tmp_path / "deid.key.next"
    capsys.readouterr()
    assert main(["key", "rotate", "--key-file", str(key_file)]) == 0
    new = following.read_text()
    assert key_file.read_text() == old != new
    assert mode(following) == 0o600
    shown = capsys.readouterr().out
    assert shown.startswith(
        f"old key id {Keyring.from_hex(old).key_id}\nnew key id {Keyring.from_hex(new).key_id}\n"
    )
    for word in ("pseudonym", "subject list", "SERIES_POLICY_CHANGED", "POLICY_CHANGED", "Keep"):
        assert word in shown
    assert old.strip() not in shown
    assert new.strip() not in shown
    assert main(["key", "rotate", "--key-file", str(key_file)]) == 2
    assert following.read_text() == new
    named = tmp_path / "another"
    arguments = ["key", "rotate", "--key-file", str(key_file), "--new-key-file", str(named)]
    assert main(arguments) == 0
    assert named.is_file()


def test_a_key_that_cannot_be_read_is_not_rotated(tmp_path: Path, capsys: Captured) -> None:
    assert main(["key", "rotate", "--key-file", str(tmp_path / "absent")]) == 2
    assert "SECRET_UNREADABLE" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_codes_that_rotating_names_exist_in_the_code() -> None:
    steps = Path(main.__code__.co_filename).parent / "steps"
    text = "".join(path.read_text() for path in steps.glob("*.py"))
    assert '"SHARD_LIST_FOREIGN"' in text
    assert '"POLICY_CHANGED"' in text


def test_a_pair_is_private_and_public(capsys: Captured, tmp_path: Path) -> None:
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    assert main(["key", "pair", "--private-key", str(private), "--public-key", str(public)]) == 0
    assert (mode(private), mode(public)) == (0o600, 0o644)
    assert capsys.readouterr().out == f"map key id {Map(public.read_bytes()).key_id}\n"


def test_half_a_pair_is_not_left_behind(pair: tuple[Path, Path], tmp_path: Path) -> None:
    private, public = pair
    before = public.read_bytes()
    other = tmp_path / "other.pem"
    assert main(["key", "pair", "--private-key", str(other), "--public-key", str(public)]) == 2
    assert main(["key", "pair", "--private-key", str(private), "--public-key", str(other)]) == 2
    assert not other.exists()
    assert public.read_bytes() == before


def test_a_map_is_opened_to_the_screen_or_into_a_private_file(
    pair: tuple[Path, Path], tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    private, public = pair
    sealed, output = tmp_path / "map", tmp_path / "rows"
    sealed.write_bytes(Map(public.read_bytes()).seal(ROWS))
    capfdbinary.readouterr()
    arguments = ["reidentify", "--private-key", str(private), str(sealed)]
    assert main(arguments) == 0
    shown = capfdbinary.readouterr()
    assert [json.loads(line) for line in shown.out.splitlines()] == ROWS
    assert shown.err == b"3 rows\n"
    assert main([*arguments, "--output", str(output)]) == 0
    assert output.read_bytes() == shown.out
    assert mode(output) == 0o600
    assert capfdbinary.readouterr().out == b""
    assert main([*arguments, "--output", str(output)]) == 2
    assert output.read_bytes() == shown.out


def test_what_does_not_open_leaves_no_file(
    pair: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    private, public = pair
    sealed, output = tmp_path / "map", tmp_path / "rows"
    whole = Map(public.read_bytes()).seal(ROWS * 1000)
    for content, code in ((whole[:-1], "MAP_BROKEN"), (b"no map", "MAP_INVALID")):
        sealed.write_bytes(content)
        arguments = ["reidentify", "--private-key", str(private), str(sealed)]
        assert main([*arguments, "--output", str(output)]) == 2
        assert capsys.readouterr().err.startswith(f"error: {code}: ")
        assert not output.exists()
    absent = str(tmp_path / "absent")
    assert main(["reidentify", "--private-key", absent, str(sealed)]) == 2
    assert "PRIVATE_KEY_UNREADABLE" in capsys.readouterr().err
    assert main(["reidentify", "--private-key", str(private), absent]) == 2
    assert "MAP_UNREADABLE" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["reidentify"], *(["key", name] for name in ("new", "check", "rotate", "pair"))]
)
def test_every_command_for_keys_has_help(command: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    assert "usage: python -m include.imaging" in capsys.readouterr().out
