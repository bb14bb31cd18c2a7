"""What holds on every map page that was read: the page agrees with itself."""

from collections.abc import Iterable

from hltv_assets.pages.records import MapStatsPage


def assert_agrees_with_itself(page: MapStatsPage) -> None:
    """Rounds, score, halves and scoreboards of what was read fit together."""
    _assert_rounds_make_the_score(page)
    _assert_lines_make_the_boards(page)


def _assert_rounds_make_the_score(page: MapStatsPage) -> None:
    head, rounds = page.map_stats, page.round_history
    score = (head.team_left_rounds, head.team_right_rounds)
    teams = (head.team_left_id, head.team_right_id)
    assert [one.round_number for one in rounds] == list(range(1, sum(score) + 1))
    assert tuple(sum(one.winner_team_id == team for one in rounds) for team in teams) == score
    assert rounds == () or (rounds[-1].team_left_score, rounds[-1].team_right_score) == score
    assert score[0] == head.team_left_ct_rounds + head.team_left_t_rounds + head.team_left_ot_rounds
    assert score[1] == head.team_right_ct_rounds + head.team_right_t_rounds + head.team_right_ot_rounds
    assert sum(one.is_overtime for one in rounds) == head.team_left_ot_rounds + head.team_right_ot_rounds
    for team, ct_rounds, t_rounds in (
        (teams[0], head.team_left_ct_rounds, head.team_left_t_rounds),
        (teams[1], head.team_right_ct_rounds, head.team_right_t_rounds),
    ):
        won = [one.winner_side for one in rounds if one.winner_team_id == team and not one.is_overtime]
        assert (won.count("CT"), won.count("T")) == (ct_rounds, t_rounds)


def _assert_lines_make_the_boards(page: MapStatsPage) -> None:
    head = page.map_stats
    assert {line.team_id for line in page.player_stats} == {head.team_left_id, head.team_right_id}
    assert {line.rating_version for line in page.player_stats} == {head.rating_version}
    for line in page.player_stats:
        sides = {one.side: one for one in page.player_side_stats if one.player_id == line.player_id}
        assert sides.keys() == {"CT", "T"}
        assert {one.team_id for one in sides.values()} == {line.team_id}
        assert _sum_or_unknown(one.kills for one in sides.values()) in {line.kills, None} or line.kills is None
        assert _sum_or_unknown(one.deaths for one in sides.values()) in {line.deaths, None} or line.deaths is None
    assert len(page.player_side_stats) == 2 * len(page.player_stats)
    for line in (*page.player_stats, *page.player_side_stats):
        assert line.kills is None or line.hs_kills is None or line.hs_kills <= line.kills
        assert line.kast is None or 0 <= line.kast <= 100


def _sum_or_unknown(numbers: Iterable[int | None]) -> int | None:
    known = list(numbers)
    return None if None in known else sum(number for number in known if number is not None)
