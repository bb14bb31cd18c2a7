"""Rebuilding a warehouse from the archive alone: it learns again of every page that lies there.

What the listing showed, which batch each page belongs to, and which pages wait for their match is written here; the
rows come from the batches, which find their pages in the archive and ask for none of them. What failed, what a person
decided (refreshes), and how far the listing was read is not in the archive: the listing is read from its top again.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from hltv_assets.archive.copying import read_manifests
from hltv_assets.archive.errors import ArchiveError, CorruptPageError, DictionaryError, MissingPageError
from hltv_assets.archive.manifest import Manifest
from hltv_assets.archive.page_file import PageNote
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import PageError, PageKind, parse_results
from hltv_assets.pages.kinds import PageGroup, page_path
from hltv_assets.pages.results import RESULTS_PARSER_VERSION
from hltv_assets.warehouse.batches import restore_members
from hltv_assets.warehouse.connection import Connection, Warehouse
from hltv_assets.warehouse.imports import ImportedPage, record_imports
from hltv_assets.warehouse.listing import Scope, apply_scope, known_matches, put_discovered
from hltv_assets.warehouse.provenance import Provenance
from hltv_assets.warehouse.sites import claim_for_site

_PLACES_A_TRANSACTION = 500

Watch = Callable[[int, int], None]


class Rebuilt(msgspec.Struct):
    """What the archive told: pages of each sort, batches, and what is wrong with those that could not be used."""

    listing_pages: int = 0
    pages: int = 0
    batches: int = 0
    problems: list[str] = []


def rebuild(archive: PageStore, warehouse: Warehouse, scope: Scope, watch: Watch) -> Rebuilt:
    """Let an empty warehouse learn of every page of an archive, and tell `watch` how many of how many are done.

    Raises `ArchiveError` if the archive is empty or cannot be read, `WrongSiteError` if it has pages of several sites.
    """
    places = archive.places()
    if not places:
        raise ArchiveError(f"there are no pages in {archive.root}; check HLTV_ARCHIVE")
    with_page = frozenset(int(place.split("/")[1]) for place in places if place.split("/")[2].startswith("match-"))
    rebuilding = _Rebuilding(archive, warehouse, with_page)
    newest = {place.rpartition("/")[0]: place for place in places if not place.startswith("results/")}
    # The listing in the order of arrival, so that its newest page has the last word.
    listing = sorted((place for place in places if place.startswith("results/")), key=lambda place: place.split("/")[2])
    ordered = [*listing, *newest.values()]
    for start in range(0, len(ordered), _PLACES_A_TRANSACTION):
        rebuilding.take(ordered[start : start + _PLACES_A_TRANSACTION])
        watch(min(start + _PLACES_A_TRANSACTION, len(ordered)), len(ordered))
    rebuilding.restore_batches()
    with warehouse.transaction() as connection:
        apply_scope(connection, scope)
    return rebuilding.rebuilt


class _Rebuilding:
    """One rebuilding: where its pages come from, and what it has told the warehouse."""

    def __init__(self, archive: PageStore, warehouse: Warehouse, matches_with_page: frozenset[int]) -> None:
        self._archive = archive
        self._warehouse = warehouse
        self._matches_with_page = matches_with_page
        self.rebuilt = Rebuilt()

    def take(self, places: Sequence[str]) -> None:
        """Let the warehouse know of some pages, in one transaction."""
        notes = list(self._notes(places))
        with self._warehouse.transaction() as connection:
            for host in {urlsplit(note.url).hostname for _, note in notes}:
                claim_for_site(connection, host or "")
            for place, note in notes:
                if note.page_kind is PageKind.RESULTS:
                    self._read_listing(connection, place, note)
            pages = [note for _, note in notes if note.page_kind is not PageKind.RESULTS]
            known = known_matches(connection, {note.page_id for note in pages if note.page_kind is PageKind.MATCH})
            record_imports(connection, [_imported(note) for note in pages if self._waits(note, known)], _now())
        self.rebuilt.pages += len(pages)

    def _notes(self, places: Sequence[str]) -> Iterator[tuple[str, PageNote]]:
        for place in places:
            try:
                yield place, self._archive.note(place)
            except (CorruptPageError, MissingPageError) as error:
                self.rebuilt.problems.append(str(error))

    def _read_listing(self, connection: Connection, place: str, note: PageNote) -> None:
        try:
            page = parse_results(self._archive.load(place)[1])
        except (PageError, CorruptPageError, DictionaryError) as error:
            self.rebuilt.problems.append(f"{place}: {error}")
            return
        parts = urlsplit(note.url)
        urls = {
            match.match_id: f"{parts.scheme}://{parts.netloc}"
            + page_path(PageKind.MATCH, match.match_id, match.match_slug)
            for match in page.matches
        }
        provenance = Provenance(
            scraped_at=note.scraped_at,
            source_url=note.url,
            page_sha256=note.sha256,
            parser_version=RESULTS_PARSER_VERSION,
        )
        put_discovered(connection, page.matches, urls, provenance=provenance, now=note.scraped_at)
        self.rebuilt.listing_pages += 1

    def _waits(self, note: PageNote, listed: Collection[int]) -> bool:
        """Whether nothing but the page itself tells that there is such a match or map."""
        if note.page_kind is PageKind.MATCH:
            return note.page_id not in listed
        return note.match_id not in self._matches_with_page

    def restore_batches(self) -> None:
        """Put pages into the batches whose manifests name them: Dagster may know these keys."""
        batches = set()
        manifests, problems = read_manifests(self._archive)
        self.rebuilt.problems += problems
        with self._warehouse.transaction() as connection:
            for content in manifests.values():
                manifest = msgspec.json.decode(content, type=Manifest)
                group: PageGroup = "match" if manifest.page_kind is PageKind.MATCH else "map"
                restore_members(connection, group, manifest.batch_key, [page.page_id for page in manifest.pages])
                batches.add((group, manifest.batch_key))
        self.rebuilt.batches = len(batches)


def _imported(note: PageNote) -> ImportedPage:
    return ImportedPage(
        page_kind=note.page_kind,
        page_id=note.page_id,
        match_id=note.match_id or note.page_id,
        scraped_at=note.scraped_at,
        page_sha256=note.sha256,
    )


def _now() -> datetime:
    return datetime.now(UTC)
