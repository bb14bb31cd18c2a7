"""Dictionaries: bytes of archived pages, so that a page packed with one takes room only for what is its own.

Made at run time from pages of the archive, never shipped. A dictionary lies at
`dictionaries/<page_kind>/<time of making>-<SHA-256>.zst` and never changes; each page names the one that it needs, so
any number of them may lie side by side, and the newest is packed with.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

import zstandard
from upath import UPath

from hltv_assets.archive.errors import DictionaryError
from hltv_assets.archive.page_file import (
    LARGEST_WINDOW,
    PackingDictionary,
    dictionary_of,
    ready_for_packing,
    sha256_of,
)
from hltv_assets.archive.storage import files_below, names_in, read_whole, write_once
from hltv_assets.pages import PageKind

FOLDER = "dictionaries"
PAGES_FOR_A_DICTIONARY = 16

# Twice as much packs a tenth better, and takes twice the memory of whoever reads or writes a page.
_LARGEST = 2**22
# The pages of a best of five, or saved with all their scripts, must leave room for others.
_MAX_OF_A_PAGE = _LARGEST // 4
_LEVEL = 19  # it is written once
_LARGEST_READ = 2**25  # beyond any that was ever written: a damaged file cannot ask for more memory
_IN_MEMORY = 8
_TIME = "%Y%m%dT%H%M%S.%fZ"
_PLACE = re.compile(rf"{FOLDER}/[a-z_]+/([0-9]{{8}}T[0-9]{{6}}\.[0-9]{{6}}Z)-([0-9a-f]{{64}})\.zst")


class Dictionaries:
    """The dictionaries of the archive at `root`; each is read when it is first needed, and then kept in memory."""

    def __init__(self, root: UPath) -> None:
        self._root = root
        self._unpacking = lru_cache(_IN_MEMORY)(self._read_for_unpacking)

    def for_unpacking(self, place: str) -> zstandard.ZstdCompressionDict:
        """Return the dictionary at a place.

        Raises `DictionaryError` if it is gone, or not what was stored there, `ArchiveError` if it cannot be read.
        """
        return self._unpacking(place)

    def newest(self, kind: PageKind) -> str | None:
        """Return the place of the newest dictionary for a kind of page, or None if there is none."""
        folder = f"{FOLDER}/{PageKind(kind)}"
        places = [f"{folder}/{name}" for name in names_in(self._root / folder)]
        return max(filter(_PLACE.fullmatch, places), default=None)

    def for_packing(self, place: str) -> PackingDictionary:
        """Return the dictionary at a place, made ready to pack with; raises as `for_unpacking` does."""
        return ready_for_packing(place, self._read(place))

    def make(self, kind: PageKind, newest_first: Iterable[bytes]) -> PackingDictionary:
        """Store a dictionary of these pages, as far as there is room; raises `ArchiveError` if it cannot be written.

        When this returns, the dictionary is in the archive, whole: only then may a page be packed with it.
        """
        content = b""
        for body in newest_first:
            # What is likeliest to be found again stands last, where it is nearest.
            content = (body[:_MAX_OF_A_PAGE] + content)[-_LARGEST:]
            if len(content) == _LARGEST:
                break
        name = f"{datetime.now(UTC).strftime(_TIME)}-{sha256_of(content)}.zst"
        place = f"{FOLDER}/{PageKind(kind)}/{name}"
        write_once(self._root / place, zstandard.ZstdCompressor(level=_LEVEL).compress(content))
        return ready_for_packing(place, content)

    def places(self) -> list[str]:
        """Return the places of all dictionaries."""
        return [place for name in files_below(self._root / FOLDER) if _PLACE.fullmatch(place := f"{FOLDER}/{name}")]

    def copy_from(self, other: "Dictionaries", place: str) -> int:
        """Copy a dictionary of another archive, and return its bytes; raises as `for_unpacking` does."""
        packed = other.packed(place)
        write_once(self._root / place, packed)
        return len(packed)

    def packed(self, place: str) -> bytes:
        """Return the file of a dictionary, looked through; raises as `for_unpacking` does."""
        packed = self._read_packed(place)
        self._unpacked(packed, place)
        return packed

    def _read_for_unpacking(self, place: str) -> zstandard.ZstdCompressionDict:
        return dictionary_of(self._read(place))

    def _read(self, place: str) -> bytes:
        return self._unpacked(self._read_packed(place), place)

    def _read_packed(self, place: str) -> bytes:
        file = self._root / place
        if not _PLACE.fullmatch(place):
            raise DictionaryError(str(file), "it is not the path of a dictionary")
        try:
            return read_whole(file)
        except FileNotFoundError:
            raise DictionaryError(str(file), "it is missing from the archive") from None

    def _unpacked(self, packed: bytes, place: str) -> bytes:
        named = _PLACE.fullmatch(place)
        try:
            unpacker = zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW)
            content = unpacker.stream_reader(packed).read(_LARGEST_READ)
        except zstandard.ZstdError as error:
            raise DictionaryError(str(self._root / place), f"cannot be unpacked ({error})") from None
        if named is None or sha256_of(content) != named[2]:
            raise DictionaryError(str(self._root / place), "its SHA-256 is not the one that its name states")
        return content


def made_at(place: str) -> datetime:
    """Return when a dictionary was made."""
    named = _PLACE.fullmatch(place)
    if not named:
        raise DictionaryError(place, "it is not the path of a dictionary")
    return datetime.strptime(named[1], _TIME).replace(tzinfo=UTC)
