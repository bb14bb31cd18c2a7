"""The file format of an archived page: what is known of it, then the page, in one file.

A Zstandard stream whose first frame is a skippable one that holds a JSON note (URL, time of arrival, SHA-256, ...).
Every zstd tool skips that frame, so `zstd -dc FILE` prints the page; the note is read without unpacking anything.
"""

import hashlib
import struct
from datetime import datetime

import msgspec
import zstandard

from hltv_assets.archive.errors import CorruptPageError
from hltv_assets.pages import PageKind

_SKIPPABLE_FRAME = 0x184D2A50  # the first of the 16 magic numbers that the Zstandard format sets aside
_HEADER = struct.Struct("<II")
_LEVEL = 10
_LONGEST_NOTE = 65_536


class PageNote(msgspec.Struct, frozen=True, kw_only=True):
    """What the archive knows of a page."""

    page_kind: PageKind
    page_id: int
    match_id: int
    url: str
    scraped_at: datetime
    sha256: str
    size: int


def sha256_of(body: bytes) -> str:
    """Return the SHA-256 of a page's bytes as 64 hex digits."""
    return hashlib.sha256(body).hexdigest()


def pack_page(note: PageNote, body: bytes) -> bytes:
    """Return the file's bytes for a page and its note."""
    encoded = msgspec.json.encode(note)
    frame = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(body)
    return _HEADER.pack(_SKIPPABLE_FRAME, len(encoded)) + encoded + frame


def unpack_page(packed: bytes, place: str) -> tuple[PageNote, bytes]:
    """Return note and page of a file; raises `CorruptPageError` if it is not whole or the hash does not fit."""
    note, start = _note_and_its_end(packed, place)
    try:
        body = zstandard.ZstdDecompressor().decompress(packed[start:], max_output_size=note.size)
    except zstandard.ZstdError as error:
        raise CorruptPageError(place, f"cannot be unpacked ({error})") from None
    if sha256_of(body) != note.sha256:
        raise CorruptPageError(place, "its SHA-256 is not the one it was stored with")
    return note, body


def read_note(packed: bytes, place: str) -> PageNote:
    """Return the note of a file, without looking at the page; raises `CorruptPageError` if it cannot be read."""
    return _note_and_its_end(packed, place)[0]


def _note_and_its_end(packed: bytes, place: str) -> tuple[PageNote, int]:
    try:
        magic, length = _HEADER.unpack_from(packed)
        if magic != _SKIPPABLE_FRAME or length > _LONGEST_NOTE:
            raise CorruptPageError(place, "it does not begin with a page's note")
        end = _HEADER.size + length
        return msgspec.json.decode(packed[_HEADER.size : end], type=PageNote), end
    except (struct.error, msgspec.DecodeError) as error:
        raise CorruptPageError(place, f"its note cannot be read ({error})") from None
