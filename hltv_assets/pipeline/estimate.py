"""How much a sync would ask for, before it asks for anything: a sum of what is known to be due and what is likely."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import msgspec

from hltv_assets.pages.records import ResultsPage
from hltv_assets.pipeline.listing_walk import RESULTS_A_PAGE
from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.listing import ListingState, Scope, apply_scope, known_matches, put_discovered
from hltv_assets.warehouse.provenance import Provenance

MAP_PAGES = 3
# CS2 up to early 2026: some 57,000 maps in 25,000 matches. A warehouse with enough matches knows better.
_USUAL_MAPS_A_MATCH = 2.3
_ENOUGH_MATCHES = 50
_MEAN_JITTER = 1.025  # between two starts lie the least delay and 0 to 5 % of it


class KnownWork(msgspec.Struct, frozen=True, kw_only=True):
    """What the warehouse knows of: pages due, and how many maps a match has."""

    due_match_pages: int
    due_map_pages: int
    maps_a_match: float


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that a sync would make, by what they are for, and how long they take at the least.

    `knows_listing`: the listing's first page could be had; else it is as the warehouse knows it.
    """

    listing_pages: int
    match_pages: int
    map_pages: int
    seconds: float
    knows_listing: bool

    @property
    def requests(self) -> int:
        """All requests together."""
        return self.listing_pages + self.match_pages + self.map_pages


def known_work(connection: Connection) -> KnownWork:
    """Return what is due in the warehouse."""
    row = connection.execute(
        """
        SELECT
            (SELECT count(*) FROM pending_matches WHERE is_due),
            (SELECT count(*) FROM pending_maps WHERE is_due),
            (SELECT count(*) FROM matches),
            (SELECT count(*) FROM maps WHERE mapstatsid IS NOT NULL)
        """
    ).fetchone()
    due_matches, due_maps, matches, maps = row or (0, 0, 0, 0)
    return KnownWork(
        due_match_pages=due_matches,
        due_map_pages=due_maps,
        maps_a_match=maps / matches if matches >= _ENOUGH_MATCHES else _USUAL_MAPS_A_MATCH,
    )


@contextmanager
def as_if_listed(connection: Connection, page: ResultsPage | None, scope: Scope) -> Iterator[None]:
    """Let the warehouse know the matches of a page of the listing, and which are wanted; all of it is undone."""
    now = datetime.now(UTC)
    nowhere = Provenance(scraped_at=now, source_url="", page_sha256="", parser_version=0)
    connection.begin()
    try:
        if page:
            urls = {match.match_id: "" for match in page.matches}
            put_discovered(connection, page.matches, urls, provenance=nowhere, now=now)
        apply_scope(connection, scope)
        yield
    finally:
        connection.rollback()


def new_on(connection: Connection, page: ResultsPage) -> int:
    """Return how many matches of a page of the listing are not known."""
    return len(page.matches) - len(known_matches(connection, [match.match_id for match in page.matches]))


def unread_results(state: ListingState, scope: Scope, page: ResultsPage | None, new_on_page: int) -> int:
    """Return about how many results of the listing are not known, as far back as they are wanted.

    `page` is the listing's first page as it is now, if it could be had. Where only matches since some day are wanted,
    the number of results a day on that page tells how many there are since then.
    """
    total = page.total if page else state.results_total or 0
    unread = max(0, total - state.known)
    if state.is_complete:
        return unread if page and new_on_page else 0
    if page is None or scope.since is None or not page.matches:
        return unread
    ends = [match.ended_at for match in page.matches]
    oldest_known = min(ends if state.oldest_ended_at is None else [*ends, state.oldest_ended_at])
    if oldest_known < scope.since:
        return new_on_page
    return min(unread, new_on_page + _results_between(scope.since, oldest_known, ends))


def _results_between(since: datetime, until: datetime, ends: list[datetime]) -> int:
    span = max(max(ends) - min(ends), timedelta(hours=1))
    return math.ceil((until - since) / span * len(ends))


def estimate(work: KnownWork, unread: int, *, unread_beyond: int, min_delay: float, knows_listing: bool) -> Estimate:
    """Return what a sync would ask for; the first page of the listing is always asked for.

    Of the `unread` results, those `unread_beyond` its first page are counted as wanted; the others are in `work`.
    """
    match_pages = work.due_match_pages + unread_beyond
    map_pages = work.due_map_pages + round(match_pages * work.maps_a_match * MAP_PAGES)
    listing_pages = 1 + math.ceil(unread / RESULTS_A_PAGE)
    requests = listing_pages + match_pages + map_pages
    return Estimate(
        listing_pages=listing_pages,
        match_pages=match_pages,
        map_pages=map_pages,
        seconds=requests * min_delay * _MEAN_JITTER,
        knows_listing=knows_listing,
    )
