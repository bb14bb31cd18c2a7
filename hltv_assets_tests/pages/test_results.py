"""The results listing, invented and real."""

import gzip
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest

from hltv_assets.pages import Outcome, PageError, parse_results
from hltv_assets.pages.records import ListedMatch
from testkit.places import NO_SHARED_PAGES, SHARED_PAGES

REAL = sorted((SHARED_PAGES / "real" / "results").glob("*.html.gz"))
ENDED = 1_669_000_000_000


def _row(match_id: int, *, ended: int | None = ENDED, score: str = "", host: str = "", **texts: str) -> str:
    """A row of the listing; without `ended` a promoted one."""
    time = f' data-zonedgrouping-entry-unix="{ended}"' if ended else ""
    text = {"team1": "Paper Herons", "team2": "Copper & Spoons", "event": "Marsh Cup", "map_text": "bo3", **texts}
    score = score or '<span class="score-won">2</span> - <span class="score-lost">1</span>'
    return (
        f'<div class="result-con"{time}><a href="{host}/matches/{match_id}/herons-vs-spoons" class="a-reset">'
        f'<div class="team1"><div class="team team-won">{escape(text["team1"])}</div></div>'
        f'<div class="team2"><div class="team">{escape(text["team2"])}</div></div>'
        f'<table><tr><td class="result-score">{score}</td></tr></table><span class="event-name">{text["event"]}</span>'
        f'{texts.get("stars", "")}<div class="map-text">{text["map_text"]}</div></a></div>'
    )


def _page(*rows: str, extent: str = "", promoted: str = "", following: str = "/results?offset=100") -> str:
    extent = extent or f"1 - {len(rows)} of 71497"
    link = f'<a class="pagination-next" href="{following}"></a>' if following else '<a class="pagination-next"></a>'
    return (
        f'<!DOCTYPE html><html><body><div class="big-results"><div class="results-all">{promoted}</div></div>'
        f'<span class="pagination-data">{extent} </span>{link}<div class="results-all">{"".join(rows)}</div>'
        "</body></html>"
    )


def _refusal(page: str) -> PageError:
    with pytest.raises(PageError) as raised:
        parse_results(page)
    return raised.value


def test_a_row_is_read_by_its_elements() -> None:
    stars = '<div class="map-and-stars"><div class="stars"><i></i><i></i></div></div>'
    (match,) = parse_results(_page(_row(77, stars=stars))).matches
    assert match == ListedMatch(
        match_id=77,
        match_slug="herons-vs-spoons",
        ended_at=datetime.fromtimestamp(ENDED / 1000, UTC),
        event_name="Marsh Cup",
        team1_name="Paper Herons",
        team2_name="Copper & Spoons",
        team1_score=2,
        team2_score=1,
        map_text="bo3",
        stars=2,
        is_forfeit=False,
    )


def test_promoted_rows_are_left_out_and_the_order_is_kept() -> None:
    page = parse_results(_page(_row(3), _row(2), _row(1), promoted=_row(9, ended=None)))
    assert [match.match_id for match in page.matches] == [3, 2, 1]


def test_the_links_of_a_saved_page_are_absolute() -> None:
    assert parse_results(_page(_row(5, host="https://www.hltv.org"))).matches[0].match_id == 5


def test_a_forfeit_is_told_by_its_map_text() -> None:
    assert parse_results(_page(_row(5, map_text="def"))).matches[0].is_forfeit


def test_a_missing_score_is_unknown_not_zero() -> None:
    unknown = "<span>-</span> - <span>-</span>"
    (match,) = parse_results(_page(_row(5, score=unknown))).matches
    assert (match.team1_score, match.team2_score) == (None, None)


def test_the_extent_and_the_end_of_the_listing_are_told() -> None:
    page = parse_results(_page(_row(1), extent="71401 - 71401 of 71401", following=""))
    assert (page.first, page.last, page.total, page.has_next) == (71_401, 71_401, 71_401, False)
    assert parse_results(_page(_row(1))).has_next


def test_a_page_that_shows_another_number_of_rows_than_it_says_is_incomplete() -> None:
    refusal = _refusal(_page(_row(1), extent="1 - 100 of 71497"))
    assert (refusal.reason, "1 rows where the page says 1 to 100" in str(refusal)) == (Outcome.INCOMPLETE, True)


def test_a_match_that_stands_twice_counts_once_and_must_be_the_same() -> None:
    assert len(parse_results(_page(_row(1), _row(1))).matches) == 1
    assert _refusal(_page(_row(1), _row(1, map_text="bo5"))).reason is Outcome.INCONSISTENT


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (_row(1).replace("/matches/1/", "/events/1/"), "not a link to a match"),
        (_row(1, ended=12), "match 1, data-zonedgrouping-entry-unix"),
        (_row(1, score="<span>2</span> - <span>x</span>"), "match 1, score"),
        (_row(1, score="<span>2</span>"), "1 scores"),
        (_row(1, score="2 - 1"), "0 scores"),
        (_row(1, team1=" "), ".team1 .team is empty"),
        (_row(1).replace("map-text", "other"), ".map-text"),
        (_row(1, stars='<div class="stars">' + "<i></i>" * 6 + "</div>"), "6 stars"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(row: str, words: str) -> None:
    error = _refusal(_page(_row(9), row))
    assert error.reason is Outcome.PARSE_ERROR
    assert "row 2" in error.message
    assert words in error.message


@pytest.mark.parametrize("extent", ["all of them", "1 - 100", "1 – 100 of x"])
def test_an_extent_that_cannot_be_read_is_an_error(extent: str) -> None:
    assert "pagination-data" in _refusal(_page(_row(1), extent=extent)).message


def test_a_page_without_a_listing_is_of_a_wrong_kind() -> None:
    assert _refusal("<!DOCTYPE html><html><body>Log in</body></html>").reason is Outcome.WRONG_KIND


@pytest.mark.skipif(not REAL, reason=NO_SHARED_PAGES)
@pytest.mark.parametrize("file", REAL, ids=lambda file: file.name)
def test_a_real_listing_is_read_whole(file: Path) -> None:
    page = parse_results(gzip.decompress(file.read_bytes()))
    assert (page.first, page.last, len(page.matches)) == (1, 100, 100)
    assert page.has_next
    times = [match.ended_at for match in page.matches]
    assert times == sorted(times, reverse=True)
    assert all(match.team1_score is not None and match.team2_score is not None for match in page.matches)
    assert {match.is_forfeit for match in page.matches} <= {True, False}
    assert max(match.stars for match in page.matches) > 0
