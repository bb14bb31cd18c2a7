"""The six scoreboards: every cell read or refused by name, every table the right team's, every line in agreement."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from selectolax.lexbor import LexborNode

from hltv_assets.pages import Outcome, parse_map_stats
from hltv_assets.pages.records import MapStatsPage, PlayerSideStats, PlayerStats
from hltv_assets_tests.pages.damage import (
    PageEditor,
    column_cells,
    in_letters,
    one_in,
    replaced,
    set_attribute,
    text_of,
    write,
    write_all,
)
from hltv_assets_tests.pages.invented_pages import LEFT_NAME, RIGHT_NAME, InventedPage, plain_page
from hltv_assets_tests.pages.refusals import assert_refused, refusal
from testkit.invented.facts import Layout, PlayerSheet

TABLES = ["totalstats", "ctstats", "tstats"]
SIDES = {"totalstats": None, "ctstats": "CT", "tstats": "T"}

# What a column says: the columns of the warehouse that are NULL if it says "-".
FIELDS_SINCE_2025 = {
    "st-opkd": ["opening_kills", "opening_deaths", "fk_diff"],
    "st-mks": ["multi_kills"],
    "st-kast": ["kast"],
    "st-clutches": ["clutch_wins"],
    "st-kills": ["kills", "hs_kills", "kd_diff"],
    "st-assists": ["assists", "flash_assists"],
    "st-deaths": ["deaths", "traded_deaths", "kd_diff"],
    "st-adr": ["adr"],
    "st-rating": ["rating", "rating_2", "rating_3"],
}
FIELDS_WITH_SWING = {"st-roundSwing": ["round_swing"]}
FIELDS_WITH_ECO = {
    "e:st-opkd": ["e_opening_kills", "e_opening_deaths", "e_fk_diff"],
    "e:st-kast": ["e_kast"],
    "e:st-kills": ["e_kills", "e_hs_kills", "e_kd_diff"],
    "e:st-deaths": ["e_deaths", "e_traded_deaths", "e_kd_diff"],
    "e:st-adr": ["e_adr"],
}
FIELDS_UNTIL_2024 = {
    "st-kills": ["kills", "hs_kills", "kd_diff"],
    "st-assists": ["assists", "flash_assists"],
    "st-deaths": ["deaths", "kd_diff"],
    "st-kdratio": ["kast"],
    "st-kddiff": [],
    "st-adr": ["adr"],
    "st-fkdiff": ["opening_kills", "opening_deaths", "fk_diff"],
    "st-rating": ["rating", "rating_2", "rating_3"],
}


class Place(NamedTuple):
    """A column of a look of the page, in one of the tables."""

    layout: Layout
    rating_version: str
    css_class: str
    column: str
    fields: Sequence[str]

    @property
    def page(self) -> InventedPage:
        """The page with that look."""
        return plain_page(self.layout, self.rating_version)

    @property
    def is_eco(self) -> bool:
        """Whether it is an eco-adjusted twin."""
        return self.column.startswith("e:")

    def __str__(self) -> str:
        return f"{self.layout.value} {self.rating_version} {self.css_class} {self.column}"


COLUMNS = [
    (Layout.SINCE_2025, "3.0", {**FIELDS_SINCE_2025, **FIELDS_WITH_SWING, **FIELDS_WITH_ECO}),
    (Layout.SINCE_2025, "2.1", {**FIELDS_SINCE_2025, **FIELDS_WITH_ECO}),
    (Layout.UNTIL_2024, "2.0", FIELDS_UNTIL_2024),
]
# All three tables are read by one function: each column of each look is damaged in one of them, in turn.
EACH_COLUMN = [
    Place(layout, version, TABLES[number % len(TABLES)], column, fields)
    for layout, version, columns in COLUMNS
    for number, (column, fields) in enumerate(columns.items())
]
EACH_PLAIN_COLUMN = [place for place in EACH_COLUMN if not place.is_eco]
EACH_ECO_COLUMN = [place for place in EACH_COLUMN if place.is_eco]
EACH_COLUMN_OF_NUMBERS = [place for place in EACH_COLUMN if not (place.is_eco and place.rating_version == "2.1")]
NOT_NUMBERS = ["", "1,5", "14 (9"]


def a_player(page: InventedPage) -> PlayerSheet:
    """A player neither first nor last in his team's tables."""
    return page.facts.right.players[2]


def nick(page: InventedPage) -> str:
    return a_player(page).player.name


def cells_at(editor: PageEditor, place: Place) -> list[LexborNode]:
    return editor.cells(place.css_class, RIGHT_NAME, nick(place.page), place.column)


def read(page: InventedPage, html: str) -> MapStatsPage:
    return parse_map_stats(html, page.mapstatsid)


def line_of(read_page: MapStatsPage, player_id: int, side: str | None) -> PlayerStats:
    lines: Sequence[PlayerStats] = read_page.player_stats
    if side is not None:
        lines = [line for line in read_page.player_side_stats if line.side == side]
    (line,) = [line for line in lines if line.player_id == player_id]
    return line


def table_key(place: Place) -> tuple[str, tuple[object, ...]]:
    """The table and the key of the row that a place's player has."""
    page, side = place.page, SIDES[place.css_class]
    key = page.facts.match_id, a_player(page).player.player_id
    return ("player_stats", key) if side is None else ("player_side_stats", (*key, side))


def set_kills_and_headshots(editor: PageEditor, page: InventedPage, css_class: str, text: str) -> None:
    write_all(editor.cells(css_class, RIGHT_NAME, nick(page), "st-kills"), text)


# Cells


@pytest.mark.parametrize("place", EACH_COLUMN, ids=str)
def test_a_missing_cell_is_an_error_that_names_player_and_column(place: Place) -> None:
    editor = PageEditor(place.page.html)
    for cell in cells_at(editor, place):
        cell.decompose()
    assert_refused(editor.html, Outcome.PARSE_ERROR, nick(place.page), place.column)


@pytest.mark.parametrize("place", EACH_COLUMN_OF_NUMBERS, ids=str)
def test_letters_in_place_of_digits_are_an_error_that_names_player_side_and_column(place: Place) -> None:
    editor = PageEditor(place.page.html)
    for cell in cells_at(editor, place):
        cell.inner_html = in_letters(text_of(cell))
    side = SIDES[place.css_class] or "both sides"
    assert_refused(editor.html, Outcome.PARSE_ERROR, nick(place.page), f", {side}, {place.column}:")


@pytest.mark.parametrize("place", EACH_COLUMN, ids=str)
def test_a_text_that_is_no_number_is_an_error_that_names_player_and_column(place: Place) -> None:
    for text in NOT_NUMBERS:
        editor = PageEditor(place.page.html)
        write_all(cells_at(editor, place), text)
        assert_refused(editor.html, Outcome.PARSE_ERROR, nick(place.page), place.column)


@pytest.mark.parametrize("place", EACH_COLUMN_OF_NUMBERS, ids=str)
def test_a_dash_is_null_in_the_columns_that_the_cell_states_and_in_no_other(place: Place) -> None:
    page = place.page
    editor = PageEditor(page.html)
    write_all(cells_at(editor, place), "-")
    if place.layout is Layout.UNTIL_2024 and "kd_diff" in place.fields:
        write_all(editor.cells(place.css_class, RIGHT_NAME, nick(page), "st-kddiff"), "-")
    expected = page.rows
    table, key = table_key(place)
    expected[table][key] |= dict.fromkeys(place.fields)
    assert page.rows_when_edited(editor.html) == expected


@pytest.mark.parametrize("place", [place for place in EACH_ECO_COLUMN if place.rating_version == "3.0"], ids=str)
def test_null_in_an_eco_adjusted_twin_is_no_number(place: Place) -> None:
    page = place.page
    editor = PageEditor(page.html)
    write_all(cells_at(editor, place), "null")
    expected = page.rows
    table, key = table_key(place)
    expected[table][key] |= dict.fromkeys(place.fields)
    assert page.rows_when_edited(editor.html) == expected


@pytest.mark.parametrize("place", EACH_PLAIN_COLUMN, ids=str)
def test_null_in_a_plain_cell_is_an_error_that_names_player_and_column(place: Place) -> None:
    editor = PageEditor(place.page.html)
    write_all(cells_at(editor, place), "null")
    assert_refused(editor.html, Outcome.PARSE_ERROR, nick(place.page), place.column)


@pytest.mark.parametrize(
    ("column", "text", "fields"),
    [
        ("e:st-kills", "null (null)", {"e_kills": None, "e_hs_kills": None, "e_kd_diff": None}),
        ("e:st-deaths", "- (-)", {"e_deaths": None, "e_traded_deaths": None, "e_kd_diff": None}),
        ("e:st-opkd", "null : null", {"e_opening_kills": None, "e_opening_deaths": None, "e_fk_diff": None}),
        ("e:st-opkd", "2 : -", {"e_opening_kills": 2, "e_opening_deaths": None, "e_fk_diff": None}),
        ("st-opkd", "- : 2", {"opening_kills": None, "opening_deaths": 2, "fk_diff": None}),
        ("st-assists", "3 (-)", {"assists": 3, "flash_assists": None}),
        ("e:st-kast", "114.7%", {"e_kast": 114.7}),
        ("st-roundSwing", "-0.97%", {"round_swing": -0.97}),
        ("st-roundSwing", "0.00%", {"round_swing": 0.0}),
        ("st-adr", "0.0", {"adr": 0.0}),
        ("st-rating", "-0.05", {"rating": -0.05, "rating_3": -0.05}),
    ],
)
def test_each_number_of_a_cell_is_read_for_itself(
    column: str, text: str, fields: dict[str, float | None], new_page: InventedPage
) -> None:
    editor = PageEditor(new_page.html)
    write_all(editor.cells("totalstats", RIGHT_NAME, nick(new_page), column), text)
    line = line_of(read(new_page, editor.html), a_player(new_page).player.player_id, None)
    assert {name: getattr(line, name) for name in fields} == fields


@pytest.mark.parametrize("column", ["st-kast", "e:st-kast"])
def test_twins_for_desktop_and_smartphone_that_differ_are_an_error_that_names_them(
    column: str, new_page: InventedPage
) -> None:
    editor = PageEditor(new_page.html)
    _, phone = editor.cells("ctstats", RIGHT_NAME, nick(new_page), column)
    write(phone, "12.3%")
    assert_refused(editor.html, Outcome.INCONSISTENT, nick(new_page), column, "12.3%")


@pytest.mark.parametrize("index", [0, 1])
def test_one_of_two_equal_twins_is_enough(index: int, new_page: InventedPage) -> None:
    editor = PageEditor(new_page.html)
    editor.cells("ctstats", RIGHT_NAME, nick(new_page), "st-kast")[index].decompose()
    assert new_page.rows_when_edited(editor.html) == new_page.rows


@pytest.mark.parametrize("column", ["st-kills", "st-assists", "st-deaths"])
def test_a_part_that_the_header_announces_must_be_in_the_cell(column: str, new_page: InventedPage) -> None:
    editor = PageEditor(new_page.html)
    (cell,) = editor.cells("totalstats", RIGHT_NAME, nick(new_page), column)
    cell.css("span")[0].decompose()
    assert_refused(editor.html, Outcome.PARSE_ERROR, nick(new_page), column)


def test_a_part_that_the_header_does_not_announce_must_not_be_in_the_cell(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    header = editor.table("totalstats", RIGHT_NAME).css("thead th.st-kills:not(.eco-adjusted-data) span")
    header[0].decompose()
    assert_refused(editor.html, Outcome.PARSE_ERROR, RIGHT_NAME, "st-kills")


def test_a_part_that_neither_header_nor_cells_hold_is_null(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    for span in editor.all(".st-kills:not(.eco-adjusted-data) span"):
        span.decompose()
    lines = read(page, editor.html).player_stats
    assert [line.hs_kills for line in lines] == [None] * 10
    assert sorted((line.player_id, line.kills) for line in lines) == sorted(
        (sheet.player.player_id, sheet.both.kills) for team in page.facts.teams for sheet in team.players
    )


@pytest.mark.parametrize(
    "title",
    ["", "x", "2 first kills", "a first kills, b first deaths in a round", "-1 first kills, 2 first deaths in a round"],
)
def test_a_title_that_does_not_tell_the_opening_duels_is_an_error(title: str, old_page: InventedPage) -> None:
    editor = PageEditor(old_page.html)
    (cell,) = editor.cells("totalstats", RIGHT_NAME, nick(old_page), "st-fkdiff")
    set_attribute(cell, "title", title)
    assert_refused(editor.html, Outcome.PARSE_ERROR, nick(old_page), "st-fkdiff")


def test_one_first_kill_may_be_in_the_singular(old_page: InventedPage) -> None:
    editor = PageEditor(old_page.html)
    (cell,) = editor.cells("totalstats", RIGHT_NAME, nick(old_page), "st-fkdiff")
    set_attribute(cell, "title", "1 first kill, 1 first death in a round")
    write(cell, "0")
    line = line_of(read(old_page, editor.html), a_player(old_page).player.player_id, None)
    assert (line.opening_kills, line.opening_deaths, line.fk_diff) == (1, 1, 0)


# Columns


@pytest.mark.parametrize("place", EACH_COLUMN, ids=str)
def test_a_missing_header_is_an_error_that_names_team_and_column(place: Place) -> None:
    editor = PageEditor(place.page.html)
    for header in column_cells(one_in(editor.table(place.css_class, RIGHT_NAME), "thead tr"), place.column):
        header.decompose()
    assert_refused(editor.html, Outcome.PARSE_ERROR, RIGHT_NAME, place.column)


@pytest.mark.parametrize("place", EACH_COLUMN, ids=str)
def test_a_column_missing_from_a_whole_table_is_an_error_that_names_team_and_column(place: Place) -> None:
    editor = PageEditor(place.page.html)
    for row in editor.table(place.css_class, RIGHT_NAME).css("tr"):
        for cell in column_cells(row, place.column):
            cell.decompose()
    named = ".ratingDesc" if place.column == "st-rating" else place.column
    assert_refused(editor.html, Outcome.PARSE_ERROR, RIGHT_NAME, named)


def test_a_layout_without_eco_adjusted_columns_has_null_there(page_without_eco: InventedPage) -> None:
    editor = PageEditor(page_without_eco.html)
    editor.drop(".stats-table .eco-adjusted-data")
    assert page_without_eco.rows_when_edited(editor.html) == page_without_eco.rows


def test_rating_3_without_eco_adjusted_columns_is_refused(new_page: InventedPage) -> None:
    editor = PageEditor(new_page.html)
    editor.drop(".stats-table .eco-adjusted-data")
    assert_refused(editor.html, Outcome.PARSE_ERROR, LEFT_NAME, "e:st-kast")


def test_a_column_that_is_not_known_is_read_past(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    for row in editor.all(".stats-table tr"):
        cell = row.css(".st-rating")[0].clone()
        set_attribute(cell, "class", "st-teacups")
        write(cell, "lots")
        row.css(".st-rating")[0].insert_before(cell)
    assert page.rows_when_edited(editor.html) == page.rows


@pytest.mark.parametrize("classes", ["", "won", "st-kills st-deaths"])
def test_a_cell_of_no_column_or_of_two_is_refused(classes: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    for cell in editor.cells("totalstats", RIGHT_NAME, nick(page), "st-adr"):
        set_attribute(cell, "class", classes)
    assert_refused(editor.html, Outcome.PARSE_ERROR, nick(page), classes)


def test_a_teams_name_that_stands_in_an_eco_adjusted_column_is_an_error_that_names_the_column(
    page: InventedPage,
) -> None:
    editor = PageEditor(page.html)
    set_attribute(
        one_in(editor.table("totalstats", RIGHT_NAME), "th.st-teamname"), "class", "st-teamname eco-adjusted-data"
    )
    assert_refused(editor.html, Outcome.PARSE_ERROR, RIGHT_NAME, "e:st-teamname")


def test_columns_in_another_order_are_read_by_their_name(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    for row in editor.all(".stats-table tr"):
        for cell in reversed(row.css("th, td")):
            row.insert_child(cell, move=True)
    assert page.rows_when_edited(editor.html) == page.rows


def test_a_script_between_rows_is_no_row(page: InventedPage) -> None:
    html = page.html.replace("<tbody>", "<tbody><script>'</td>'</script>").replace(
        "</thead>", "<script></script></thead>"
    )
    assert html.count("<script>") >= 12
    assert page.rows_when_edited(html) == page.rows


def test_a_comment_between_cells_is_no_cell(page: InventedPage) -> None:
    html = replaced(page.html, '<td class="st-rating', '<!-- advert --><td class="st-rating')
    assert page.rows_when_edited(html) == page.rows


# Versions of the rating


@pytest.mark.parametrize("text", ["", "x", "3", "30", "3.0.1", "v3.0", "٣.٠"])
def test_a_rating_version_that_is_none_is_an_error_that_names_the_team(text: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    write(one_in(editor.table("totalstats", RIGHT_NAME), ".ratingDesc"), text)
    assert_refused(editor.html, Outcome.PARSE_ERROR, RIGHT_NAME)


def test_a_missing_rating_version_is_an_error_that_names_the_team(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    one_in(editor.table("totalstats", RIGHT_NAME), ".ratingDesc").decompose()
    assert_refused(editor.html, Outcome.PARSE_ERROR, RIGHT_NAME, ".ratingDesc")


def test_tables_of_different_rating_versions_are_refused(old_page: InventedPage) -> None:
    editor = PageEditor(old_page.html)
    write(one_in(editor.table("tstats", RIGHT_NAME), ".ratingDesc"), "2.1")
    assert_refused(editor.html, Outcome.INCONSISTENT, "2.0", "2.1")


@pytest.mark.parametrize("version", ["1.0", "2.1", "4.0"])
def test_a_rating_is_repeated_only_in_the_column_of_its_own_version(version: str, old_page: InventedPage) -> None:
    editor = PageEditor(old_page.html)
    for element in editor.all(".ratingDesc"):
        write(element, version)
    for line in read(old_page, editor.html).player_stats:
        assert line.rating is not None
        assert line.rating_version == version
        assert line.rating_2 == (line.rating if version == "2.1" else None)
        assert line.rating_3 is None


# Whose tables


@pytest.mark.parametrize("team", [LEFT_NAME, RIGHT_NAME])
def test_a_page_with_the_tables_of_one_team_only_is_incomplete(team: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    for css_class in TABLES:
        editor.table(css_class, team).decompose()
    assert_refused(editor.html, Outcome.INCOMPLETE, team)


@pytest.mark.parametrize("team", [LEFT_NAME, RIGHT_NAME])
@pytest.mark.parametrize("css_class", TABLES)
def test_a_missing_table_is_incomplete_and_named(css_class: str, team: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.table(css_class, team).decompose()
    assert_refused(editor.html, Outcome.INCOMPLETE, css_class, team)


@pytest.mark.parametrize("css_class", TABLES)
def test_a_table_without_players_is_incomplete_and_named(css_class: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    for row in editor.table(css_class, RIGHT_NAME).css("tbody tr"):
        row.decompose()
    assert_refused(editor.html, Outcome.INCOMPLETE, css_class, RIGHT_NAME)


def test_a_page_without_any_scoreboard_is_incomplete(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.drop("table")
    assert_refused(editor.html, Outcome.INCOMPLETE, "scoreboard")


def test_tables_in_any_order_are_found_by_the_teams_name(page: InventedPage) -> None:
    table = re.compile("<table.*?</table>", re.DOTALL)
    tables = table.findall(page.html)
    assert len(tables) == 6
    for order in ([3, 4, 5, 0, 1, 2], [5, 4, 3, 2, 1, 0], [0, 3, 1, 4, 2, 5]):
        between = iter(table.split(page.html))
        html = next(between) + "".join(tables[index] + next(between) for index in order)
        assert html != page.html
        assert page.rows_when_edited(html) == page.rows


def test_a_table_without_the_class_of_all_tables_is_read_too(page: InventedPage) -> None:
    html = replaced(page.html, "stats-table totalstats", "totalstats", times=2)
    assert page.rows_when_edited(html) == page.rows


@pytest.mark.parametrize("css_class", TABLES)
def test_a_scoreboard_of_a_foreign_team_is_refused_and_the_team_named(css_class: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    one_in(editor.table(css_class, RIGHT_NAME), ".st-teamname").inner_html = "Some Others"
    assert_refused(editor.html, Outcome.INCONSISTENT, "Some Others")


def test_a_name_that_only_resembles_the_teams_is_foreign(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    one_in(editor.table("totalstats", RIGHT_NAME), ".st-teamname").inner_html = RIGHT_NAME.upper()
    assert_refused(editor.html, Outcome.INCONSISTENT, RIGHT_NAME.upper())


@pytest.mark.parametrize("css_class", TABLES)
def test_two_tables_of_one_team_are_refused_and_named(css_class: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    one_in(editor.table(css_class, RIGHT_NAME), ".st-teamname").inner_html = LEFT_NAME
    assert_refused(editor.html, Outcome.INCONSISTENT, css_class, LEFT_NAME)


def test_a_table_without_a_teams_name_is_an_error(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    one_in(editor.table("totalstats", RIGHT_NAME), ".st-teamname").decompose()
    assert_refused(editor.html, Outcome.PARSE_ERROR, "st-teamname")


def test_a_table_without_a_header_is_an_error(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    one_in(editor.table("totalstats", RIGHT_NAME), "thead").decompose()
    assert_refused(editor.html, Outcome.PARSE_ERROR, "thead")


# Players


@pytest.mark.parametrize("href", ["", "/stats/players/x/y", "/stats/players/0/y", "/stats/teams/5/y", "/player/5/y"])
def test_a_player_whose_link_holds_no_id_is_an_error_that_names_the_team(href: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    set_attribute(one_in(editor.row("totalstats", RIGHT_NAME, nick(page)), ".st-player a"), "href", href)
    assert_refused(editor.html, Outcome.PARSE_ERROR, RIGHT_NAME)


def test_a_player_without_a_name_is_an_error_that_names_team_and_id(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    write(one_in(editor.row("totalstats", RIGHT_NAME, nick(page)), ".st-player a"), "")
    assert_refused(editor.html, Outcome.PARSE_ERROR, RIGHT_NAME, str(a_player(page).player.player_id))


def test_a_row_without_a_player_is_an_error_that_names_the_team(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    one_in(editor.row("totalstats", RIGHT_NAME, nick(page)), ".st-player").decompose()
    assert_refused(editor.html, Outcome.PARSE_ERROR, RIGHT_NAME, "st-player")


@pytest.mark.parametrize(
    "more", ["<table><thead><tr><th>1</th></tr></thead></table>", "<div><table><tr><td>1</td></tr></table></div>"]
)
def test_a_table_in_a_cell_is_an_error_since_nobody_reads_its_rows(more: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    cell = one_in(editor.row("totalstats", RIGHT_NAME, nick(page)), ".st-player")
    cell.inner_html = f"{cell.inner_html}{more}"
    assert_refused(editor.html, Outcome.PARSE_ERROR, RIGHT_NAME, "a table", "st-player")


@pytest.mark.parametrize("classes", ["st-player st-x", "st-x st-player eco-adjusted-data"])
def test_a_players_cell_of_two_columns_is_an_error_that_names_their_classes(classes: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    set_attribute(one_in(editor.row("totalstats", RIGHT_NAME, nick(page)), ".st-player"), "class", classes)
    assert_refused(editor.html, Outcome.PARSE_ERROR, RIGHT_NAME, classes)


def test_a_players_cell_that_is_eco_adjusted_is_an_error(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    cell = one_in(editor.row("totalstats", RIGHT_NAME, nick(page)), ".st-player")
    set_attribute(cell, "class", "st-player eco-adjusted-data")
    assert_refused(editor.html, Outcome.PARSE_ERROR, RIGHT_NAME, "td.st-player a")


@pytest.mark.parametrize("css_class", TABLES)
def test_a_player_missing_from_one_table_is_an_error_that_names_him(css_class: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.row(css_class, RIGHT_NAME, nick(page)).decompose()
    assert_refused(editor.html, Outcome.INCONSISTENT, nick(page))


@pytest.mark.parametrize("css_class", TABLES)
def test_a_player_who_stands_twice_in_a_table_is_an_error_that_names_him(css_class: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    row = editor.row(css_class, RIGHT_NAME, nick(page))
    row.insert_after(row.clone())
    assert_refused(editor.html, Outcome.INCONSISTENT, nick(page), "twice")


def test_a_player_in_both_teams_is_an_error_that_names_him(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    row = editor.row("totalstats", RIGHT_NAME, nick(page))
    one_in(editor.table("totalstats", LEFT_NAME), "tbody").insert_child(row.clone())
    assert_refused(editor.html, Outcome.INCONSISTENT, nick(page))


def test_a_player_in_the_other_teams_side_table_is_an_error_that_names_him(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    row = editor.row("ctstats", RIGHT_NAME, nick(page))
    one_in(editor.table("ctstats", LEFT_NAME), "tbody").insert_child(row, move=True)
    assert_refused(editor.html, Outcome.INCONSISTENT, nick(page), "both teams")


# Numbers in agreement


@pytest.mark.parametrize("column", ["st-kills", "st-deaths"])
@pytest.mark.parametrize("css_class", TABLES)
def test_ct_and_t_that_do_not_make_both_are_an_error_that_names_the_player(
    css_class: str, column: str, new_page: InventedPage
) -> None:
    editor = PageEditor(new_page.html)
    write_all(editor.cells(css_class, RIGHT_NAME, nick(new_page), column), "77 (0)")
    error = refusal(editor.html)
    assert error.reason is Outcome.INCONSISTENT
    for name in (nick(new_page), column.removeprefix("st-"), "77"):
        assert name in error.message
    assert [len(error.rows[table]) for table in ("player_stats", "player_side_stats")] == [1, 2]


def test_a_side_without_a_number_is_not_compared(new_page: InventedPage) -> None:
    editor = PageEditor(new_page.html)
    write_all(editor.cells("ctstats", RIGHT_NAME, nick(new_page), "st-kills"), "-")
    line = line_of(read(new_page, editor.html), a_player(new_page).player.player_id, "CT")
    assert (line.kills, line.hs_kills, line.kd_diff) == (None, None, None)


@pytest.mark.parametrize("css_class", TABLES)
def test_more_headshots_than_kills_are_an_error_that_names_the_player(css_class: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    (cell,) = editor.cells(css_class, RIGHT_NAME, nick(page), "st-kills")
    kills = text_of(cell).split()[0].split("(")[0]
    write(cell, f"{kills} ({int(kills) + 1})")
    assert_refused(editor.html, Outcome.INCONSISTENT, nick(page), "headshots", kills)


def test_more_traded_deaths_than_deaths_are_an_error_that_names_the_player(new_page: InventedPage) -> None:
    editor = PageEditor(new_page.html)
    write_all(editor.cells("totalstats", RIGHT_NAME, nick(new_page), "st-deaths"), "3 (4)")
    assert_refused(editor.html, Outcome.INCONSISTENT, nick(new_page), "traded deaths")


@pytest.mark.parametrize("css_class", TABLES)
def test_a_refused_line_is_handed_over_under_the_table_that_it_belongs_to(
    css_class: str, new_page: InventedPage
) -> None:
    editor = PageEditor(new_page.html)
    set_kills_and_headshots(editor, new_page, css_class, "3 (4)")
    rows = refusal(editor.html).rows
    table = "player_stats" if css_class == "totalstats" else "player_side_stats"
    assert list(rows) == [table]
    (row,) = rows[table]
    assert isinstance(row, PlayerSideStats if table == "player_side_stats" else PlayerStats)
    assert row.player_id == a_player(new_page).player.player_id


@pytest.mark.parametrize("text", ["100.1%", "-0.1%", "866.7%"])
def test_kast_outside_of_0_to_100_is_an_error_that_names_the_player(text: str, page: InventedPage) -> None:
    column = "st-kdratio" if page.facts.layout is Layout.UNTIL_2024 else "st-kast"
    editor = PageEditor(page.html)
    write_all(editor.cells("totalstats", RIGHT_NAME, nick(page), column), text)
    assert_refused(editor.html, Outcome.INCONSISTENT, nick(page), "KAST")


@pytest.mark.parametrize("column", ["st-kddiff", "st-fkdiff"])
@pytest.mark.parametrize("css_class", TABLES)
def test_a_difference_printed_wrong_is_an_error_that_names_player_and_column(
    css_class: str, column: str, old_page: InventedPage
) -> None:
    editor = PageEditor(old_page.html)
    (cell,) = editor.cells(css_class, RIGHT_NAME, nick(old_page), column)
    write(cell, f"{int(text_of(cell)) + 1:+}")
    assert_refused(editor.html, Outcome.INCONSISTENT, nick(old_page), column)


def test_a_difference_printed_for_a_number_that_is_not_there_is_refused(old_page: InventedPage) -> None:
    editor = PageEditor(old_page.html)
    set_kills_and_headshots(editor, old_page, "totalstats", "-")
    assert_refused(editor.html, Outcome.INCONSISTENT, nick(old_page), "st-kddiff")


# Other numbers of players than five per team


def test_a_sixth_player_is_read_with_a_warning(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    player = a_player(page).player
    for css_class in TABLES:
        row = editor.row(css_class, RIGHT_NAME, nick(page))
        sixth = row.clone()
        (link,) = sixth.css(".st-player a")
        set_attribute(link, "href", "/stats/players/999999/sixth")
        write(link, "sixth")
        row.insert_after(sixth)
    read_page = read(page, editor.html)
    assert f"{RIGHT_NAME} has 6 players" in read_page.warnings
    assert not any(LEFT_NAME in warning for warning in read_page.warnings)
    assert len(read_page.player_stats) == 11
    assert len(read_page.player_side_stats) == 22
    assert fields_but_name(line_of(read_page, 999999, None)) == fields_but_name(
        line_of(read_page, player.player_id, None)
    )


def fields_but_name(line: PlayerStats) -> dict[str, Any]:
    return {name: getattr(line, name) for name in line.__struct_fields__ if name not in {"player_id", "player_name"}}


def test_two_against_two_are_read_with_a_warning_for_each_team(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    kept = {sheet.player.player_id for team in page.facts.teams for sheet in team.players[:2]}
    for team in page.facts.teams:
        for css_class in TABLES:
            for sheet in team.players[2:]:
                editor.row(css_class, team.team.name, sheet.player.name).decompose()
    read_page = read(page, editor.html)
    for name in (LEFT_NAME, RIGHT_NAME):
        assert f"{name} has 2 players" in read_page.warnings
    assert {line.player_id for line in read_page.player_stats} == kept
    assert len(read_page.player_side_stats) == 8
