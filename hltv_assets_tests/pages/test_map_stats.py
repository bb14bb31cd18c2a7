"""A map page of either layout yields all its rows and no others: invented, composed and real pages."""

import gzip
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from hltv_assets.pages import Outcome, parse_map_stats
from hltv_assets.pages.map_stats import MAP_STATS_PARSER_VERSION
from hltv_assets_tests.pages.agreement import assert_agrees_with_itself
from hltv_assets_tests.pages.damage import PageEditor, one_in, replaced, set_attribute, write, write_all
from hltv_assets_tests.pages.invented_pages import (
    LEFT_NAME,
    RIGHT_NAME,
    InventedPage,
    invented_page,
    plain_page,
)
from hltv_assets_tests.pages.plain_reader import read_plainly
from hltv_assets_tests.pages.refusals import assert_refused
from hltv_assets_tests.pages.rows import keyed, rows_of
from hltv_assets_tests.pages.shared_pages import expected_tables
from testkit.invented.facts import InventedMap, Layout, Player, Team
from testkit.invented.world import FIRST_PLAYER_ID, FIRST_TEAM_ID, invent_map, invent_team

LOOKS = [
    (Layout.SINCE_2025, "3.0"),
    (Layout.SINCE_2025, "2.1"),
    (Layout.SINCE_2025, "2.0"),
    (Layout.UNTIL_2024, "2.0"),
    (Layout.UNTIL_2024, "2.1"),
]
OVERTIMES = [None, 1, 2]
SEEDS = range(75)
ODD_NAMES = [
    'The "Loose" Ones',
    "O'Tin d'Or",
    "Salt & Sons",
    "A<B>C",
    "<script>alert(1)</script>",
    "&amp; &lt;b&gt;",
    "🐌 Post 🦔",
    "Чайный Ёж",
    "茶道 チーム",
    "قهوة",
    "-",
    "null",
    "13 : 8",
    "  Far   Apart  ",
    "Ä\u0308 combining",
]
SITE = "https://www.hltv.org"


@cache
def map_of_seed(seed: int) -> InventedMap:
    """A map whose look, half length and overtimes come from its seed, each combination in turn."""
    layout, version = LOOKS[seed % len(LOOKS)]
    overtimes = OVERTIMES[seed // len(LOOKS) % len(OVERTIMES)]
    return invent_map(
        seed=seed,
        match_id=9_100_000 + seed,
        mapstatsid=910_000 + seed,
        layout=layout,
        rating_version=version,
        overtimes=overtimes,
        half_length=(12, 15)[seed % 2],
        played_at=datetime(2023, 9, 27, 23, 59, seed % 60, tzinfo=UTC),
    )


def named_team(name: str, team_id: int, first_player_id: int) -> Team:
    """A team of an odd name, one of whose players has an odd name too."""
    team = invent_team(3, team_id, first_player_id)
    odd = Player(first_player_id, f"{name} jr", "odd")
    return replace(team, name=name, players=(odd, *team.players[1:]))


def read_gzip(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode()


# Invented pages


@pytest.mark.parametrize("seed", SEEDS)
def test_an_invented_page_yields_the_rows_of_its_facts_as_text_and_as_bytes(seed: int) -> None:
    page = invented_page(map_of_seed(seed))
    read = parse_map_stats(page.html, page.mapstatsid)
    assert rows_of(read) == page.rows
    assert read.warnings == ()
    assert_agrees_with_itself(read)
    assert parse_map_stats(page.html.encode(), page.mapstatsid) == read


def test_the_seeds_cover_every_look_with_every_overtime_and_names_of_many_scripts() -> None:
    maps = [map_of_seed(seed) for seed in SEEDS]
    shapes = {(one.layout, one.rating_version, one.score.half_length, min(len(one.score.overtimes), 2)) for one in maps}
    assert len(shapes) == len(LOOKS) * 2 * 3
    names = "".join(
        sheet.team.name + "".join(of.player.name for of in sheet.players) for one in maps for sheet in one.teams
    )
    assert set("\"'&<>🐌🦔Чж茶") <= set(names + names.lower())
    assert {one.left.starting_side for one in maps} == {"CT", "T"}


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize(("layout", "version"), [LOOKS[0], LOOKS[3]])
def test_a_name_is_read_as_it_is_written(name: str, layout: Layout, version: str) -> None:
    left = named_team(name, FIRST_TEAM_ID, FIRST_PLAYER_ID)
    right = named_team(RIGHT_NAME, FIRST_TEAM_ID + 1, FIRST_PLAYER_ID + 5)
    page = invented_page(invent_map(seed=3, left=left, right=right, layout=layout, rating_version=version))
    expected = page.rows
    for row in [*expected["player_stats"].values(), *expected["player_side_stats"].values()]:
        row["player_name"] = " ".join(str(row["player_name"]).split())
    assert page.rows_when_edited(page.html) == expected


def test_teams_whose_names_differ_in_one_letter_are_told_apart(page: InventedPage) -> None:
    html = replaced(page.html, RIGHT_NAME, LEFT_NAME + "s")
    assert page.rows_when_edited(html) == page.rows


# The same page, written in other ways


def test_absolute_links_are_read_as_relative_ones(page: InventedPage) -> None:
    html = replaced(replaced(page.html, 'href="/', f'href="{SITE}/'), 'src="/', f'src="{SITE}/')
    assert page.rows_when_edited(html) == page.rows


@pytest.mark.parametrize("between", ["", " ", "\r\n", "\n\t\t    "])
def test_white_space_between_elements_does_not_matter(between: str, page: InventedPage) -> None:
    html = re.sub(r">\s*\n\s*<", f">{between}<", page.html)
    assert html != page.html
    assert page.rows_when_edited(html) == page.rows


def test_a_page_as_a_browser_writes_its_tree_is_read_equally(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    set_attribute(editor.one("html"), "class", "js")
    assert page.rows_when_edited(editor.html) == page.rows


def test_comments_between_elements_do_not_matter(page: InventedPage) -> None:
    html = re.sub(r">\s*\n\s*<(?!t[dhr]|/t)", "><!-- 7 : 7 --><", page.html)
    assert html != page.html
    assert page.rows_when_edited(html) == page.rows


def test_columns_shown_or_hidden_by_a_script_are_read_equally(new_page: InventedPage) -> None:
    """A browser that saved the page while it showed the eco-adjusted numbers."""
    html = replaced(new_page.html, "traditional-data", "traditional-data hidden")
    html = replaced(html, "eco-adjusted-data hidden", "eco-adjusted-data")
    html = replaced(html, "ctstats hidden", "ctstats")
    assert new_page.rows_when_edited(html) == new_page.rows


def test_left_and_right_are_those_of_the_page_not_of_the_match(page: InventedPage) -> None:
    read = parse_map_stats(page.html, page.mapstatsid).map_stats
    assert (read.team_left_id, read.team_right_id) == tuple(sheet.team.team_id for sheet in page.facts.teams)


# What is only a warning


def test_first_kills_that_differ_from_the_players_are_a_warning_that_names_the_team(page: InventedPage) -> None:
    left, right = (sheet.first_kills for sheet in page.facts.teams)
    editor = PageEditor(page.html)
    editor.set_info("First kills", f"{left} : {right + 1}")
    read = parse_map_stats(editor.html, page.mapstatsid)
    (warning,) = read.warnings
    assert all(word in warning for word in (RIGHT_NAME, "opening kills", str(right), str(right + 1)))
    assert read.map_stats.team_right_first_kills == right + 1


def test_clutches_that_differ_from_the_players_are_a_warning_that_names_the_team(new_page: InventedPage) -> None:
    left, right = (sheet.clutches for sheet in new_page.facts.teams)
    editor = PageEditor(new_page.html)
    editor.set_info("Clutches won", f"{left + 1} : {right}")
    read = parse_map_stats(editor.html, new_page.mapstatsid)
    (warning,) = read.warnings
    assert all(word in warning for word in (LEFT_NAME, "clutches", str(left), str(left + 1)))
    assert read.map_stats.team_left_clutches == left + 1


def test_clutches_are_not_compared_where_the_layout_has_none_of_the_players(old_page: InventedPage) -> None:
    editor = PageEditor(old_page.html)
    editor.set_info("Clutches won", "9 : 9")
    assert parse_map_stats(editor.html, old_page.mapstatsid).warnings == ()


def test_numbers_that_are_not_there_are_not_compared(new_page: InventedPage) -> None:
    editor = PageEditor(new_page.html)
    editor.set_info("First kills", "- : -")
    write_all(editor.all("table.totalstats td.st-clutches"), "-")
    assert parse_map_stats(editor.html, new_page.mapstatsid).warnings == ()


def test_a_team_rating_of_another_version_than_the_players_is_a_warning(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    write(one_in(editor.info_row("Team rating"), ".bold"), "Team rating 1.0")
    read = parse_map_stats(editor.html, page.mapstatsid)
    (warning,) = read.warnings
    assert "1.0" in warning
    assert page.facts.rating_version in warning
    assert read.map_stats.rating_version == page.facts.rating_version


def test_a_page_that_states_everything_as_expected_has_no_warnings(page: InventedPage) -> None:
    assert parse_map_stats(page.html, page.mapstatsid).warnings == ()


# What a parser returns


def test_the_rows_come_by_the_names_of_their_tables(page: InventedPage) -> None:
    tables = parse_map_stats(page.html, page.mapstatsid).tables()
    counts = {table: len(rows) for table, rows in tables.items()}
    rounds = page.facts.score.final.total
    assert counts == {"map_stats": 1, "player_stats": 10, "player_side_stats": 20, "round_history": rounds}


def test_reading_a_page_twice_yields_the_same(page: InventedPage) -> None:
    assert parse_map_stats(page.html, page.mapstatsid) == parse_map_stats(page.html, page.mapstatsid)


def test_the_parser_has_a_version() -> None:
    assert MAP_STATS_PARSER_VERSION >= 1


# Pages beside the project


def test_a_composed_page_yields_the_expected_rows(composed_map: int, shared_pages: Path) -> None:
    composed = shared_pages / "composed"
    expected = json.loads((composed / f"expected/{composed_map}.json").read_text())
    expected["tables"] = expected_tables(shared_pages, composed_map)
    (map_row,) = expected["tables"]["map_stats"]
    map_row["played_at"] = datetime.fromtimestamp(expected["played_at_unix_ms"] / 1000, UTC)
    body = gzip.decompress((composed / f"mapstats/{composed_map}.html.gz").read_bytes())
    read = parse_map_stats(body, composed_map)
    assert read.match_id == expected["match_id"]
    assert rows_of(read) == keyed(expected["tables"])
    assert parse_map_stats(body.decode(), composed_map) == read
    assert_agrees_with_itself(read)


def test_a_composed_page_of_another_kind_is_no_map_page(composed_map: int, shared_pages: Path) -> None:
    for kind in ("performance", "economy"):
        path = shared_pages / f"composed/{kind}/{composed_map}.html.gz"
        if path.exists():
            with pytest.raises(Exception, match=str(Outcome.WRONG_KIND)):
                parse_map_stats(read_gzip(path), composed_map)


def test_a_real_page_yields_what_a_second_reader_finds_in_it(real_map: int, shared_pages: Path) -> None:
    html = read_gzip(shared_pages / f"real/mapstats/{real_map}.html.gz")
    read = parse_map_stats(html, real_map)
    assert rows_of(read) == read_plainly(html)
    assert read.map_stats.mapstatsid == real_map


def test_a_real_page_is_read_completely(real_map: int, shared_pages: Path) -> None:
    html = read_gzip(shared_pages / f"real/mapstats/{real_map}.html.gz")
    read = parse_map_stats(html.encode(), real_map)
    assert_agrees_with_itself(read)
    assert len(read.player_stats) == 10
    assert read.map_stats.event_name
    assert read.map_stats.played_at.year in range(2012, 2031)
    ratings = [line.rating for line in read.player_stats if line.rating is not None]
    assert len(ratings) == 10
    team_ratings = (read.map_stats.team_left_rating, read.map_stats.team_right_rating)
    for team_id, rating in zip((read.map_stats.team_left_id, read.map_stats.team_right_id), team_ratings, strict=True):
        of_team = [line.rating for line in read.player_stats if line.team_id == team_id and line.rating is not None]
        assert rating == pytest.approx(sum(of_team) / len(of_team), abs=0.02)
    assert sum(line.opening_kills or 0 for line in read.player_stats) == len(read.round_history)


def test_a_real_page_of_another_kind_or_map_is_refused(real_map: int, shared_pages: Path) -> None:
    html = read_gzip(shared_pages / f"real/mapstats/{real_map}.html.gz")
    assert_refused(html, Outcome.WRONG_PAGE, str(real_map))
    for kind in ("match", "performance", "results"):
        smallest = min((shared_pages / "real" / kind).glob("*.html.gz"), key=lambda path: path.stat().st_size)
        assert_refused(read_gzip(smallest), Outcome.WRONG_KIND)


@pytest.mark.parametrize("layout_and_version", [(Layout.UNTIL_2024, "2.0"), (Layout.UNTIL_2024, "2.1")])
@pytest.mark.parametrize("overtimes", [0, 1, 2])
def test_the_second_reader_finds_the_facts_of_invented_pages_too(
    layout_and_version: tuple[Layout, str], overtimes: int
) -> None:
    page = plain_page(*layout_and_version, overtimes=overtimes)
    assert read_plainly(page.html) == page.rows
