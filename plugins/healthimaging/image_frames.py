"""An image frame as the service streams it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healthimaging.errors import service_errors

if TYPE_CHECKING:
    from botocore.response import StreamingBody

CHUNK_BYTES = 1024 * 1024


@dataclass(slots=True)
class ImageFrame:
    """One frame on its way: read it once, whole or in chunks; RuntimeError the second time.

    `content_type` tells the encoding (GetImageFrame): image/jph is HTJ2K, image/jphc, image/j2c,
    image/jpeg and image/jxl are kept as they were imported, application/octet-stream is
    Explicit VR Little Endian.
    """

    image_frame_id: str
    content_type: str
    body: StreamingBody
    _is_read: bool = False

    def read(self) -> bytes:
        """Return the whole frame; TransientError when the connection breaks."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """Yield the frame piece by piece; the connection is given back at the end."""
        if self._is_read:
            # its body would be empty now, which looks like a frame without bytes
            raise RuntimeError(f"image frame {self.image_frame_id} was read before")
        self._is_read = True
        with service_errors(f"read image frame {self.image_frame_id}"), self.body:
            yield from self.body.iter_chunks(CHUNK_BYTES)
