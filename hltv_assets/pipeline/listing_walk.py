"""Which page of the results listing to ask for next: nothing lost, nothing asked for twice without need.

The listing is newest first, and it moves: a new result pushes every row down, a deleted one pulls them up. What is
known is gapless from some match (`gapless_below`) back to the oldest known one. A walk first joins the newest results
to that, then goes on where the backfill was cut off. Pure: pages in, offsets out.
"""

from collections.abc import Collection
from datetime import datetime

import msgspec

from hltv_assets.pages.records import ResultsPage

RESULTS_A_PAGE = 100
_MAX_STEPS_BACK = 20  # of a walk; beyond them no rows are deleted, but pages do not fit each other (a cache, say)


class KnownListing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the listing before a walk; `depth` is how many results are known."""

    gapless_below: datetime | None = None
    is_complete: bool = False
    oldest_ended_at: datetime | None = None
    depth: int = 0


class ListingWalk:
    """A walk through the listing: tells after each page which is next, and what has become known for good.

    The backfill ends where a page holds only matches that ended before `oldest_wanted`, or at the listing's end.
    """

    def __init__(self, known: KnownListing, oldest_wanted: datetime | None) -> None:
        self.gapless_below = known.gapless_below
        self.is_complete = known.is_complete
        self.gap_detected = False
        self._depth = known.depth
        self._oldest_wanted = oldest_wanted
        self._is_deep_enough = known.is_complete or self._is_unwanted(known.oldest_ended_at)
        self._newest: datetime | None = None
        self._is_at_top = known.gapless_below is not None
        self._is_joined = False
        self._must_overlap = False
        self._total: int | None = None
        self._steps_back = 0
        # Of matches that are known from elsewhere (the archive, say) nobody knows whether others lie between them.
        self._is_gapless = known.gapless_below is not None or not known.depth

    def after(self, page: ResultsPage, known: Collection[int]) -> int | None:
        """Return the offset of the page to ask for next, None at the end; `known` are matches known before this page.

        Afterwards `gapless_below` and `is_complete` are what is to be remembered together with the page's matches.
        Where `gap_detected`, there may be matches between those known and this page's: these must not be
        remembered, or a walk that goes on where they end would never see what lies before them. A walk that ends there
        was given up: the listing told too often that it had become shorter.
        """
        offset = page.first - 1
        if self._newest is None:
            self._newest = max((match.ended_at for match in page.matches), default=None)
        has_shrunk = self._total is not None and page.total < self._total
        self._total = page.total
        has_overlap = not self._must_overlap or any(match.match_id in known for match in page.matches)
        # Rows were deleted and others pulled up, maybe from this page to the one before, where nobody saw them.
        self.gap_detected = bool(offset) and (has_shrunk or not has_overlap)
        if self.gap_detected:
            self._steps_back += 1
            return offset - RESULTS_A_PAGE if self._steps_back <= _MAX_STEPS_BACK else None
        self._depth += sum(match.match_id not in known for match in page.matches)
        return self._at_top(page, known, offset) if self._is_at_top else self._at_bottom(page, offset)

    def _at_top(self, page: ResultsPage, known: Collection[int], offset: int) -> int | None:
        is_known = [match.match_id in known for match in page.matches]
        boundary = self.gapless_below
        self._is_joined = self._is_joined or any(
            known_before and boundary is not None and match.ended_at <= boundary
            for match, known_before in zip(page.matches, is_known, strict=True)
        )
        if self._is_joined or not page.has_next:
            self.gapless_below = self._newest
        if not page.has_next:
            self.is_complete = True
            return None
        if not self._is_joined or not all(is_known):
            return offset + RESULTS_A_PAGE
        self._is_at_top = False
        if self._is_deep_enough:
            return None
        self._must_overlap = True
        where_it_ended = min(self._depth, page.total) - 1
        return max(offset + RESULTS_A_PAGE, where_it_ended // RESULTS_A_PAGE * RESULTS_A_PAGE)

    def _at_bottom(self, page: ResultsPage, offset: int) -> int | None:
        self._must_overlap = False
        newest = max((match.ended_at for match in page.matches), default=None)
        is_at_end = not page.has_next or self._is_unwanted(newest)
        if self.gapless_below is None and (self._is_gapless or is_at_end):
            self.gapless_below = self._newest
        self.is_complete = self.is_complete or not page.has_next
        return None if is_at_end else offset + RESULTS_A_PAGE

    def _is_unwanted(self, ended_at: datetime | None) -> bool:
        return ended_at is not None and self._oldest_wanted is not None and ended_at < self._oldest_wanted
