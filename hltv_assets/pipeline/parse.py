"""The second step of a batch: its archived pages are read; one that cannot be read stops no other."""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from hltv_assets.archive.errors import ArchiveError, CorruptPageError, MissingPageError
from hltv_assets.archive.manifest import ArchivedPage, Manifest, ManifestEntry, read_entry
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import Outcome, PageError, PageKind
from hltv_assets.pages.kinds import label_of
from hltv_assets.pipeline.chain import PageChain, ReadablePage
from hltv_assets.pipeline.malloc import give_large_blocks_back
from hltv_assets.warehouse.batch_members import Member, batch_of
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.failures import PageFailure, RetryPolicy, record_failures
from hltv_assets.warehouse.pages_to_parse import PageVersion, pages_to_read, stale_among
from hltv_assets.warehouse.provenance import Provenance
from hltv_assets.warehouse.sites import claim_for_site

_WITHOUT_A_COPY = "an older parser read its rows, and its page is gone from the archive; it is fetched again"


class ReadPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page that was read."""

    page_id: int
    match_id: int
    map_number: int | None
    provenance: Provenance
    records: ReadablePage

    @property
    def label(self) -> str:
        """The match or map in words."""
        return label_of(self.match_id, self.map_number)


class ParsedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """The pages of a batch that were read, and what the run has to tell of it.

    `unchanged` are pages whose rows are in the tables already, so that they were not read again.
    """

    batch_key: str
    page_kind: PageKind
    batch_size: int
    run_id: str
    fetched: int
    bytes_fetched: int
    failed: int
    seconds: float
    pages: tuple[ReadPage, ...]
    unchanged: tuple[int, ...]


class ReadingReport(msgspec.Struct, frozen=True):
    """A batch that was read, and the failures of its other pages."""

    batch: ParsedBatch
    failures: list[PageFailure]


class PageToRead(msgspec.Struct, frozen=True, kw_only=True):
    """An archived page, and the match or map that it is of."""

    entry: ManifestEntry
    match_id: int
    map_number: int | None

    @property
    def page_id(self) -> int:
        """The match_id or the mapstatsid."""
        return self.entry.page_id


def read_page(page: PageToRead, chain: PageChain, archive: PageStore) -> ReadPage | PageFailure:
    """Read a page out of the archive, or tell what is wrong with it.

    Raises `ArchiveError` if the archive cannot be used.
    """
    sha256 = page.entry.sha256
    try:
        return _read_page(read_entry(archive, page.entry), page, chain)
    except PageError as error:
        return parse_failure(page, sha256, chain, error)
    except (CorruptPageError, MissingPageError) as error:
        return parse_failure(page, sha256, chain, PageError(Outcome.PARSE_ERROR, str(error)))
    except ArchiveError:
        raise
    except Exception as error:  # noqa: BLE001 - a page that the parser trips over must not stop the others
        message = f"the parser failed on this page, please report it: {error!r}"
        return parse_failure(page, sha256, chain, PageError(Outcome.PARSE_ERROR, message))


def read_batch(
    manifest: Manifest, chain: PageChain, *, archive: PageStore, warehouse: Warehouse, policy: RetryPolicy, run_id: str
) -> ReadingReport:
    """Read those pages of a batch whose rows are not in the tables, or are of other content or an older parser.

    A page of which the manifest has no copy any more fails if its rows are of an older parser, so that it is fetched.
    """
    started = time.monotonic()
    give_large_blocks_back()
    with warehouse.connect() as connection:
        members = {member.page_id: member for member in batch_of(connection, chain.group, manifest.batch_key).members}
        versions = {entry.page_id: PageVersion(entry.sha256, entry.scraped_at) for entry in manifest.pages}
        wanted = pages_to_read(connection, chain.tables, versions)
        stale = stale_among(connection, chain.tables, members.keys() - versions.keys())
    read = [
        read_page(PageToRead(entry=entry, match_id=member.match_id, map_number=member.map_number), chain, archive)
        for entry in manifest.pages
        if entry.page_id in wanted and (member := members.get(entry.page_id))
    ]
    is_gone = PageError(Outcome.PARSE_ERROR, _WITHOUT_A_COPY)
    read += [parse_failure(members[page_id], sha256, chain, is_gone) for page_id, sha256 in stale.items()]
    pages, failures = take_note(read, warehouse=warehouse, policy=policy)
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
    return ReadingReport(batch, failures)


def take_note(
    read: Iterable[ReadPage | PageFailure], *, warehouse: Warehouse, policy: RetryPolicy
) -> tuple[tuple[ReadPage, ...], list[PageFailure]]:
    """Record the failures among pages that were read, and return the others and them.

    Raises `WrongSiteError` if a page is of another site than the warehouse.
    """
    pages: list[ReadPage] = []
    failures: list[PageFailure] = []
    for one in read:
        if isinstance(one, PageFailure):
            failures.append(one)
        else:
            pages.append(one)
    _check_sites(pages, warehouse)
    if failures:
        with warehouse.transaction() as connection:
            record_failures(connection, failures, now=datetime.now(UTC), policy=policy)
    return tuple(pages), failures


def _check_sites(pages: Sequence[ReadPage], warehouse: Warehouse) -> None:
    """An archive may serve several warehouses: what comes from it must be of the site that this one is filled from."""
    hosts = {urlsplit(page.provenance.source_url).hostname or "" for page in pages}
    if hosts:
        with warehouse.transaction() as connection:
            for host in sorted(hosts):
                claim_for_site(connection, host)


def _read_page(archived: ArchivedPage, page: PageToRead, chain: PageChain) -> ReadPage:
    note = archived.note
    records = chain.parse(archived.body, note.page_id)
    if records.match_id not in {None, page.match_id}:
        raise PageError(
            Outcome.INCONSISTENT, f"the page belongs to match {records.match_id}, the map to match {page.match_id}"
        )
    return ReadPage(
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


def parse_failure(page: PageToRead | ReadPage | Member, sha256: str, chain: PageChain, error: PageError) -> PageFailure:
    """Return what there is to tell of a page whose copy with this SHA-256 today's parser of the chain cannot use."""
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
