"""The second step of a batch: parse its archived pages; one that cannot be parsed does not stop the others."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from hltv_assets.archive.errors import ArchiveError, CorruptPageError, MissingPageError
from hltv_assets.archive.manifest import ArchivedPage, Manifest, ManifestEntry, read_entry
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import Outcome, PageError, PageKind
from hltv_assets.pages.failures import PageFailure
from hltv_assets.pages.kinds import PageIds
from hltv_assets.pipeline.chain import PageChain, ReadablePage
from hltv_assets.pipeline.malloc import give_large_blocks_back
from hltv_assets.warehouse.batch_members import member_ids
from hltv_assets.warehouse.connection import Connection, Warehouse
from hltv_assets.warehouse.failures import RetryPolicy, record_failures
from hltv_assets.warehouse.pages_to_parse import PageVersion, pages_to_parse, stale_among
from hltv_assets.warehouse.provenance import Provenance
from hltv_assets.warehouse.sites import claim_for_site

_LOST = "its rows are of an older parser version, and its page is missing from the archive: it is fetched again"


class ParsedPage(PageIds, frozen=True, kw_only=True):
    """A page that was parsed."""

    match_id: int
    provenance: Provenance
    records: ReadablePage


class ParsedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """The pages of a batch that were parsed, and the numbers of the run.

    `unchanged` are pages whose rows are in the tables already, so they were not parsed again.
    """

    batch_key: str
    page_kind: PageKind
    batch_size: int
    run_id: str
    fetched: int
    bytes_fetched: int
    failed: int
    seconds: float
    pages: tuple[ParsedPage, ...]
    unchanged: tuple[int, ...]


class ParseReport(msgspec.Struct, frozen=True):
    """A batch that was parsed, and the failures of its other pages."""

    batch: ParsedBatch
    failures: list[PageFailure]


class PageToParse(PageIds, frozen=True, kw_only=True):
    """An archived page, and the match or map that it is of."""

    match_id: int
    entry: ManifestEntry


def pages_of(entries: Sequence[ManifestEntry], ids: Mapping[int, PageIds]) -> list[PageToParse]:
    """Return archived pages with their match and map; those of maps that are not known are left out."""
    return [
        PageToParse(entry=entry, page_id=entry.page_id, match_id=found.match_id, map_number=found.map_number)
        for entry in entries
        if (found := ids.get(entry.page_id)) and found.match_id is not None
    ]


def parse_archived(page: PageToParse, chain: PageChain, archive: PageStore) -> ParsedPage | PageFailure:
    """Parse a page of the archive, or return what is wrong with it.

    Raises `ArchiveError` if the archive cannot be used.
    """
    sha256 = page.entry.sha256
    try:
        return _parse(read_entry(archive, page.entry), page, chain)
    except PageError as error:
        return parse_failure(page, sha256, chain, error)
    except (CorruptPageError, MissingPageError) as error:
        return parse_failure(page, sha256, chain, PageError(Outcome.PARSE_ERROR, str(error)))
    except ArchiveError:
        raise
    except Exception as error:  # noqa: BLE001 - a page that the parser trips over must not stop the others
        message = f"the parser crashed on this page, please report it: {error!r}"
        return parse_failure(page, sha256, chain, PageError(Outcome.PARSE_ERROR, message))


def parse_batch(
    manifest: Manifest, chain: PageChain, *, archive: PageStore, warehouse: Warehouse, policy: RetryPolicy, run_id: str
) -> ParseReport:
    """Parse those pages of a batch that have no rows, or rows of other content or of an older parser version.

    A page whose rows are of an older version, and of which the manifest has no copy any more, fails: it is fetched.
    """
    started = time.monotonic()
    give_large_blocks_back()
    versions = {entry.page_id: PageVersion(entry.sha256, entry.scraped_at) for entry in manifest.pages}
    with warehouse.connect() as connection:
        members = member_ids(connection, chain.group, manifest.batch_key)
        wanted = pages_to_parse(connection, chain.tables, versions)
        lost = lost_pages(connection, chain, members, versions)
        due = pages_of([entry for entry in manifest.pages if entry.page_id in wanted], members)
        parsed = [parse_archived(page, chain, archive) for page in due]
        pages, failures = record_parse_failures([*parsed, *lost], warehouse=warehouse, policy=policy)
    is_same_run = manifest.run_id == run_id
    batch = ParsedBatch(
        batch_key=manifest.batch_key,
        page_kind=manifest.page_kind,
        batch_size=len(members),
        run_id=run_id,
        fetched=manifest.fetched if is_same_run else 0,
        bytes_fetched=manifest.bytes_fetched if is_same_run else 0,
        failed=len(failures),
        seconds=time.monotonic() - started,
        pages=pages,
        unchanged=tuple(entry.page_id for entry in manifest.pages if entry.page_id not in wanted),
    )
    return ParseReport(batch, failures)


def lost_pages(
    connection: Connection, chain: PageChain, members: Mapping[int, PageIds], archived: Collection[int]
) -> list[PageFailure]:
    """Return a failure for each member whose rows are of an older parser version and of which no copy is archived."""
    stale = stale_among(connection, chain.tables, members.keys() - set(archived))
    error = PageError(Outcome.PARSE_ERROR, _LOST)
    return [parse_failure(members[page_id], sha256, chain, error) for page_id, sha256 in stale.items()]


def record_parse_failures(
    parsed: Iterable[ParsedPage | PageFailure], *, warehouse: Warehouse, policy: RetryPolicy
) -> tuple[tuple[ParsedPage, ...], list[PageFailure]]:
    """Record the failures among parsed pages, and return the other pages and the failures.

    Raises `WrongSiteError` if a page is of another site than the warehouse.
    """
    pages: list[ParsedPage] = []
    failures: list[PageFailure] = []
    for one in parsed:
        if isinstance(one, PageFailure):
            failures.append(one)
        else:
            pages.append(one)
    _check_sites(pages, warehouse)
    if failures:
        with warehouse.transaction() as connection:
            record_failures(connection, failures, now=datetime.now(UTC), policy=policy)
    return tuple(pages), failures


def _check_sites(pages: Sequence[ParsedPage], warehouse: Warehouse) -> None:
    """An archive may serve several warehouses: what comes from it must be of the site that this one is filled from."""
    hosts = {urlsplit(page.provenance.source_url).hostname or "" for page in pages}
    if hosts:
        with warehouse.transaction() as connection:
            for host in sorted(hosts):
                claim_for_site(connection, host)


def _parse(archived: ArchivedPage, page: PageToParse, chain: PageChain) -> ParsedPage:
    note = archived.note
    records = chain.parse(archived.body, note.page_id)
    if records.match_id not in {None, page.match_id}:
        raise PageError(
            Outcome.INCONSISTENT, f"the page belongs to match {records.match_id}, the map to match {page.match_id}"
        )
    return ParsedPage(
        page_id=note.page_id,
        match_id=page.match_id,
        map_number=page.map_number,
        provenance=Provenance(
            scraped_at=note.scraped_at,
            source_url=note.url,
            page_sha256=note.sha256,
            parser_version=chain.tables.parser_version,
        ),
        records=records,
    )


def parse_failure(page: PageIds, sha256: str, chain: PageChain, error: PageError) -> PageFailure:
    """Return the failure of a page whose copy with this SHA-256 the current parser of the chain cannot use."""
    return PageFailure(
        page_kind=chain.kind,
        page_id=page.page_id,
        match_id=page.match_id,
        map_number=page.map_number,
        stage="parse",
        outcome=error.reason,
        message=error.message,
        page_sha256=sha256,
        parser_version=chain.tables.parser_version,
        rows=error.rows,
    )
