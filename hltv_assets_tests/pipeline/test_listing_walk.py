"""Whatever the listing does while it is read, and wherever a run is cut off: no match is lost, and few pages asked for.

A simulated listing stands here for the site, so that thousands of courses can be tried; `test_whole_graph` walks
through real pages.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hltv_assets.pages.records import ListedMatch, ResultsPage
from hltv_assets.pipeline.listing_walk import RESULTS_A_PAGE, KnownListing, ListingWalk
from testkit.examples import examples

START = datetime(2026, 1, 1, tzinfo=UTC)
many = settings(derandomize=True, deadline=None, max_examples=examples(400))


@dataclass
class Listing:
    """A listing, newest first, that changes between two requests as it is told to."""

    match_ids: list[int]
    changes: list[tuple[int, int]] = field(default_factory=list)
    chance: Random = field(default_factory=lambda: Random(5))
    requests: int = 0

    @classmethod
    def of(cls, results: int, changes: list[tuple[int, int]] | None = None) -> "Listing":
        """A listing of so many results; before each request but the first some are added, and some are deleted."""
        return cls(list(range(results, 0, -1)), changes or [])

    def add(self, results: int) -> None:
        """Let new matches end."""
        newest = max(self.match_ids, default=0)
        self.match_ids[:0] = range(newest + results, newest, -1)

    def delete(self, results: int) -> None:
        """Let results vanish from anywhere."""
        for match_id in self.chance.sample(self.match_ids, min(results, len(self.match_ids) - 1)):
            self.match_ids.remove(match_id)

    def page(self, offset: int) -> ResultsPage:
        """Answer a request; behind the end there is a page without results."""
        if self.requests and self.changes:
            added, deleted = self.changes.pop(0)
            self.add(added)
            self.delete(deleted)
        self.requests += 1
        shown = self.match_ids[offset : offset + RESULTS_A_PAGE]
        last = offset + len(shown)
        return ResultsPage(
            matches=tuple(map(result, shown)),
            first=offset + 1,
            last=last,
            total=len(self.match_ids),
            has_next=last < len(self.match_ids),
        )


@dataclass
class Warehouse:
    """What is remembered from run to run."""

    known: set[int] = field(default_factory=set)
    gapless_below: datetime | None = None
    is_complete: bool = False

    def run(self, listing: Listing, *, pages: int = 10_000, since: datetime | None = None) -> int:
        """Walk through the listing, cut off after so many pages; return how many it asked for."""
        oldest = min(map(ended_at, self.known), default=None)
        known = KnownListing(
            gapless_below=self.gapless_below,
            is_complete=self.is_complete,
            oldest_ended_at=oldest,
            depth=len(self.known),
        )
        walk, offset, before = ListingWalk(known, since), 0, listing.requests
        for _ in range(pages):
            page = listing.page(offset)
            following = walk.after(page, self.known)
            if not walk.gap_detected:
                self.known |= {match.match_id for match in page.matches}
                self.gapless_below, self.is_complete = walk.gapless_below, walk.is_complete
            if following is None:
                break
            offset = following
        return listing.requests - before


def ended_at(match_id: int) -> datetime:
    return START + timedelta(minutes=match_id)


def result(match_id: int) -> ListedMatch:
    return ListedMatch(
        match_id=match_id,
        match_slug="a-vs-b",
        ended_at=ended_at(match_id),
        event_name="Cup",
        team1_name="A",
        team2_name="B",
        team1_score=2,
        team2_score=1,
        map_text="bo3",
        stars=0,
        is_forfeit=False,
    )


changes = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=12)


@given(results=st.integers(1, 900), during=changes)
@many
@pytest.mark.fuzz
def test_a_listing_that_moves_while_it_is_read_loses_nothing(results: int, during: list[tuple[int, int]]) -> None:
    listing = Listing.of(results, during)
    there_before = set(listing.match_ids)
    warehouse = Warehouse()
    warehouse.run(listing)
    assert warehouse.known >= there_before & set(listing.match_ids)
    assert warehouse.is_complete


@given(
    results=st.integers(1, 700),
    runs=st.lists(st.tuples(st.integers(1, 6), st.integers(0, 150), st.integers(0, 150), changes), max_size=6),
)
@many
@pytest.mark.fuzz
def test_runs_that_are_cut_off_anywhere_lose_nothing_in_the_end(
    results: int, runs: list[tuple[int, int, int, list[tuple[int, int]]]]
) -> None:
    listing = Listing.of(results)
    warehouse = Warehouse()
    for pages, added, deleted, during in runs:
        listing.changes = list(during)
        warehouse.run(listing, pages=pages)
        listing.changes = []
        listing.add(added)
        listing.delete(deleted)
    warehouse.run(listing)
    assert warehouse.known >= set(listing.match_ids)
    assert warehouse.is_complete
    assert warehouse.run(listing) == 1


@given(results=st.integers(1, 900), new=st.integers(0, 350))
@many
@pytest.mark.fuzz
def test_a_known_listing_is_read_only_as_far_as_it_is_new(results: int, new: int) -> None:
    listing = Listing.of(results)
    warehouse = Warehouse()
    assert warehouse.run(listing) == -(-results // RESULTS_A_PAGE)
    assert warehouse.run(listing) == 1
    listing.add(new)
    last_new_page = -(-new // RESULTS_A_PAGE)
    assert warehouse.run(listing) <= last_new_page + 1
    assert warehouse.known == set(listing.match_ids)


@given(pages=st.integers(1, 8), new=st.integers(0, 99))
@many
@pytest.mark.fuzz
def test_a_backfill_that_was_cut_off_goes_on_there(pages: int, new: int) -> None:
    listing = Listing.of(2_000)
    warehouse = Warehouse()
    warehouse.run(listing, pages=pages)
    listing.add(new)
    # The first page, a second if something is new, the page where it was cut off; then what is left.
    assert warehouse.run(listing) <= 20 - pages + 3
    assert warehouse.known == set(listing.match_ids)


@given(results=st.integers(300, 900), deleted=st.integers(1, 50))
@many
@pytest.mark.fuzz
def test_deleted_results_cost_a_known_listing_no_new_backfill(results: int, deleted: int) -> None:
    listing = Listing.of(results)
    warehouse = Warehouse()
    warehouse.run(listing)
    listing.add(120)
    listing.changes = [(0, deleted)]
    assert warehouse.run(listing) <= 5
    assert warehouse.known >= set(listing.match_ids)


@given(known=st.lists(st.integers(1, 1_600), max_size=900, unique=True), cuts=st.lists(st.integers(1, 8), max_size=4))
@many
@pytest.mark.fuzz
def test_matches_that_are_known_from_elsewhere_hide_none_between_them(known: list[int], cuts: list[int]) -> None:
    listing = Listing.of(1_600)
    warehouse = Warehouse(known=set(known))
    for pages in cuts:
        warehouse.run(listing, pages=pages)
    warehouse.run(listing)
    assert warehouse.known == set(listing.match_ids)
    assert warehouse.run(listing) == 1


def test_a_listing_of_which_two_pages_never_fit_is_given_up() -> None:
    class Cached(Listing):
        def page(self, offset: int) -> ResultsPage:
            page = super().page(offset)
            return msgspec.structs.replace(page, total=page.total - 1) if offset == RESULTS_A_PAGE else page

    warehouse = Warehouse()
    assert warehouse.run(Cached.of(300)) <= 50
    assert warehouse.known == set(range(300, 200, -1))
    assert not warehouse.is_complete
    # Nothing was remembered of what may be there, so the next walk, whose pages fit, finds it.
    warehouse.run(Listing.of(300))
    assert warehouse.known == set(range(300, 0, -1))


def test_the_backfill_ends_with_the_first_page_before_the_oldest_day_wanted() -> None:
    listing = Listing.of(2_000)
    warehouse = Warehouse()
    assert warehouse.run(listing, since=ended_at(1_650)) == 5
    assert not warehouse.is_complete
    assert warehouse.run(listing, since=ended_at(1_650)) == 1
    # Wanted from further back: it goes on where it ended.
    assert warehouse.run(listing, since=ended_at(1_450)) == 1 + 3
    assert warehouse.known == set(range(2_000, 1_300, -1))
