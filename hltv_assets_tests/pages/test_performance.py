"""A performance page yields one row per player and a cell a pair of opponents, of every rating version."""

from pathlib import Path

import pytest

from hltv_assets.pages import Outcome, PageError, parse_performance
from hltv_assets_tests.pages.shared_pages import counted, expected_tables, read_page


def test_a_composed_page_yields_its_expected_rows(shared_pages: Path, composed_map: int) -> None:
    expected = expected_tables(shared_pages, composed_map)
    page = parse_performance(read_page(shared_pages, "composed/performance", composed_map), composed_map)
    assert page.match_id == expected["player_performance"][0]["match_id"]
    assert counted(page.player_performance) == counted(expected["player_performance"])
    assert counted(page.kill_matrix) == counted(expected["kill_matrix"])
    assert page.warnings == ()


def test_the_real_page_of_rating_2_has_impact_and_no_rating_of_multi_kills(shared_pages: Path) -> None:
    page = parse_performance(read_page(shared_pages, "real/performance", 148314), 148314)
    assert page.match_id is None  # this page does not link its match
    assert len(page.player_performance) == 10
    assert len(page.kill_matrix) == 3 * 5 * 5 * 2
    best = next(row for row in page.player_performance if row.player_id == 21971)
    assert (best.kpr, best.dpr, best.impact, best.mk_rating) == (1.0, 0.64, 1.21, None)
    assert sum(cell.kills or 0 for cell in page.kill_matrix if cell.matrix_type == "all") == 73 + 92


@pytest.mark.parametrize(
    ("good", "bad", "named"),
    [
        ("&quot;label&quot;: &quot;KPR&quot;", "&quot;label&quot;: &quot;KPX&quot;", "KPR"),
        ("&quot;displayValue&quot;: &quot;0.", "&quot;displayValue&quot;: &quot;o.", "decimal number"),
        ('<span class="team2-player-score">', '<span class="team2-player-scores">', "team2-player-score"),
        ("{&quot;type&quot;: &quot;bar2D&quot;", "{&quot;type&quot; &quot;bar2D&quot;", "chart"),
        ('id="AWP-content"', 'id="KNIFE-content"', "AWP"),
        ('<div class="highlighted-player">', '<div class="player">', "no card"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_it(shared_pages: Path, good: str, bad: str, named: str) -> None:
    html = read_page(shared_pages, "composed/performance", 215077).decode()
    assert good in html
    with pytest.raises(PageError, match=named) as caught:
        parse_performance(html.replace(good, bad, 1), 215077)
    assert caught.value.reason in {Outcome.PARSE_ERROR, Outcome.INCOMPLETE}


def test_the_page_of_another_kind_or_map_is_refused(shared_pages: Path) -> None:
    html = read_page(shared_pages, "composed/performance", 215077)
    with pytest.raises(PageError) as wrong_map:
        parse_performance(html, 215086)
    assert wrong_map.value.reason is Outcome.WRONG_PAGE
    with pytest.raises(PageError) as wrong_kind:
        parse_performance(read_page(shared_pages, "composed/mapstats", 215077), 215077)
    assert wrong_kind.value.reason is Outcome.WRONG_KIND
