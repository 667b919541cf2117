"""Which form of stored pixel data a request gets (DG/dicomweb-retrieve-instance-frames)."""

from collections.abc import Iterator, Sequence

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
        chosen = _choose(store, given) if is_multipart or len(numbers) == 1 else None
        if chosen:
            kind, syntax = chosen
            is_decoded = syntax != store.syntax
            parts = _decoded if is_decoded else _stored
            return list(parts(store, numbers, kind, syntax)), is_multipart
    raise NotAcceptableError(RETRY)


def _choose(store: PixelStore, given: MediaRange) -> tuple[str, str] | None:
    """Media type and transfer syntax of frames for one alternative."""
    kind = store.frames[0]["content_type"]
    names = ALSO_CALLED.get(kind, (kind,))
    if given.covers(OCTETS):
        syntax = choose_syntax(store, given.syntax)
        if syntax is None and not given.syntax:
            syntax = store.syntax  # frames without a decoder come as they are stored
        if syntax is not None:
            is_plain = given.name == OCTETS or syntax == EXPLICIT_LITTLE_ENDIAN
            return (OCTETS if is_plain else kind), syntax
        return None
    if given.covers(*names) and given.syntax in ("", ANY, store.syntax):
        return (given.name if given.name in names else kind), store.syntax
    return None


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
