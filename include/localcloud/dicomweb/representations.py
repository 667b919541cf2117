"""Which form of stored pixel data a request gets (DG/dicomweb-retrieve-instance-frames)."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from include.localcloud.dicomweb.accept import MediaRange, NotAcceptableError
from include.localcloud.dicomweb.multipart import Part
from include.localcloud.dicomweb.pixels import RETRY, PixelStore
from include.localcloud.transfer_syntaxes import EXPLICIT_LITTLE_ENDIAN, OCTETS

ANY = "*"
# what clients call the codestreams of HealthImaging's own content types (PS3.18 8.7.3)
ALSO_CALLED = {
    "image/jph": ("image/jph", "image/jphc"),
    "image/jphc": ("image/jphc", "image/jph"),
    "image/j2c": ("image/j2c", "image/jp2", "image/jpx"),
}


def choose_syntax(store: PixelStore, wanted: str) -> str | None:
    """The transfer syntax to answer in; None when the wanted one cannot be had.

    Args:
        store: The stored pixel data.
        wanted: A UID, `*` for the stored one, nothing for Explicit VR Little Endian.
    """
    if wanted in (ANY, store.syntax):
        return store.syntax
    if wanted in ("", EXPLICIT_LITTLE_ENDIAN) and (store.can_decode() or not store.keyword):
        return EXPLICIT_LITTLE_ENDIAN
    return None


def frame_parts(
    store: PixelStore, numbers: Sequence[int], ranges: Sequence[MediaRange]
) -> tuple[list[Part], bool]:
    """The frames in the first form that can be had, and whether in a multipart answer.

    Args:
        store: The stored pixel data.
        numbers: Frames, the first is 1.
        ranges: What the request accepts, the best first.

    Raises:
        NotAcceptableError: Nothing of what it accepts can be had.
    """
    for given in ranges:
        is_multipart = given.is_multipart or given.name == "*/*"
        if not is_multipart and len(numbers) > 1:
            continue
        for kind, syntax in _choices(store, given):
            parts = _stored if syntax == store.syntax else _decoded
            with suppress(NotAcceptableError):
                return list(parts(store, numbers, kind, syntax)), is_multipart
    raise NotAcceptableError(RETRY)


def _choices(store: PixelStore, given: MediaRange) -> Iterator[tuple[str, str]]:
    """Media type and transfer syntax of frames for one alternative, the best first."""
    kind = store.frames[0]["content_type"]
    names = ALSO_CALLED.get(kind, (kind,))
    if given.covers(OCTETS):
        named = OCTETS if given.name == OCTETS else kind
        syntax = choose_syntax(store, given.syntax)
        if syntax is not None:
            yield (OCTETS if syntax == EXPLICIT_LITTLE_ENDIAN else named), syntax
        if not given.syntax:
            yield named, store.syntax  # frames that cannot be decoded come as they are stored
    elif given.covers(*names) and given.syntax in ("", ANY, store.syntax):
        yield (given.name if given.name in names else kind), store.syntax


def _stored(store: PixelStore, numbers: Sequence[int], kind: str, syntax: str) -> Iterator[Part]:
    for number in numbers:
        length = store.frames[number - 1]["length"]
        yield Part(kind, length, store.stored(number - 1), syntax)


def _decoded(store: PixelStore, numbers: Sequence[int], kind: str, syntax: str) -> Iterator[Part]:
    """Frames decoded while they are sent; all are as long as the first."""
    first, _ = store.native(numbers[0] - 1)
    yield Part(kind, len(first), [first], syntax)
    for number in numbers[1:]:
        yield Part(kind, len(first), _native(store, number, len(first)), syntax)


def _native(store: PixelStore, number: int, length: int) -> Iterator[bytes]:
    frame, _ = store.native(number - 1)
    if len(frame) != length:
        raise NotAcceptableError(RETRY)
    yield frame
