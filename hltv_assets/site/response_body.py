"""Reading a response's body under a limit of its unpacked size, however well it was packed."""

import asyncio
import zlib
from contextlib import suppress

import httpx

from hltv_assets.pages import Outcome, PageError
from hltv_assets.site.responses import OK

_GZIP = 16 + zlib.MAX_WBITS
_START_OF_GZIP = b"\x1f"
_MAX_OF_AN_ERROR_PAGE = 100_000


class BrokenTransferError(PageError):
    """A body that was damaged or cut off on its way, and may come whole when it is asked for again."""


async def read_body(response: httpx.Response, max_bytes: int, *, patience: float) -> bytes:
    """Return the unpacked body of an answer.

    Of an answer with an error status only the beginning is read, as far as it comes within `patience` seconds: the
    status says enough. Raises `PageError`: `too_large` beyond `max_bytes`, `undecodable` if it cannot be unpacked,
    `truncated` if it was packed and then cut off; `BrokenTransferError` where another try may help.
    """
    body = bytearray()
    if response.status_code == OK:
        await _unpack(response, max_bytes, body)
    else:
        with suppress(httpx.TransportError, PageError, TimeoutError):
            async with asyncio.timeout(patience):
                await _unpack(response, _MAX_OF_AN_ERROR_PAGE, body)
    return bytes(body)


async def _unpack(response: httpx.Response, max_bytes: int, body: bytearray) -> None:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip"}:
        raise PageError(Outcome.UNDECODABLE, f"packed as {encoding!r}, which was not requested")
    gzip = _Gzip() if encoding == "gzip" else None
    try:
        async for piece in response.aiter_raw():
            # zlib takes a length of 0 for "no limit", so the limit is one byte more than is allowed.
            body += gzip.unpack(piece, max_bytes + 1 - len(body)) if gzip else piece
            if len(body) > max_bytes:
                raise PageError(Outcome.TOO_LARGE, f"larger than {max_bytes:,} bytes")
    except zlib.error as error:
        raise BrokenTransferError(Outcome.UNDECODABLE, f"cannot be unpacked ({error})") from None
    if gzip and not gzip.is_whole:
        raise BrokenTransferError(Outcome.TRUNCATED, "packed and truncated")


class _Gzip:
    """Unpacks piece by piece what may be several gzip streams, one after the other (RFC 1952, 2.2)."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP)

    @property
    def is_whole(self) -> bool:
        """Whether the latest stream came to its end."""
        return self._stream.eof

    def unpack(self, piece: bytes, max_bytes: int) -> bytes:
        """Return what a piece holds, `max_bytes` (1 or more) at the most; raises `zlib.error`."""
        unpacked = b""
        while piece and len(unpacked) < max_bytes:
            if self._stream.eof:
                if not piece.startswith(_START_OF_GZIP):
                    break  # what is behind it is padding
                self._stream = zlib.decompressobj(_GZIP)
            unpacked += self._stream.decompress(piece, max_bytes - len(unpacked))
            piece = self._stream.unused_data
        return unpacked
