"""A batch's manifest: which archived page counts for each of its members; and the pages that it names."""

from datetime import datetime

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
            f"batch {path.stem} has no manifest: not all of its pages have arrived; materialize the raw asset first"
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


def read_entry(store: PageStore, entry: ManifestEntry) -> ArchivedPage:
    """Return a page that a manifest names; raises as `PageStore.load`, `CorruptPageError` also if it is another."""
    note, body = store.load(entry.place)
    if (note.sha256, note.page_id) != (entry.sha256, entry.page_id):
        raise CorruptPageError(entry.place, "it is not the page that the manifest names")
    return ArchivedPage(note, body)
