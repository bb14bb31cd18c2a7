"""A batch's manifest: which archived page counts for each of its members; and the pages it names, read one by one."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import overload

import msgspec
from upath import UPath

from hltv_assets.archive.errors import CorruptPageError, ManifestError
from hltv_assets.archive.page_file import PageNote
from hltv_assets.archive.storage import read_whole
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


def manifest_folder(store: PageStore) -> UPath:
    """Return where an archive keeps its manifests, at `<asset>/<batch>.json`."""
    return store.root / "manifests"


def load_manifest(path: UPath) -> Manifest:
    """Return a batch's manifest; raises `ManifestError` if it has none: it was never fetched whole."""
    try:
        content = read_whole(path)
    except FileNotFoundError:
        raise ManifestError(
            f"batch {path.stem} has no manifest: its pages have not all arrived; materialize the raw asset first"
        ) from None
    return checked_manifest(content, path)


def checked_manifest(content: bytes, path: UPath) -> Manifest:
    """Return the manifest that a file holds; raises `ManifestError` if it is none, or that of another batch."""
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except ValueError as error:
        raise ManifestError(f"{path} cannot be read ({error}); materialize the raw asset again") from None
    if manifest.batch_key != path.stem:
        raise ManifestError(f"{path} is the manifest of {manifest.batch_key}; materialize the raw asset again")
    return manifest


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
        return read_entry(self._store, entry)


def read_entry(store: PageStore, entry: ManifestEntry) -> ArchivedPage:
    """Return a page that a manifest names; raises as `PageStore.load`, `CorruptPageError` also if it is another."""
    note, body = store.load(entry.place)
    if (note.sha256, note.page_id) != (entry.sha256, entry.page_id):
        raise CorruptPageError(entry.place, "it is not the page that the manifest names")
    return ArchivedPage(note, body)
