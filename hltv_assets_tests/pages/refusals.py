"""How a test says that a page must be refused: with which reason, and naming what."""

import pytest

from hltv_assets.pages import Outcome, PageError, parse_map_stats
from testkit.invented.world import FIRST_MAPSTATSID


def refusal(html: str | bytes, mapstatsid: int = FIRST_MAPSTATSID) -> PageError:
    """Return the error that reading a map page raises."""
    with pytest.raises(PageError) as caught:
        parse_map_stats(html, mapstatsid)
    return caught.value


def assert_refused(html: str | bytes, reason: Outcome, *named: str) -> None:
    """A map page is refused for that reason, in words that name the things."""
    assert_says(refusal(html), reason, *named)


def assert_says(error: PageError, reason: Outcome, *named: str) -> None:
    """An error has that reason and names the things."""
    assert error.reason is reason, error
    for name in named:
        assert name in error.message, error
