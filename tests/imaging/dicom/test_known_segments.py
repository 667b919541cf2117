"""What encoders say of themselves is known, and nothing that is said beside it."""

from __future__ import annotations

import pytest

from include.imaging.dicom.known_segments import is_known

WORD = b"Jxqwhidden Zwyndrake"


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("COM", b"Kakadu-2.2"),
        ("COM", b"Created by GDCM/OpenJPEG version 2.3.0"),
        ("COM", b"Created by OpenJPEG version 2.5.0"),
        ("COM", b"Creator: JasPer Version 1.701.0"),
        ("COM", b"CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 75\n"),
        ("COM", b"Intel(R) JPEG Library, version [1.51.12.44]"),
        ("APP0", b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        ("APP8", b"\0\0\0\1\xff\xd8"),
        ("APP14", b"Adobe\0d\0\0\0\0\1"),
    ],
)
def test_the_list_knows_a_text_and_nothing_more(name: str, payload: bytes) -> None:
    assert is_known(name, payload)
    assert name != "COM" or is_known(name, payload + b"\0")
    assert not is_known(name, payload + b" of " + WORD)
    assert not is_known(name, WORD + payload)
    assert not is_known("APP1", payload)


def test_segments_of_thumbnails_and_directories_are_not_known() -> None:
    assert not is_known("APP0", b"JFIF\0\1\1\0\0\1\0\1\1\1abc")
    assert not is_known("APP8", b"\0\0\0\x05" + WORD)
    assert not is_known("COM", b"Kakadu-" + b"1" * 5000)
