"""A batch's manifest: which archived page counts for each of its members; and the pages it names, read one by one."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import overload

import msgspec

from hltv_assets.archive.errors import CorruptPageError
from hltv_assets.archive.page_file import PageNote
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import PageKind


class ManifestEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A page that the batch has."""

    page_id: int
    match_id: int
    sha256: str
    scraped_at: datetime
    place: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The archived pages of a batch, and the run that made this list with how much it fetched."""

    batch_key: str
    page_kind: PageKind
    pages: tuple[ManifestEntry, ...]
    run_id: str
    fetched: int
    bytes_fetched: int


class ArchivedPage(msgspec.Struct, frozen=True):
    """A page out of the archive, its hash checked."""

    note: PageNote
    body: bytes


class ArchivedBatch(Sequence[ArchivedPage]):
    """The pages that a manifest names, each read when it is asked for, so that one at a time is in memory.

    Reading a page raises `MissingPageError` or `CorruptPageError` if it is not the one that the manifest names.
    """

    def __init__(self, manifest: Manifest, store: PageStore) -> None:
        self.manifest = manifest
        self._store = store

    def __len__(self) -> int:
        return len(self.manifest.pages)

    def __iter__(self) -> Iterator[ArchivedPage]:
        return (self.read(entry) for entry in self.manifest.pages)

    @overload
    def __getitem__(self, index: int) -> ArchivedPage: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ArchivedPage]: ...
    def __getitem__(self, index: int | slice) -> ArchivedPage | Sequence[ArchivedPage]:
        if isinstance(index, slice):
            chosen = msgspec.structs.replace(self.manifest, pages=self.manifest.pages[index])
            return ArchivedBatch(chosen, self._store)
        return self.read(self.manifest.pages[index])

    def read(self, entry: ManifestEntry) -> ArchivedPage:
        """Return one page of the manifest."""
        note, body = self._store.load(entry.place)
        if (note.sha256, note.page_id) != (entry.sha256, entry.page_id):
            raise CorruptPageError(entry.place, "it is not the page that the manifest names")
        return ArchivedPage(note, body)
