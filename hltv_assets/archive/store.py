"""The page store: puts a page away the moment it arrived, and finds it again by match, kind and id.

A page lies in `matches/<match_id>/<page_kind>-<page_id>/<time of arrival>-<SHA-256, 12 digits>.html.zst`, one of the
results listing, which is of no match, in `results/<offset>/`; a page fetched again lies beside the old one, and the
newest counts. Ids and kinds are checked numbers and names, so no page can lie outside the archive.
"""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from hltv_assets.archive.dictionaries import Dictionaries
from hltv_assets.archive.errors import ArchiveError, CorruptPageError, DictionaryError, MissingPageError
from hltv_assets.archive.packing import Packing
from hltv_assets.archive.page_file import PageNote, pack_page, read_note, sha256_of, unpack_page
from hltv_assets.archive.storage import files_below, names_in, place_of, read_whole, write_once
from hltv_assets.pages import PageKind

_ENDING = ".html.zst"
_TIME = "%Y%m%dT%H%M%S.%fZ"
_DIGITS_OF_HASH = 12
_FOLDERS_OF_RECENT = 100
_PLACE = re.compile(r"(?:matches/[0-9]+/[a-z_]+-|results/)[0-9]+/[0-9TZ.]+-[0-9a-f]{12}\.html\.zst")


class StoredPage(NamedTuple):
    """A page in the archive: its place, relative to the archive, and what is known of it."""

    place: str
    note: PageNote


class PageStore:
    """The archive of raw pages at one location, a local folder or an fsspec URL."""

    def __init__(self, location: str) -> None:
        self.root = place_of(location)
        self.dictionaries = Dictionaries(self.root)
        self._packing = Packing(self.dictionaries, recent=self._recent, load=self.load)

    def put(
        self, kind: PageKind, page_id: int, match_id: int | None, *, url: str, body: bytes, scraped_at: datetime
    ) -> StoredPage:
        """Store a page and return it with its place; `scraped_at` is the time of arrival.

        Raises `ArchiveError` if it cannot be written.
        """
        note = PageNote(
            page_kind=kind,
            page_id=page_id,
            match_id=match_id,
            url=url,
            scraped_at=scraped_at,
            sha256=sha256_of(body),
            size=len(body),
        )
        place = _place(note)
        write_once(self.root / place, pack_page(note, body, self._packing.dictionary(kind)))
        self._packing.stored(kind, place)
        return StoredPage(place, note)

    def newest(self, kind: PageKind, page_id: int, match_id: int | None) -> str | None:
        """Return the place of the newest stored copy of a page, or None if there is none."""
        return max(self._copies(kind, page_id, match_id), default=None)

    def has(self, kind: PageKind, page_id: int, match_id: int | None, sha256: str) -> bool:
        """Return whether a page is stored, whole and readable, with just this content, whenever it arrived."""
        place = self.copy_of(kind, page_id, match_id, sha256)
        try:
            return place is not None and self.load(place)[0].sha256 == sha256
        except (CorruptPageError, MissingPageError, DictionaryError):
            return False

    def copy_of(self, kind: PageKind, page_id: int, match_id: int | None, sha256: str) -> str | None:
        """Return the place of the newest stored copy of a page with just this content, or None if there is none."""
        ending = f"-{sha256[:_DIGITS_OF_HASH]}{_ENDING}"
        return max((place for place in self._copies(kind, page_id, match_id) if place.endswith(ending)), default=None)

    def _copies(self, kind: PageKind, page_id: int, match_id: int | None) -> list[str]:
        return self._pages_in(_folder(kind, page_id, match_id))

    def _pages_in(self, folder: str) -> list[str]:
        places = [f"{folder}/{name}" for name in names_in(self.root / folder)]
        return [place for place in places if _PLACE.fullmatch(place)]

    def _recent(self, kind: PageKind, most: int) -> list[str]:
        """Places of pages of a kind, newest first, from the newest matches or the first pages of the listing."""
        parent = "results" if kind is PageKind.RESULTS else "matches"
        numbers = sorted(map(int, filter(str.isdecimal, names_in(self.root / parent))), reverse=parent == "matches")
        folders = [f"{parent}/{number}" for number in numbers[:_FOLDERS_OF_RECENT]]
        if kind is not PageKind.RESULTS:
            folders = [f"{match}/{name}" for match in folders for name in names_in(self.root / match)]
            folders = [folder for folder in folders if folder.rpartition("/")[2].startswith(f"{kind}-")]
        return [place for folder in folders for place in sorted(self._pages_in(folder), reverse=True)][:most]

    def places(self) -> list[str]:
        """Return the places of all pages, in order: those of a page stand together, its oldest copy first."""
        found = (f"{parent}/{name}" for parent in ("matches", "results") for name in files_below(self.root / parent))
        return [place for place in found if _PLACE.fullmatch(place)]

    def copy_from(self, other: "PageStore", place: str) -> int:
        """Copy a page of another archive as it is, and return its bytes there; raises as `load` does.

        The dictionary that it is packed with must be here before.
        """
        packed = other.packed(place)
        write_once(self.root / place, packed)
        return len(packed)

    def packed(self, place: str) -> bytes:
        """Return the file of a stored page, looked through; raises as `load` does."""
        packed = self._read(place)
        self._unpacked(packed, place)
        return packed

    def note(self, place: str) -> PageNote:
        """Return what is known of a stored page; raises as `load` does, but does not look at the page itself."""
        return self._checked(read_note(self._read(place), str(self.root / place)), place)

    def load(self, place: str) -> tuple[PageNote, bytes]:
        """Return a stored page with its note.

        Raises `MissingPageError` if it is not there, `CorruptPageError` if it is not what was stored there,
        `DictionaryError` if the dictionary that it is packed with cannot be had.
        """
        return self._unpacked(self._read(place), place)

    def _unpacked(self, packed: bytes, place: str) -> tuple[PageNote, bytes]:
        note, body = unpack_page(packed, str(self.root / place), self.dictionaries.for_unpacking)
        return self._checked(note, place), body

    def _checked(self, note: PageNote, place: str) -> PageNote:
        if _place(note) != place:
            raise CorruptPageError(str(self.root / place), f"it is the page of {_place(note)}")
        return note

    def _read(self, place: str) -> bytes:
        if not _PLACE.fullmatch(place):
            raise ArchiveError(f"{place!r} is not a path in the archive")
        file = self.root / place
        try:
            return read_whole(file)
        except FileNotFoundError:
            raise MissingPageError(f"{file} is missing from the archive; materialize the raw asset again") from None


def _place(note: PageNote) -> str:
    time = note.scraped_at.astimezone(UTC).strftime(_TIME)
    folder = _folder(note.page_kind, note.page_id, note.match_id)
    return f"{folder}/{time}-{note.sha256[:_DIGITS_OF_HASH]}{_ENDING}"


def _folder(kind: PageKind, page_id: int, match_id: int | None) -> str:
    if (kind is PageKind.RESULTS) != (match_id is None):
        raise ArchiveError(f"a {kind} page belongs to {'no' if kind is PageKind.RESULTS else 'a'} match")
    return f"results/{int(page_id)}" if match_id is None else f"matches/{int(match_id)}/{PageKind(kind)}-{int(page_id)}"
