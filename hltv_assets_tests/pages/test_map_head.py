"""The head of a map page: what it must say, in which form, and that its scores fit together."""

import pytest

from hltv_assets.pages import Outcome, parse_map_stats
from hltv_assets.pages.records import MapStats
from hltv_assets_tests.pages.breakdowns import breakdown, moved
from hltv_assets_tests.pages.damage import PageEditor, one_in, replaced, set_attribute, write
from hltv_assets_tests.pages.invented_pages import LEFT_NAME, RIGHT_NAME, InventedPage
from hltv_assets_tests.pages.refusals import assert_refused, refusal
from testkit.invented.score_shape import RoundsWon

TEAM_BOXES = ["team-left", "team-right"]
LABELS = ["Breakdown", "Team rating", "First kills", "Clutches won"]
EVENT = ".match-info-box > a"


def head_of(html: str, page: InventedPage) -> MapStats:
    return parse_map_stats(html, page.mapstatsid).map_stats


def with_breakdown(page: InventedPage, html: str) -> str:
    editor = PageEditor(page.html)
    editor.set_info("Breakdown", html)
    return editor.html


# Teams


@pytest.mark.parametrize("box", TEAM_BOXES)
def test_a_missing_team_is_an_error_that_names_its_box(box: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.drop(f".match-info-box .{box}")
    assert_refused(editor.html, Outcome.PARSE_ERROR, box)


@pytest.mark.parametrize("box", TEAM_BOXES)
def test_a_team_without_its_link_is_an_error_that_names_its_box(box: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.drop(f".match-info-box .{box} a")
    assert_refused(editor.html, Outcome.PARSE_ERROR, box)


@pytest.mark.parametrize("box", TEAM_BOXES)
@pytest.mark.parametrize("href", ["", "/stats/teams/x/y", "/stats/teams/0/y", "/stats/players/5/y", "/team/5/y"])
def test_a_team_whose_link_holds_no_id_is_an_error_that_names_its_box(box: str, href: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    set_attribute(editor.one(f".match-info-box .{box} a"), "href", href)
    assert_refused(editor.html, Outcome.PARSE_ERROR, box)


@pytest.mark.parametrize("box", TEAM_BOXES)
def test_a_team_without_a_name_is_an_error_that_names_its_box(box: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    write(editor.one(f".match-info-box .{box} a"), " ")
    assert_refused(editor.html, Outcome.PARSE_ERROR, box)


@pytest.mark.parametrize("box", TEAM_BOXES)
def test_a_team_without_its_rounds_is_an_error_that_names_its_box(box: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.drop(f".match-info-box .{box} .bold")
    assert_refused(editor.html, Outcome.PARSE_ERROR, box)


@pytest.mark.parametrize("box", TEAM_BOXES)
@pytest.mark.parametrize("rounds", ["", "-", "ab", "1.5", "-3", "13 : 8"])
def test_rounds_that_are_no_number_are_an_error_that_names_the_box(box: str, rounds: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    write(editor.one(f".match-info-box .{box} .bold"), rounds)
    assert_refused(editor.html, Outcome.PARSE_ERROR, box)


def test_two_teams_of_one_name_cannot_be_told_apart(page: InventedPage) -> None:
    html = replaced(page.html, RIGHT_NAME, LEFT_NAME)
    assert_refused(html, Outcome.INCONSISTENT, "both teams", LEFT_NAME)


def test_a_team_that_plays_itself_is_refused(page: InventedPage) -> None:
    left, right = (f"/stats/teams/{sheet.team.team_id}/" for sheet in page.facts.teams)
    assert_refused(replaced(page.html, right, left), Outcome.INCONSISTENT, "both teams")


# Event, map, time, match


def test_a_missing_info_box_is_an_error_that_names_it(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.drop(".match-info-box")
    assert_refused(editor.html, Outcome.PARSE_ERROR, ".match-info-box")


def test_a_missing_event_is_an_error(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.drop(EVENT)
    assert_refused(editor.html, Outcome.PARSE_ERROR, ".match-info-box")


@pytest.mark.parametrize(
    "href", ["", "/stats", "/stats?event=x", "/stats?event=", "/events/5/y", "/stats/teams?event=5"]
)
def test_an_event_whose_link_holds_no_id_is_an_error_that_names_it(href: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    set_attribute(editor.one(EVENT), "href", href)
    assert_refused(editor.html, Outcome.PARSE_ERROR, "event")


def test_an_event_without_a_name_is_an_error_that_names_it(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    write(editor.one(EVENT), "")
    assert_refused(editor.html, Outcome.PARSE_ERROR, "event")


def test_a_missing_map_name_is_an_error_that_names_it(page: InventedPage) -> None:
    html = replaced(page.html, f"</div>\n{page.facts.map_name}\n<div", "</div>\n<div", times=1)
    assert_refused(html, Outcome.PARSE_ERROR, ".match-info-box", "map's name")


def test_a_second_bare_text_leaves_the_map_in_doubt(page: InventedPage) -> None:
    html = replaced(page.html, '<div class="team-right">', 'Elsewhere<div class="team-right">', times=1)
    assert_refused(html, Outcome.PARSE_ERROR, ".match-info-box", "map's name")


def test_a_map_name_of_several_words_is_read_whole(page: InventedPage) -> None:
    html = replaced(page.html, f"</div>\n{page.facts.map_name}\n", "</div>\n  Old   Teahouse &amp; Co\n", times=1)
    assert head_of(html, page).map_name == "Old Teahouse & Co"


def test_a_missing_time_is_an_error_that_names_its_attribute(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.drop(".match-info-box [data-unix]")
    assert_refused(editor.html, Outcome.PARSE_ERROR, "data-unix")


@pytest.mark.parametrize(
    "stamp", ["", "0", "x", "2025-09-06", "1757169000", "-757169000000", "1757169000000.5", "9" * 14]
)
def test_a_time_that_is_not_in_milliseconds_is_an_error_that_names_its_attribute(
    stamp: str, page: InventedPage
) -> None:
    editor = PageEditor(page.html)
    set_attribute(editor.one(".match-info-box [data-unix]"), "data-unix", stamp)
    assert_refused(editor.html, Outcome.PARSE_ERROR, "data-unix")


def test_the_time_is_that_of_the_attribute_not_of_the_text_that_a_script_wrote(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    write(editor.one(".match-info-box [data-unix]"), "2001-01-01 00:00")
    assert head_of(editor.html, page).played_at == page.facts.played_at


def test_a_missing_match_link_is_an_error_that_names_it(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.drop(".match-page-link")
    assert_refused(editor.html, Outcome.PARSE_ERROR, "a.match-page-link")


def test_two_different_match_links_are_an_error(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    other = editor.one(".match-page-link").clone()
    set_attribute(other, "href", f"/matches/{page.facts.match_id + 1}/x")
    editor.one(".match-page-link").insert_after(other)
    assert_refused(editor.html, Outcome.PARSE_ERROR, "a.match-page-link")


def test_the_match_link_may_stand_there_twice(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.one(".match-page-link").insert_after(editor.one(".match-page-link").clone())
    assert page.rows_when_edited(editor.html) == page.rows


@pytest.mark.parametrize(
    "href", ["", "/", "/matches", "/matches/x/y", "/stats/matches/5/y", "https://[broken/matches/5/y"]
)
def test_a_match_link_that_leads_elsewhere_is_an_error(href: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    set_attribute(editor.one(".match-page-link"), "href", href)
    assert_refused(editor.html, Outcome.PARSE_ERROR, "a.match-page-link")


# The four rows


@pytest.mark.parametrize("label", LABELS)
def test_a_missing_row_is_an_error_that_names_it(label: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.info_row(label).decompose()
    assert_refused(editor.html, Outcome.PARSE_ERROR, label)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("text", ["", "x", "12", "12 : ", "ab : cd", "12 - 9", "null"])
def test_a_row_that_is_unreadable_is_an_error_that_names_it(label: str, text: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.set_info(label, text)
    error = refusal(editor.html)
    assert error.reason is Outcome.PARSE_ERROR
    assert label.lower() in error.message.lower()


@pytest.mark.parametrize("label", LABELS)
def test_a_row_that_stands_there_twice_is_an_error_that_names_it(label: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    row = editor.info_row(label)
    row.insert_after(row.clone())
    assert_refused(editor.html, Outcome.PARSE_ERROR, label)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("part", [".bold", ".right"])
def test_a_row_without_its_label_or_value_is_an_error(label: str, part: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    one_in(editor.info_row(label), part).decompose()
    assert_refused(editor.html, Outcome.PARSE_ERROR)


def test_a_row_of_another_label_is_read_past(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    row = editor.info_row("Clutches won").clone()
    write(one_in(row, ".bold"), "Tea drunk")
    editor.info_row("Clutches won").insert_after(row)
    assert page.rows_when_edited(editor.html) == page.rows


def test_a_dash_in_a_row_is_no_number(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.set_info("Team rating", "- : 1.02")
    editor.set_info("First kills", "-")
    editor.set_info("Clutches won", "3 : -")
    head = head_of(editor.html, page)
    assert (head.team_left_rating, head.team_right_rating) == (None, 1.02)
    assert (head.team_left_first_kills, head.team_right_first_kills) == (None, None)
    assert (head.team_left_clutches, head.team_right_clutches) == (3, None)


@pytest.mark.parametrize("label", ["Team rating", "Team rating 3.0", "Team  rating\n2.1"])
def test_the_label_of_the_team_rating_may_state_a_version(label: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    write(one_in(editor.info_row("Team rating"), ".bold"), f" {label} ")
    assert page.rows_when_edited(editor.html) == page.rows


@pytest.mark.parametrize("label", ["Team rating x", "Team rating 30", "Team", "Rating 3.0", "Team rating ٣.٠"])
def test_a_row_that_is_nearly_the_team_rating_is_not_taken_for_it(label: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    write(one_in(editor.info_row("Team rating"), ".bold"), label)
    assert_refused(editor.html, Outcome.PARSE_ERROR, "Team rating")


# The score by halves


def test_the_score_by_halves_without_a_side_is_an_error(page: InventedPage) -> None:
    html = replaced(breakdown(page.facts), 'class="ct-color"', 'class="color"', times=2)
    assert_refused(with_breakdown(page, html), Outcome.PARSE_ERROR, "Breakdown")


def test_a_breakdown_with_one_half_only_is_an_error(page: InventedPage) -> None:
    html = breakdown(page.facts)
    assert_refused(with_breakdown(page, html[: html.rindex(" ( ")]), Outcome.PARSE_ERROR, "Breakdown")


def test_teams_that_do_not_swap_sides_after_the_half_are_refused(page: InventedPage) -> None:
    first, second = breakdown(page.facts).split(" ) ( ")
    swapped = second.replace("ct-color", "x").replace("t-color", "ct-color").replace("x", "t-color")
    assert_refused(with_breakdown(page, f"{first} ) ( {swapped}"), Outcome.INCONSISTENT, "Breakdown", "swap sides")


def test_teams_on_the_same_side_are_refused(page: InventedPage) -> None:
    html = breakdown(page.facts).replace("ct-color", "t-color")
    assert_refused(with_breakdown(page, html), Outcome.INCONSISTENT, "Breakdown")


@pytest.mark.parametrize(("left", "right"), [(1, 0), (0, -1)])
def test_a_breakdown_whose_score_is_not_that_of_the_teams_is_refused(left: int, right: int, page: InventedPage) -> None:
    final = moved(page.facts.score.final, left, right)
    html = with_breakdown(page, breakdown(page.facts, final=final))
    assert_refused(html, Outcome.INCONSISTENT, "breakdown", f"{final.left}:{final.right}")


@pytest.mark.parametrize("half", ["first_half", "second_half"])
@pytest.mark.parametrize(("left", "right"), [(1, 0), (0, 1), (1, -1)])
def test_halves_that_do_not_make_the_score_are_refused(half: str, left: int, right: int, page: InventedPage) -> None:
    changed = moved(getattr(page.facts.score, half), left, right)
    html = with_breakdown(page, breakdown(page.facts, **{half: changed}))
    final = page.facts.score.final
    assert_refused(html, Outcome.INCONSISTENT, "halves", f"{final.left}:{final.right}")


def test_overtime_that_does_not_make_the_score_is_refused(overtime_page: InventedPage) -> None:
    facts = overtime_page.facts
    for overtime in (RoundsWon(0, 0), moved(facts.score.overtime, 1, 0)):
        html = with_breakdown(overtime_page, breakdown(facts, overtime=overtime))
        assert_refused(html, Outcome.INCONSISTENT, "overtime")


def test_overtime_without_a_tie_in_regulation_is_refused(page: InventedPage) -> None:
    score = page.facts.score
    taken = (1, 0) if score.second_half.left else (0, 1)
    second_half = moved(score.second_half, -taken[0], -taken[1])
    html = with_breakdown(page, breakdown(page.facts, second_half=second_half, overtime=RoundsWon(*taken)))
    assert_refused(html, Outcome.INCONSISTENT, "overtime after")
