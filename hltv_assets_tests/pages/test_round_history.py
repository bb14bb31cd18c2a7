"""The round history: who won each round and how, in every shape of blocks, and what makes it a wrong history."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
from selectolax.lexbor import LexborNode

from hltv_assets.pages import Outcome, parse_map_stats
from hltv_assets_tests.pages.breakdowns import breakdown, moved
from hltv_assets_tests.pages.damage import PageEditor, replaced, set_attribute, set_icon, write
from hltv_assets_tests.pages.invented_pages import LEFT_NAME, RIGHT_NAME, InventedPage, plain_page
from hltv_assets_tests.pages.refusals import assert_refused, refusal
from hltv_assets_tests.pages.rows import rows_of
from testkit.invented.facts import Layout
from testkit.invented.score_shape import Seat, Side

BLOCK = ".round-history-con"
TEAM_ROW = ".round-history-team-row"
ICON = "img.round-history-outcome"
TEAM_IMAGE = "img.round-history-team"
EMPTY = '<img src="/img/static/scoreboard/emptyHistory.svg" class="round-history-outcome" title="">'
OTHER_SIDE = {
    "ct_win": "t_win",
    "stopwatch": "bomb_exploded",
    "bomb_defused": "bomb_exploded",
    "t_win": "ct_win",
    "bomb_exploded": "bomb_defused",
}


class Icons(NamedTuple):
    """Both icons of a round that was played."""

    winner: LexborNode
    loser: LexborNode

    @property
    def name(self) -> str:
        """The winner's icon."""
        return (self.winner.attributes["src"] or "").rsplit("/", 1)[1].removesuffix(".svg")


def played(editor: PageEditor) -> list[Icons]:
    """The icons of the rounds of all blocks, in order, without padding."""
    rounds = []
    for block in editor.all(BLOCK):
        left, right = (row.css(ICON) for row in block.css(TEAM_ROW))
        for pair in zip(left, right, strict=True):
            if has_title(pair[0]):
                rounds.append(Icons(*pair))
            elif has_title(pair[1]):
                rounds.append(Icons(*pair[::-1]))
    return rounds


def has_title(icon: LexborNode) -> bool:
    return bool(icon.attributes["title"])


def rows_by_block(editor: PageEditor) -> list[tuple[LexborNode, LexborNode]]:
    """The rows of the left and the right team in each block."""
    blocks = []
    for block in editor.all(BLOCK):
        left, right = block.css(TEAM_ROW)
        blocks.append((left, right))
    return blocks


def pad(rows: Sequence[LexborNode], slots: int) -> None:
    """Fill rows up with empty icons."""
    for row in rows:
        row.inner_html = (row.inner_html or "") + EMPTY * slots


def middle(page: InventedPage) -> int:
    """The index of a round in the middle of the first half."""
    return page.facts.score.half_length // 2


def set_score(editor: PageEditor, page: InventedPage, left: int, right: int) -> None:
    """Add rounds to the score wherever the head states it, as won in the second half."""
    score = page.facts.score
    final, second_half = moved(score.final, left, right), moved(score.second_half, left, right)
    write(editor.one(".match-info-box .team-left .bold"), str(final.left))
    write(editor.one(".match-info-box .team-right .bold"), str(final.right))
    editor.set_info("Breakdown", breakdown(page.facts, final=final, second_half=second_half))


# Shapes that are read


def without_blocks(editor: PageEditor) -> None:
    editor.drop(BLOCK)


def without_rows(editor: PageEditor) -> None:
    editor.drop(TEAM_ROW)


def with_empty_slots_only(editor: PageEditor) -> None:
    for row in editor.all(TEAM_ROW):
        for icon in row.css(ICON):
            icon.decompose()
    pad(editor.all(TEAM_ROW), 30)


@pytest.mark.parametrize("lose", [without_blocks, without_rows, with_empty_slots_only])
def test_a_map_of_rating_1_is_read_without_its_rounds_where_the_page_tells_of_none(
    lose: Callable[[PageEditor], None],
) -> None:
    page = plain_page(Layout.UNTIL_2024, "1.0")
    assert parse_map_stats(page.html, page.mapstatsid).warnings == ()
    editor = PageEditor(page.html)
    lose(editor)
    read = parse_map_stats(editor.html, page.mapstatsid)
    assert read.round_history == ()
    assert read.warnings == ("HLTV has no round history of this map",)
    assert rows_of(read) == page.rows | {"round_history": {}}


def test_a_map_of_rating_1_that_has_some_of_its_rounds_must_have_all() -> None:
    editor = PageEditor(plain_page(Layout.UNTIL_2024, "1.0").html)
    for row in editor.all(TEAM_ROW):
        for icon in row.css(ICON)[5:]:
            icon.decompose()
    assert_refused(editor.html, Outcome.INCONSISTENT, "round history ends")


def test_empty_slots_after_the_last_round_are_padding(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    pad(rows_by_block(editor)[0], 9)
    assert page.rows_when_edited(editor.html) == page.rows


def test_padding_before_and_after_overtime_is_no_round(overtime_page: InventedPage) -> None:
    editor = PageEditor(overtime_page.html)
    for rows in rows_by_block(editor):
        pad(rows, 6)
    assert overtime_page.rows_when_edited(editor.html) == overtime_page.rows


@pytest.mark.parametrize("fixture", ["overtime_page", "double_overtime_page"])
def test_overtime_in_the_block_of_regulation_is_read_equally(fixture: str, request: pytest.FixtureRequest) -> None:
    page: InventedPage = request.getfixturevalue(fixture)
    editor = PageEditor(page.html)
    regulation, overtime = rows_by_block(editor)
    for into, out_of in zip(regulation, overtime, strict=True):
        for icon in out_of.css(ICON):
            into.insert_child(icon, move=True)
    editor.all(BLOCK)[1].decompose()
    assert len(editor.all(BLOCK)) == 1
    assert page.rows_when_edited(editor.html) == page.rows
    assert any(row["is_overtime"] for row in page.rows["round_history"].values())


def test_two_overtimes_in_a_block_each_are_read_equally(double_overtime_page: InventedPage) -> None:
    editor = PageEditor(double_overtime_page.html)
    overtime = editor.all(BLOCK)[1]
    second = overtime.clone()
    for row in overtime.css(TEAM_ROW):
        for icon in row.css(ICON)[6:]:
            icon.decompose()
    for row in second.css(TEAM_ROW):
        for icon in row.css(ICON)[:6]:
            icon.decompose()
    overtime.insert_after(second)
    assert len(editor.all(BLOCK)) == 3
    assert double_overtime_page.rows_when_edited(editor.html) == double_overtime_page.rows


def test_rounds_are_overtime_after_the_rounds_that_the_halves_hold(double_overtime_page: InventedPage) -> None:
    rounds = parse_map_stats(double_overtime_page.html, double_overtime_page.mapstatsid).round_history
    regulation = 2 * double_overtime_page.facts.score.half_length
    assert [one.is_overtime for one in rounds] == [number > regulation for number in range(1, len(rounds) + 1)]
    assert len(rounds) > regulation + 6


def test_rows_in_the_other_order_are_told_apart_by_the_teams_name(overtime_page: InventedPage) -> None:
    editor = PageEditor(overtime_page.html)
    for left, right in rows_by_block(editor):
        right.insert_after(left, move=True)
    assert overtime_page.rows_when_edited(editor.html) == overtime_page.rows


def test_a_team_with_one_logo_and_one_with_two_are_both_known(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    for left, right in rows_by_block(editor):
        left.css(TEAM_IMAGE)[0].insert_after(left.css(TEAM_IMAGE)[0].clone())
        for spare in right.css(TEAM_IMAGE)[1:]:
            spare.decompose()
    assert page.rows_when_edited(editor.html) == page.rows


@pytest.mark.parametrize("folder", ["https://www.hltv.org/img/static/scoreboard/", "./Map_files/", ""])
@pytest.mark.parametrize("end", ["", "?v=2"])
def test_an_icon_is_known_by_its_file_name_wherever_a_browser_saved_it(
    folder: str, end: str, page: InventedPage
) -> None:
    html = replaced(page.html, "/img/static/scoreboard/", folder)
    html = html if not end else replaced(html, '.svg"', f'.svg{end}"')
    assert page.rows_when_edited(html) == page.rows


def test_a_draw_is_read(overtime_page: InventedPage) -> None:
    """Older matches of two maps could end level."""
    facts = overtime_page.facts
    level = facts.score.regulation
    editor = PageEditor(overtime_page.html)
    editor.all(BLOCK)[1].decompose()
    write(editor.one(".match-info-box .team-left .bold"), str(level.left))
    write(editor.one(".match-info-box .team-right .bold"), str(level.right))
    half_scores = breakdown(facts, final=level).rsplit(" ( ", 1)[0]
    editor.set_info("Breakdown", half_scores)
    rows = overtime_page.rows_when_edited(editor.html)
    assert len(rows["round_history"]) == level.total
    assert rows["map_stats"][facts.match_id,]["team_left_ot_rounds"] == 0


def test_sides_of_overtime_that_do_not_fit_its_halves_are_a_warning(overtime_page: InventedPage) -> None:
    first = next(one for one in overtime_page.facts.rounds if one.is_overtime)
    editor = PageEditor(overtime_page.html)
    icons = played(editor)[first.number - 1]
    set_icon(icons.winner, OTHER_SIDE[icons.name])
    read = parse_map_stats(editor.html, overtime_page.mapstatsid)
    (warning,) = read.warnings
    assert f"overtime rounds {first.number}-{first.number + 2}" in warning
    assert read.round_history[first.number - 1].winner_side == first.winner_side.other


def test_the_longer_overtime_of_older_times_is_read(double_overtime_page: InventedPage) -> None:
    """Halves of five: the sides change in the middle of what would be a half of three."""
    facts = double_overtime_page.facts
    editor = PageEditor(double_overtime_page.html)
    overtime = [one for one in facts.rounds if one.is_overtime]
    first_side = overtime[0].left_side
    for number, one in enumerate(overtime):
        left_side = first_side if number < 5 else first_side.other
        winner_side = left_side if one.winner is Seat.LEFT else left_side.other
        icons = played(editor)[one.number - 1]
        if winner_side is not one.winner_side:
            set_icon(icons.winner, OTHER_SIDE[icons.name])
    read = parse_map_stats(editor.html, double_overtime_page.mapstatsid)
    assert len(read.round_history) == len(facts.rounds)
    assert any("overtime" in warning for warning in read.warnings)


# Histories that are refused


def test_a_page_without_a_history_is_incomplete(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.drop(BLOCK)
    assert_refused(editor.html, Outcome.INCOMPLETE, "round history")


@pytest.mark.parametrize("index", [0, 1])
def test_a_missing_block_is_refused(index: int, overtime_page: InventedPage) -> None:
    editor = PageEditor(overtime_page.html)
    editor.all(BLOCK)[index].decompose()
    assert_refused(editor.html, Outcome.INCONSISTENT)


@pytest.mark.parametrize("index", [0, 1])
def test_a_history_of_one_team_is_incomplete(index: int, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    editor.all(TEAM_ROW)[index].decompose()
    assert_refused(editor.html, Outcome.INCOMPLETE, "round history")


@pytest.mark.parametrize("name", ["Some Others", "", LEFT_NAME])
def test_a_row_of_a_foreign_team_or_of_one_team_twice_is_refused(name: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    for image in rows_by_block(editor)[0][1].css(TEAM_IMAGE):
        set_attribute(image, "title", name)
    assert_refused(editor.html, Outcome.PARSE_ERROR, "round history", name)


def test_a_row_of_both_teams_is_refused(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    left, right = rows_by_block(editor)[0]
    left.css(TEAM_IMAGE)[0].insert_after(right.css(TEAM_IMAGE)[0].clone())
    assert_refused(editor.html, Outcome.PARSE_ERROR, LEFT_NAME, RIGHT_NAME)


def test_a_row_without_a_teams_logo_is_refused(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    for image in rows_by_block(editor)[0][0].css(TEAM_IMAGE):
        image.decompose()
    assert_refused(editor.html, Outcome.PARSE_ERROR, "round history")


def test_rows_of_different_lengths_are_refused(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    pad(rows_by_block(editor)[0][:1], 1)
    assert_refused(editor.html, Outcome.PARSE_ERROR, "round history")


def test_a_round_that_both_won_is_an_error_that_names_it(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    icons = played(editor)[middle(page)]
    set_icon(icons.loser, "t_win", icons.winner.attributes["title"])
    assert_refused(editor.html, Outcome.PARSE_ERROR, f"round {middle(page) + 1}:", "both")


def test_a_round_that_nobody_won_before_the_end_is_an_error_that_names_it(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    set_icon(played(editor)[middle(page)].winner, "emptyHistory", "")
    assert_refused(editor.html, Outcome.PARSE_ERROR, f"round {middle(page) + 1}:", "neither")


def test_a_last_round_that_nobody_won_leaves_the_score_unreached(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    set_icon(played(editor)[-1].winner, "emptyHistory", "")
    final = page.facts.score.final
    assert_refused(editor.html, Outcome.INCONSISTENT, "ends", f"{final.left}:{final.right}")


@pytest.mark.parametrize("name", ["draw", "CT_WIN", "ct_win2", "", "emptyhistory"])
def test_an_unknown_icon_is_an_error_that_names_it_and_its_round(name: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    set_icon(played(editor)[middle(page)].winner, name)
    assert_refused(editor.html, Outcome.PARSE_ERROR, f"round {middle(page) + 1}:", f"{name}.svg")


@pytest.mark.parametrize("source", ["", "/", "https://[broken/ct_win.svg"])
def test_an_icon_without_a_file_is_an_error_that_names_its_round(source: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    set_attribute(played(editor)[middle(page)].winner, "src", source)
    assert_refused(editor.html, Outcome.PARSE_ERROR, f"round {middle(page) + 1}:")


@pytest.mark.parametrize("title", ["", "x", "3:2", "3 - 2", "3-", "3-2-1", "٣-٢", "-3-2"])
def test_a_running_score_that_is_none_is_an_error_that_names_its_round(title: str, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    set_attribute(played(editor)[middle(page)].winner, "title", title)
    assert_refused(editor.html, Outcome.PARSE_ERROR, f"round {middle(page) + 1}:")


def test_a_wrong_running_score_is_an_error_that_names_its_round(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    winner = played(editor)[middle(page)].winner
    left, right = (winner.attributes["title"] or "").split("-")
    wrong = f"{int(left) + 1}-{right}"
    set_attribute(winner, "title", wrong)
    assert_refused(editor.html, Outcome.INCONSISTENT, f"round {middle(page) + 1}:", wrong, f"{left}-{right}")


def test_a_running_score_the_wrong_way_round_is_refused(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    for icons in played(editor):
        title = icons.winner.attributes["title"] or ""
        set_attribute(icons.winner, "title", "-".join(title.split("-")[::-1]))
    assert_refused(editor.html, Outcome.INCONSISTENT, "round 1:")


def test_a_losers_icon_that_states_a_score_is_an_error_that_names_its_round(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    icons = played(editor)[middle(page)]
    set_attribute(icons.loser, "title", icons.winner.attributes["title"] or "")
    assert_refused(editor.html, Outcome.INCONSISTENT, f"round {middle(page) + 1}:")


def test_a_round_too_few_at_the_end_is_refused(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    for icon in played(editor)[-1]:
        icon.decompose()
    assert_refused(editor.html, Outcome.INCONSISTENT, "round history ends")


def test_a_round_too_few_in_the_middle_is_an_error_that_names_the_next(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    for icon in played(editor)[middle(page)]:
        icon.decompose()
    assert_refused(editor.html, Outcome.INCONSISTENT, f"round {middle(page) + 1}:")


def test_a_round_too_many_is_refused(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    final = page.facts.score.final
    winner, loser = (icon.clone() for icon in played(editor)[-1])
    is_left = page.facts.score.winner is Seat.LEFT
    score = moved(final, int(is_left), int(not is_left))
    set_attribute(winner, "title", f"{score.left}-{score.right}")
    last = played(editor)[-1]
    last.winner.insert_after(winner)
    last.loser.insert_after(loser)
    assert_refused(editor.html, Outcome.INCONSISTENT, f"{score.left}:{score.right}", f"{final.left}:{final.right}")


@pytest.mark.parametrize(("left", "right"), [(1, 0), (0, 1)])
def test_a_score_that_the_last_round_does_not_reach_is_refused(left: int, right: int, page: InventedPage) -> None:
    editor = PageEditor(page.html)
    set_score(editor, page, left, right)
    stated = moved(page.facts.score.final, left, right)
    error = refusal(editor.html)
    assert error.reason is Outcome.INCONSISTENT
    assert f"{stated.left}:{stated.right}" in error.message
    assert len(error.rows["round_history"]) == len(page.facts.rounds)


def test_half_scores_that_the_rounds_do_not_make_are_an_error_that_names_the_half(page: InventedPage) -> None:
    score = page.facts.score
    step = 1 if score.first_half.right and score.second_half.left else -1
    first_half, second_half = moved(score.first_half, step, -step), moved(score.second_half, -step, step)
    editor = PageEditor(page.html)
    editor.set_info("Breakdown", breakdown(page.facts, first_half=first_half, second_half=second_half))
    stated = f"{first_half.left}:{first_half.right}"
    assert_refused(editor.html, Outcome.INCONSISTENT, "first half", stated)


def test_halves_cut_at_another_round_are_refused(page: InventedPage) -> None:
    """A round of the first half counted to the second: the sides then do not fit."""
    score = page.facts.score
    last = page.facts.rounds[score.half_length - 1]
    is_left = last.winner is Seat.LEFT
    first_half = moved(score.first_half, -int(is_left), -int(not is_left))
    second_half = moved(score.second_half, int(is_left), int(not is_left))
    editor = PageEditor(page.html)
    editor.set_info("Breakdown", breakdown(page.facts, first_half=first_half, second_half=second_half))
    assert_refused(editor.html, Outcome.INCONSISTENT, f"round {score.half_length}:")


@pytest.mark.parametrize("number", [0, 1])
def test_a_winner_on_the_side_that_it_did_not_play_is_an_error_that_names_the_round(
    number: int, page: InventedPage
) -> None:
    index = middle(page) + number * page.facts.score.half_length
    index = min(index, len(page.facts.rounds) - 1)
    editor = PageEditor(page.html)
    icons = played(editor)[index]
    set_icon(icons.winner, OTHER_SIDE[icons.name])
    wrong_side = page.facts.rounds[index].winner_side.other
    assert_refused(editor.html, Outcome.INCONSISTENT, f"round {index + 1}:", f"as {wrong_side}")


def test_sides_that_are_all_the_wrong_way_round_are_refused(page: InventedPage) -> None:
    editor = PageEditor(page.html)
    for icons in played(editor):
        set_icon(icons.winner, OTHER_SIDE[icons.name])
    assert_refused(editor.html, Outcome.INCONSISTENT, "round 1:")


@pytest.mark.parametrize(
    ("icon", "side", "win_type"),
    [
        ("ct_win", Side.CT, "elimination"),
        ("t_win", Side.T, "elimination"),
        ("bomb_exploded", Side.T, "bomb_exploded"),
        ("bomb_defused", Side.CT, "bomb_defused"),
        ("stopwatch", Side.CT, "time"),
    ],
)
def test_each_icon_says_side_and_way(icon: str, side: Side, win_type: str, page: InventedPage) -> None:
    round_won = next(one for one in page.facts.rounds if one.winner_side is side)
    html = page.html
    editor = PageEditor(html)
    winner = played(editor)[round_won.number - 1].winner
    set_icon(winner, icon)
    set_attribute(winner, "data-edited", "yes")
    read = parse_map_stats(editor.html, page.mapstatsid).round_history[round_won.number - 1]
    assert (read.winner_side, read.win_type) == (side, win_type)
