"""An economy page yields what both teams' equipment was worth, round by round, and says where HLTV has none."""

import re
from pathlib import Path

import pytest

from hltv_assets.pages import Outcome, PageError, parse_economy
from hltv_assets.pages.records import buy_type_of
from hltv_assets_tests.pages.shared_pages import counted, expected_tables, read_page


def test_a_composed_page_yields_its_expected_rows(shared_pages: Path, composed_map: int) -> None:
    expected = expected_tables(shared_pages, composed_map)
    head = expected["map_stats"][0]
    page = parse_economy(read_page(shared_pages, "composed/economy", composed_map), composed_map)
    rows = page.round_economy(team_left_id=head["team_left_id"], team_right_id=head["team_right_id"])
    assert page.match_id == head["match_id"]
    assert counted(rows) == counted(expected["round_economy"])
    assert len(page.rounds) == head["economy_rounds"]
    assert page.warnings == ()


def test_rounds_of_overtime_that_the_page_does_not_have_are_absent(shared_pages: Path) -> None:
    page = parse_economy(read_page(shared_pages, "composed/economy", 214981), 214981)
    assert [one.round_number for one in page.rounds] == list(range(1, 25))
    assert len(expected_tables(shared_pages, 214981)["round_history"]) == 30


@pytest.mark.parametrize(
    ("value", "buy_type"),
    [
        (0, "full_eco"),
        (4_999, "full_eco"),
        (5_000, "semi_eco"),
        (9_999, "semi_eco"),
        (10_000, "semi_buy"),
        (19_999, "semi_buy"),
        (20_000, "full_buy"),
    ],
)
def test_the_type_of_a_buy_follows_from_its_value(value: int, buy_type: str) -> None:
    assert buy_type_of(value) == buy_type


def test_a_page_without_any_economy_has_no_data(shared_pages: Path) -> None:
    html = read_page(shared_pages, "composed/economy", 215077).decode()
    html = html.replace('class="graph"', 'class="chart"').replace("equipment-categories", "categories")
    with pytest.raises(PageError) as caught:
        parse_economy(html, 215077)
    assert caught.value.reason is Outcome.NO_DATA


@pytest.mark.parametrize(
    ("good", "bad", "reason"),
    [
        ('class="graph"', 'class="chart"', Outcome.INCOMPLETE),
        ("equipment-categories", "categories", Outcome.INCOMPLETE),
        (r'title="Equipment value: \d+"', 'title="Equipment value: none"', Outcome.PARSE_ERROR),
        (r'title="Equipment value: \d+"', 'title="Equipment value: 7"', Outcome.INCONSISTENT),
        (r"(ct|t)(Pistol|ForcePistol)(Win|Loss)\.svg", "ctKnifeWin.svg", Outcome.PARSE_ERROR),
        (r"/tRoundWon\.png", "/ctRoundWon.png", Outcome.INCONSISTENT),
        (r"/tRoundWon\.png", "/draw.png", Outcome.PARSE_ERROR),
        (r"&quot;label&quot;: &quot;2&quot;", "&quot;label&quot;: &quot;3&quot;", Outcome.PARSE_ERROR),
        (r'<td class="equipment-category-td".*?</td>', "", Outcome.INCOMPLETE),
    ],
)
def test_what_cannot_be_read_or_contradicts_itself_is_an_error(
    shared_pages: Path, good: str, bad: str, reason: Outcome
) -> None:
    html = read_page(shared_pages, "composed/economy", 215077).decode()
    damaged = re.sub(good, bad, html, count=1)
    assert damaged != html
    with pytest.raises(PageError) as caught:
        parse_economy(damaged, 215077)
    assert caught.value.reason is reason, caught.value
