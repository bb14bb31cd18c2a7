"""The first step of a batch: what is due and not in the archive is fetched, all of it before anything is read."""

import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from hltv_assets.archive.errors import CorruptPageError
from hltv_assets.archive.manifest import Manifest, ManifestEntry
from hltv_assets.archive.page_file import PageNote
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import Outcome, PageKind
from hltv_assets.pages.outcomes import Fault
from hltv_assets.site.client import Site
from hltv_assets.site.requests import Arrival, FetchFailure, PageRequest
from hltv_assets.warehouse.batch_members import Member, PendingBatch
from hltv_assets.warehouse.connection import Connection, Warehouse
from hltv_assets.warehouse.failures import PageFailure, RetryPolicy, forget_fetch_failures, record_failures
from hltv_assets.warehouse.fetch_runs import FetchRun, put_fetch_run
from hltv_assets.warehouse.sites import check_site, put_cool_down


class FetchReport(msgspec.Struct, frozen=True, kw_only=True):
    """What fetching a batch brought; `failures` are all outcomes, with the member that each belongs to."""

    batch_size: int
    asked: int
    fetched: int
    bytes_fetched: int
    seconds: float
    failures: tuple[tuple[Member, FetchFailure], ...]

    @property
    def fetch_errors(self) -> list[tuple[Member, FetchFailure]]:
        """Those failures for which the batch is discarded."""
        return [(member, failure) for member, failure in self.failures if failure.outcome.consequence.discards_batch]


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
    """Fetch the pages of one kind that the batch needs and the archive does not have, and record what came of it."""
    started = time.monotonic()
    members = {member.page_id: member for member in batch.members if _must_be_fetched(member, kind, store)}
    requests = [PageRequest(kind, member.page_id, member.slug) for member in members.values()]
    arrived: dict[int, int] = {}

    def put_away(arrival: Arrival) -> None:
        member = members[arrival.request.page_id]
        store.put(
            kind,
            member.page_id,
            member.match_id,
            url=arrival.url,
            body=arrival.body,
            scraped_at=arrival.arrived_at,
        )
        arrived[member.page_id] = len(arrival.body)

    if requests:
        with warehouse.connect() as connection:
            check_site(connection, site.host)
    failures = [(members[failure.request.page_id], failure) for failure in site.fetch(requests, put_away)]
    now, seconds = datetime.now(UTC), time.monotonic() - started
    if requests:
        run = FetchRun(
            run_id=run_id,
            page_kind=kind,
            batch_key=batch.batch_key,
            finished_at=now,
            batch_size=len(batch.members),
            outcomes={Outcome.OK: len(arrived), **Counter(failure.outcome for _, failure in failures)},
            bytes=sum(arrived.values()),
            seconds=seconds,
        )
        with warehouse.transaction() as connection:
            copy_cool_down(connection, site)
            forget_fetch_failures(connection, kind, list(arrived))
            record_failures(connection, _of_pages(failures), now=now, policy=policy)
            put_fetch_run(connection, run)
    return FetchReport(
        batch_size=len(batch.members),
        asked=len(requests),
        fetched=len(arrived),
        bytes_fetched=sum(arrived.values()),
        seconds=seconds,
        failures=tuple(failures),
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


def make_manifest(
    batch: PendingBatch, kind: PageKind, store: PageStore, *, run_id: str, report: FetchReport
) -> Manifest:
    """Return the manifest of every page of the batch that the archive has, whether it was due or not."""
    entries = []
    for member in batch.members:
        found = _archived(member, kind, store)
        if found is None:
            continue
        place, note = found
        entries.append(
            ManifestEntry(
                page_id=note.page_id,
                match_id=member.match_id,
                sha256=note.sha256,
                scraped_at=note.scraped_at,
                place=place,
            )
        )
    return Manifest(
        batch_key=batch.batch_key,
        page_kind=kind,
        pages=tuple(entries),
        run_id=run_id,
        fetched=report.fetched,
        bytes_fetched=report.bytes_fetched,
    )


def _must_be_fetched(member: Member, kind: PageKind, store: PageStore) -> bool:
    need = member.need(kind)
    if need.state != "due":
        return False
    found = _archived(member, kind, store)
    if found is None:
        return True
    note = found[1]
    if need.known_until is not None and note.scraped_at <= need.known_until:
        return True
    return note.sha256 == need.unreadable_sha256 and need.newer_than is not None and note.scraped_at <= need.newer_than


def _archived(member: Member, kind: PageKind, store: PageStore) -> tuple[str, PageNote] | None:
    """Place and note of a member's newest page; one whose note is corrupt counts as none: it can be fetched again."""
    place = store.newest(kind, member.page_id, member.match_id)
    try:
        return (place, store.note(place)) if place else None
    except CorruptPageError:
        return None


def _of_pages(failures: Iterable[tuple[Member, FetchFailure]]) -> Iterable[PageFailure]:
    for member, failure in failures:
        if failure.fault is not Fault.SITE:
            yield PageFailure(
                page_kind=failure.request.kind,
                page_id=member.page_id,
                match_id=member.match_id,
                map_number=member.map_number,
                stage="fetch",
                outcome=failure.outcome,
                message=failure.message,
            )
