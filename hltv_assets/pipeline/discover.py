"""Discovery: the results listing is read until nothing is new and the backfill has come to its end.

Each page is kept in the archive, and its matches land in one transaction with how far the listing is known by then: a
run that is cut off at any page is gone on with by the next.
"""

import time
from datetime import UTC, datetime

import msgspec

from hltv_assets.archive.page_file import sha256_of
from hltv_assets.archive.store import PageStore
from hltv_assets.pages import Outcome, PageError, PageKind, parse_results
from hltv_assets.pages.failures import PageFailure
from hltv_assets.pages.kinds import page_path
from hltv_assets.pages.records import ResultsPage
from hltv_assets.pages.results import RESULTS_PARSER_VERSION
from hltv_assets.pipeline.fetch import copy_cool_down
from hltv_assets.pipeline.listing_walk import KnownListing, ListingWalk
from hltv_assets.site.client import Site
from hltv_assets.site.requests import Arrival, PageRequest
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.listing import (
    ListingState,
    Scope,
    apply_scope,
    known_matches,
    listing_state,
    put_discovered,
    put_listing_state,
)
from hltv_assets.warehouse.provenance import Provenance
from hltv_assets.warehouse.sites import check_site, claim_for_site


class DiscoveryReport(msgspec.Struct, kw_only=True):
    """What a walk through the listing brought; at most one of `failure` and `unreadable` ended it early."""

    pages: int = 0
    new_matches: int = 0
    bytes_fetched: int = 0
    seconds: float = 0.0
    failure: PageFailure | None = None
    unreadable: PageError | None = None
    state: ListingState = ListingState()


def discover(*, site: Site, archive: PageStore, warehouse: Warehouse, scope: Scope) -> DiscoveryReport:
    """Read the listing from its top, and go on with the backfill, until nothing more is to be read."""
    started = time.monotonic()
    report = DiscoveryReport()
    with warehouse.connect() as connection:
        check_site(connection, site.host)
        before = listing_state(connection, site.host)
    known = KnownListing(
        gapless_below=before.gapless_below,
        is_complete=before.is_complete,
        oldest_ended_at=before.oldest_ended_at,
        depth=before.known,
    )
    crawl = _Crawl(ListingWalk(known, scope.since), report, site=site, archive=archive, warehouse=warehouse)
    failures = site.fetch([PageRequest(page_kind=PageKind.RESULTS, page_id=0)], crawl.on_arrival)
    report.failure = failures[0] if failures else None
    with warehouse.transaction() as connection:
        copy_cool_down(connection, site)
        apply_scope(connection, scope)
        report.state = listing_state(connection, site.host)
    report.seconds = time.monotonic() - started
    return report


class _Crawl:
    """Takes page after page, and returns the request for the next one."""

    def __init__(
        self, walk: ListingWalk, report: DiscoveryReport, *, site: Site, archive: PageStore, warehouse: Warehouse
    ) -> None:
        self._walk = walk
        self._report = report
        self._site = site
        self._archive = archive
        self._warehouse = warehouse

    def on_arrival(self, arrival: Arrival) -> PageRequest | None:
        """Keep a page, write its matches, and return the request for the next one."""
        offset = arrival.request.page_id
        self._archive.put(
            PageKind.RESULTS, offset, None, url=arrival.url, body=arrival.body, scraped_at=arrival.arrived_at
        )
        self._report.pages += 1
        self._report.bytes_fetched += len(arrival.body)
        try:
            page = parse_results(arrival.body)
        except PageError as error:
            self._report.unreadable = error
            return None
        following = self._write(page, arrival)
        return None if following is None else PageRequest(page_kind=PageKind.RESULTS, page_id=following)

    def _write(self, page: ResultsPage, arrival: Arrival) -> int | None:
        now = datetime.now(UTC)
        urls = {
            match.match_id: self._site.base_url + page_path(PageKind.MATCH, match.match_id, match.match_slug)
            for match in page.matches
        }
        provenance = Provenance(
            scraped_at=arrival.arrived_at,
            source_url=arrival.url,
            page_sha256=sha256_of(arrival.body),
            parser_version=RESULTS_PARSER_VERSION,
        )
        with self._warehouse.transaction() as connection:
            claim_for_site(connection, self._site.host)
            known = known_matches(connection, urls)
            following = self._walk.after(page, known)
            if self._walk.gap_detected:
                if following is None:
                    message = f"the listing became shorter again and again, the last time at result {page.first}"
                    self._report.unreadable = PageError(Outcome.INCONSISTENT, message)
                return following
            put_discovered(connection, page.matches, urls, provenance=provenance, now=now)
            put_listing_state(
                connection,
                self._site.host,
                results_total=page.total,
                gapless_below=self._walk.gapless_below,
                is_complete=self._walk.is_complete,
                read_at=now,
            )
        self._report.new_matches += len(urls.keys() - known)
        return following
