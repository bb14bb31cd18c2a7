"""A match page yields the match, its maps, veto, line-ups and scoreboards, once the match is over."""

from functools import cache
from pathlib import Path

import pytest

from hltv_assets.pages import Outcome, PageError, parse_match
from hltv_assets.pages.records import MatchMap, MatchPage
from hltv_assets_tests.pages.damage import PageEditor, replaced, write
from hltv_assets_tests.pages.shared_pages import expected_tables, read_page

NOT_OVER = {2356965, 2395714, 2395747}
# What both a map page and a match page state of a player.
COMMON_NUMBERS = (
    *("team_id", "player_name", "kills", "deaths", "adr", "kast", "rating", "rating_version"),
    *("round_swing", "e_kills", "e_deaths", "e_adr", "e_kast"),
)


@cache  # several tests take the same match, and what is read cannot be changed
def read_match(folder: Path, match_id: int) -> MatchPage:
    return parse_match(read_page(folder, "real/match", match_id), match_id)


def test_a_real_match_that_is_over_is_read_whole_another_is_not_ready(shared_pages: Path, real_match: int) -> None:
    if real_match in NOT_OVER:
        with pytest.raises(PageError) as caught:
            read_match(shared_pages, real_match)
        assert caught.value.reason is Outcome.NOT_READY
        return
    page = read_match(shared_pages, real_match)
    assert page.warnings == ()
    assert page.match.status == "finished"
    assert page.match.winner_team_id in {page.match.team1_id, page.match.team2_id}
    won = (page.match.team1_maps_won, page.match.team2_maps_won)
    assert page.match.best_of // 2 < max(maps for maps in won if maps is not None) + 1
    for one in page.maps:
        players = [line for line in page.match_player_stats if line.map_number == one.map_number]
        if one.status == "unplayed":
            assert (one.mapstatsid, one.team1_rounds, players) == (None, None, [])
            continue
        assert one.status == "played"
        assert_halves_add_up(one)
        assert len(players) == 2 * 5 * 3
        assert all(line.kills is not None and line.rating is not None for line in players)
        if page.match.started_at.year >= 2025:
            assert {line.rating_version for line in players} == {"3.0"}
            assert all(line.e_kast is not None and line.round_swing is not None for line in players)
    assert len(page.vetoes) == 7
    assert [step.action for step in page.vetoes].count("left_over") == 1
    picked = {step.map_name: step.team_id for step in page.vetoes if step.action == "picked"}
    assert {one.map_name: one.picked_by_team_id for one in page.maps if one.picked_by_team_id} == picked


def assert_halves_add_up(one: MatchMap) -> None:
    team1 = (one.team1_ct_rounds, one.team1_t_rounds, one.team1_ot_rounds)
    team2 = (one.team2_ct_rounds, one.team2_t_rounds, one.team2_ot_rounds)
    assert sum(part or 0 for part in team1) == one.team1_rounds
    assert sum(part or 0 for part in team2) == one.team2_rounds


def test_match_page_and_map_pages_state_the_same_numbers(shared_pages: Path, composed_map: int) -> None:
    expected = expected_tables(shared_pages, composed_map)
    head = expected["map_stats"][0]
    page = read_match(shared_pages, head["match_id"])
    (one,) = [one for one in page.maps if one.mapstatsid == composed_map]
    assert (one.map_number, one.map_name) == (head["map_number"], head["map_name"])
    assert (page.match.event_id, page.match.event_name) == (head["event_id"], head["event_name"])
    left, right = ("team1", "team2") if page.match.team1_id == head["team_left_id"] else ("team2", "team1")
    for team, side in ((left, "team_left"), (right, "team_right")):
        for number in ("rounds", "ct_rounds", "t_rounds", "ot_rounds"):
            assert getattr(one, f"{team}_{number}") == head[f"{side}_{number}"]
    started_ct = head["team_left_starting_side"] == "CT"
    assert one.team1_starting_side == ("CT" if started_ct == (left == "team1") else "T")
    lines = {(line.player_id, line.side): line for line in page.match_player_stats if line.map_number == one.map_number}
    rows = [{**row, "side": "both"} for row in expected["player_stats"]] + expected["player_side_stats"]
    assert lines.keys() == {(row["player_id"], row["side"]) for row in rows}
    for row in rows:
        line = lines[row["player_id"], row["side"]]
        assert {name: getattr(line, name) for name in COMMON_NUMBERS} == {name: row[name] for name in COMMON_NUMBERS}


def test_a_page_whose_script_changed_the_countdown_is_not_taken_for_a_match_that_is_over(shared_pages: Path) -> None:
    html = read_page(shared_pages, "real/match", 2395747).decode().replace(">LIVE<", ">Match over<")
    with pytest.raises(PageError) as caught:
        parse_match(html, 2395747)
    assert caught.value.reason is Outcome.NOT_READY


def test_overtimes_are_told_from_halves(shared_pages: Path) -> None:
    one = read_match(shared_pages, 2388114).maps[0]
    assert (one.team1_rounds, one.team2_rounds) == (16, 12)
    assert (one.team1_t_rounds, one.team1_ct_rounds, one.team1_ot_rounds) == (8, 4, 4)
    assert (one.team2_ct_rounds, one.team2_t_rounds, one.team2_ot_rounds) == (4, 8, 0)
    assert one.team1_starting_side == "T"


def test_format_stage_ranks_and_demo_are_read(shared_pages: Path) -> None:
    match = read_match(shared_pages, 2388114).match
    assert (match.best_of, match.is_lan, match.stage) == (
        3,
        True,
        "Swiss round 3 (teams with a 0-2 record). Losing team is eliminated.",
    )
    assert (match.team1_rank, match.team2_rank) == (25, 13)
    assert (match.team1_score, match.team2_score, match.team1_maps_won, match.team2_maps_won) == (1, 2, 1, 2)
    assert match.demo_url == "/download/demo/102816"
    online = read_match(shared_pages, 2353847).match
    assert (online.is_lan, online.team1_rank, online.team2_rank) == (False, None, 69)


def test_the_score_of_a_best_of_one_is_in_rounds_as_printed(shared_pages: Path) -> None:
    match = read_match(shared_pages, 2388093).match
    assert (match.team1_score, match.team2_score, match.team1_maps_won, match.team2_maps_won) == (13, 8, 1, 0)


def test_a_page_may_have_no_line_ups(shared_pages: Path) -> None:
    page = read_match(shared_pages, 2394892)
    assert page.lineups == ()
    assert (page.match.team1_rank, page.match.team2_rank) == (None, None)


def test_a_pick_that_only_the_veto_tells_of_is_known(shared_pages: Path) -> None:
    html = read_page(shared_pages, "real/match", 2388114).decode()
    marked = parse_match(html, 2388114)
    assert {one.picked_by_team_id for one in marked.maps} == {marked.match.team1_id, marked.match.team2_id, None}
    assert parse_match(html.replace(' pick"', '"'), 2388114) == marked


def test_notes_have_two_stars_or_three_and_a_line_without_one_is_a_warning(shared_pages: Path) -> None:
    html = read_page(shared_pages, "real/match", 2388114).decode()
    first, lines = "Best of 3 (LAN)", "\n*** Both forfeit\n** Default win\n1. A removed Nuke"
    page = parse_match(replaced(html, first, first + lines, times=1), 2388114)
    assert page.match.forfeit_note == "Both forfeit\nDefault win"
    assert page.match.stage == parse_match(html, 2388114).match.stage
    assert page.warnings == ("a line of the format is not read: '1. A removed Nuke'",)


def test_who_won_how_many_maps_is_not_known_where_no_map_has_a_score(shared_pages: Path) -> None:
    editor = PageEditor(read_page(shared_pages, "real/match", 2388114).decode())
    for score in editor.all(".results-team-score"):
        write(score, "-")
    for lost in ("a.results-stats", ".results-center-half-score", ".stats-content"):
        editor.drop(lost)
    page = parse_match(editor.html, 2388114)
    assert (page.match.status, page.match.team1_score, page.match.team2_score) == ("finished", 1, 2)
    assert (page.match.team1_maps_won, page.match.team2_maps_won) == (None, None)
    assert page.match.winner_team_id == page.match.team2_id


def test_another_match_or_no_match_page_is_refused(shared_pages: Path) -> None:
    with pytest.raises(PageError) as wrong_match:
        parse_match(read_page(shared_pages, "real/match", 2388114), 2388113)
    assert wrong_match.value.reason is Outcome.WRONG_PAGE
    with pytest.raises(PageError) as wrong_kind:
        parse_match(read_page(shared_pages, "real/results", "2022-11-20"), 2388113)
    assert wrong_kind.value.reason is Outcome.WRONG_KIND


@pytest.mark.parametrize(
    ("good", "bad", "reason"),
    [
        ('<span class="t">8</span>', '<span class="t">9</span>', Outcome.INCONSISTENT),
        ('<div class="lost">1</div>', '<div class="lost">one</div>', Outcome.PARSE_ERROR),
        ('<div class="lost">1</div>', '<div class="won">1</div>', Outcome.INCONSISTENT),
        ('<div class="lost">1</div>', "", Outcome.INCONSISTENT),
        ('<table class="table ctstats', '<table class="table stats', Outcome.INCOMPLETE),
        ('id="215086-content"', 'id="215087-content"', Outcome.INCONSISTENT),
        ("3. PARIVISION picked Dust2", "3. PARVISION picked Dust2", Outcome.PARSE_ERROR),
        ("3. PARIVISION picked Dust2", "PARIVISION picked Dust2", Outcome.PARSE_ERROR),
        ("World rank: </span>#25", "World rank: </span>#second", Outcome.PARSE_ERROR),
        ('<div class="mapname">Dust2</div>', '<div class="mapname"></div>', Outcome.PARSE_ERROR),
    ],
)
def test_what_cannot_be_read_or_contradicts_itself_is_an_error(
    shared_pages: Path, good: str, bad: str, reason: Outcome
) -> None:
    html = read_page(shared_pages, "real/match", 2388114).decode()
    # The block over all maps comes first, and is not read.
    start = html.index('id="215077-content"') if good.startswith("<table") else 0
    assert good in html[start:]
    with pytest.raises(PageError) as caught:
        parse_match(html[:start] + html[start:].replace(good, bad, 1), 2388114)
    assert caught.value.reason is reason, caught.value
