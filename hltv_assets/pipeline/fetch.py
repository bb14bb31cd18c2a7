"""The first step of a batch: fetch what is due and not in the archive, all of it before anything is parsed."""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from hltv_assets.archive.errors import CorruptPageError
from hltv_assets.archive.manifest import Manifest, ManifestEntry
from hltv_assets.archive.store import PageStore, StoredPage
from hltv_assets.pages import Outcome, PageKind
from hltv_assets.pages.failures import PageFailure
from hltv_assets.pages.outcomes import Fault
from hltv_assets.site.client import Site
from hltv_assets.site.requests import Arrival, PageRequest
from hltv_assets.warehouse.batch_members import Member, PageNeed, PendingBatch
from hltv_assets.warehouse.connection import Connection, Warehouse
from hltv_assets.warehouse.failures import RetryPolicy, forget_fetch_failures, record_failures
from hltv_assets.warehouse.fetch_runs import FetchRun, put_fetch_run
from hltv_assets.warehouse.sites import check_site, put_cool_down


class FetchReport(msgspec.Struct, frozen=True, kw_only=True):
    """The result of fetching a batch, and the manifest of every page of the batch that the archive has."""

    batch_size: int
    fetched: int
    bytes_fetched: int
    seconds: float
    failures: Sequence[PageFailure]
    manifest: Manifest

    @property
    def fetch_errors(self) -> list[PageFailure]:
        """Those failures for which the batch is discarded."""
        return [failure for failure in self.failures if failure.outcome.consequence.discards_batch]


def fetch_batch(
    batch: PendingBatch,
    kind: PageKind,
    *,
    site: Site,
    store: PageStore,
    warehouse: Warehouse,
    policy: RetryPolicy,
    run_id: str,
) -> FetchReport:
    """Fetch the pages of one kind that the batch needs and the archive does not have, and record the result."""
    started = time.monotonic()
    archived = {member.page_id: found for member in batch.members if (found := _newest(member, kind, store))}
    requests = [
        PageRequest(
            page_kind=kind,
            page_id=member.page_id,
            match_id=member.match_id,
            map_number=member.map_number,
            slug=member.slug,
        )
        for member in batch.members
        if _must_be_fetched(member.need(kind), archived.get(member.page_id))
    ]
    arrived: dict[int, int] = {}

    def store_page(arrival: Arrival) -> None:
        request = arrival.request
        archived[request.page_id] = store.put(
            kind,
            request.page_id,
            request.match_id,
            url=arrival.url,
            body=arrival.body,
            scraped_at=arrival.arrived_at,
        )
        arrived[request.page_id] = len(arrival.body)

    if requests:
        with warehouse.connect() as connection:
            check_site(connection, site.host)
    failures = site.fetch(requests, store_page)
    now, seconds = datetime.now(UTC), time.monotonic() - started
    if requests:
        run = FetchRun(
            run_id=run_id,
            page_kind=kind,
            batch_key=batch.batch_key,
            finished_at=now,
            batch_size=len(batch.members),
            outcomes={Outcome.OK: len(arrived), **Counter(failure.outcome for failure in failures)},
            bytes=sum(arrived.values()),
            seconds=seconds,
        )
        of_pages = [failure for failure in failures if failure.fault is not Fault.SITE]
        with warehouse.transaction() as connection:
            copy_cool_down(connection, site)
            forget_fetch_failures(connection, kind, list(arrived))
            record_failures(connection, of_pages, now=now, policy=policy)
            put_fetch_run(connection, run)
    manifest = Manifest(
        batch_key=batch.batch_key,
        page_kind=kind,
        pages=tuple(_entry(member, archived[member.page_id]) for member in batch.members if member.page_id in archived),
        run_id=run_id,
        fetched=len(arrived),
        bytes_fetched=sum(arrived.values()),
    )
    return FetchReport(
        batch_size=len(batch.members),
        fetched=len(arrived),
        bytes_fetched=sum(arrived.values()),
        seconds=seconds,
        failures=failures,
        manifest=manifest,
    )


def copy_cool_down(connection: Connection, site: Site) -> None:
    """Show in `site_state` how the site's cool-down stands."""
    latest = site.cool_downs.latest()
    put_cool_down(
        connection,
        site.host,
        until=latest.until if latest else None,
        blocks_in_a_row=latest.blocks_in_a_row if latest else 0,
        reason=latest.reason if latest else None,
    )


def _newest(member: Member, kind: PageKind, store: PageStore) -> StoredPage | None:
    """A member's newest page in the archive; one whose note is corrupt counts as none: it can be fetched again."""
    place = store.newest(kind, member.page_id, member.match_id)
    try:
        return StoredPage(place, store.note(place)) if place else None
    except CorruptPageError:
        return None


def _must_be_fetched(need: PageNeed, found: StoredPage | None) -> bool:
    if need.state != "due":
        return False
    if found is None:
        return True
    note = found.note
    if need.ignore_copies_until is not None and note.scraped_at <= need.ignore_copies_until:
        return True
    return (
        note.sha256 == need.unreadable_sha256
        and need.retry_if_newer_than is not None
        and note.scraped_at <= need.retry_if_newer_than
    )


def _entry(member: Member, found: StoredPage) -> ManifestEntry:
    return ManifestEntry(
        page_id=member.page_id,
        match_id=member.match_id,
        sha256=found.note.sha256,
        scraped_at=found.note.scraped_at,
        place=found.place,
    )
