"""The file format of an archived page: what is known of it, then the page, in one file.

A Zstandard stream whose first frame is a skippable one that holds a JSON note (URL, time of arrival, SHA-256, ...).
Every zstd tool skips that frame, so `zstd -dc FILE` prints the page; the note is read without unpacking anything.
Where the note names a dictionary, `zstd -dc DICTIONARY >d; zstd -dc -D d FILE` does.
"""

import hashlib
import struct
from collections.abc import Callable
from datetime import datetime

import msgspec
import zstandard

from hltv_assets.archive.errors import CorruptPageError
from hltv_assets.pages import PageKind

_SKIPPABLE_FRAME = 0x184D2A50  # the first of the 16 magic numbers that the Zstandard format sets aside
_HEADER = struct.Struct("<II32s")  # magic number, length of what follows, SHA-256 of the note
_FRAME_HEADER = 8
_WINDOW_LOG = 23  # a dictionary is of use only as far as the window reaches, and a page may be 6 MB
LARGEST_WINDOW = 2**_WINDOW_LOG  # a damaged frame cannot ask for more memory
_LEVEL = 10
_MAX_NOTE = 65_536


UnpackingDictionaries = Callable[[str], zstandard.ZstdCompressionDict]


class PageNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the archive knows of a page; `dictionary` is the place of the one that it is packed with, if any."""

    page_kind: PageKind
    page_id: int
    match_id: int | None
    url: str
    scraped_at: datetime
    sha256: str
    size: int
    dictionary: str | None = None


class PackingDictionary(msgspec.Struct, frozen=True):
    """A dictionary made ready to pack with, and its place in the archive."""

    place: str
    data: zstandard.ZstdCompressionDict


def ready_for_packing(place: str, content: bytes) -> PackingDictionary:
    """Return a dictionary of these bytes; making it ready takes tenths of a second, and memory."""
    data = dictionary_of(content)
    data.precompute_compress(compression_params=_parameters())
    return PackingDictionary(place, data)


def dictionary_of(content: bytes) -> zstandard.ZstdCompressionDict:
    """Return a dictionary of these bytes, to unpack with."""
    return zstandard.ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _parameters() -> zstandard.ZstdCompressionParameters:
    return zstandard.ZstdCompressionParameters.from_level(_LEVEL, window_log=_WINDOW_LOG)


def sha256_of(body: bytes) -> str:
    """Return the SHA-256 of a page's bytes as 64 hex digits."""
    return hashlib.sha256(body).hexdigest()


def pack_page(note: PageNote, body: bytes, dictionary: PackingDictionary | None = None) -> bytes:
    """Return the file's bytes for a page and its note, which is made to name the dictionary."""
    if dictionary is None:
        compressor = zstandard.ZstdCompressor(level=_LEVEL)
    else:
        note = msgspec.structs.replace(note, dictionary=dictionary.place)
        compressor = zstandard.ZstdCompressor(dict_data=dictionary.data, compression_params=_parameters())
    encoded = msgspec.json.encode(note)
    frame = compressor.compress(body)  # the SHA-256 is its checksum
    digest = hashlib.sha256(encoded).digest()
    return _HEADER.pack(_SKIPPABLE_FRAME, len(digest) + len(encoded), digest) + encoded + frame


def unpack_page(packed: bytes, place: str, dictionaries: UnpackingDictionaries) -> tuple[PageNote, bytes]:
    """Return note and page of a file; `dictionaries` returns the one at a place, and is asked only where it is needed.

    Raises `CorruptPageError` if the file is not whole or the hash does not fit, and what `dictionaries` raises.
    """
    note, start = _note_and_its_end(packed, place)
    dictionary = dictionaries(note.dictionary) if note.dictionary else None
    try:
        unpacker = zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=LARGEST_WINDOW)
        body = unpacker.stream_reader(packed[start:]).read(note.size + 1)
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
        magic, length, digest = _HEADER.unpack_from(packed)
        end = _FRAME_HEADER + length
        encoded = packed[_HEADER.size : end]
        if magic != _SKIPPABLE_FRAME or length > _MAX_NOTE or hashlib.sha256(encoded).digest() != digest:
            raise CorruptPageError(place, "it does not start with a page's note")
        return msgspec.json.decode(encoded, type=PageNote), end
    except (struct.error, ValueError) as error:
        raise CorruptPageError(place, f"its note cannot be read ({error})") from None
