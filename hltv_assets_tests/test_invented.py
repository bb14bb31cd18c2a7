"""The invented facts agree with themselves, their pages are stable, and the checked-in sample is what they give."""

import gzip
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from testkit.invented.expected import expected_tables
from testkit.invented.facts import MR12, MR15, InventedMap, Layout, PlayerSheet, StatLine, TeamSheet, WinType
from testkit.invented.map_page import render_map_page
from testkit.invented.match_facts import invent_match
from testkit.invented.sample_matches import sample_matches
from testkit.invented.score_shape import RoundsWon, ScoreShape, Seat, Side
from testkit.invented.world import invent_map
from tools.sample import SAMPLE_FOLDER, write_sample

LOOKS = [
    (Layout.UNTIL_2024, "2.0", MR15),
    (Layout.UNTIL_2024, "2.1", MR12),
    (Layout.SINCE_2025, "2.0", MR15),
    (Layout.SINCE_2025, "2.1", MR12),
    (Layout.SINCE_2025, "3.0", MR12),
]
OVERTIMES = [None, 0, 1, 2, 3]
SEEDS_PER_SHAPE = 12
POSSIBLE_WIN_TYPES = {
    Side.CT: {WinType.ELIMINATION, WinType.BOMB_DEFUSED, WinType.TIME},
    Side.T: {WinType.ELIMINATION, WinType.BOMB_EXPLODED},
}
COUNTS_OF_A_LINE: list[Callable[[StatLine], int]] = [
    lambda line: line.kills,
    lambda line: line.headshots,
    lambda line: line.awp_kills,
    lambda line: line.assists,
    lambda line: line.flash_assists,
    lambda line: line.deaths,
    lambda line: line.traded_deaths,
    lambda line: line.opening_kills,
    lambda line: line.opening_deaths,
    lambda line: line.multi_kills,
    lambda line: line.clutches,
]


@pytest.fixture(scope="module")
def maps() -> list[InventedMap]:
    return [
        invent_map(seed=seed, layout=layout, rating_version=version, half_length=half_length, overtimes=overtimes)
        for layout, version, half_length in LOOKS
        for overtimes in OVERTIMES
        for seed in range(SEEDS_PER_SHAPE)
    ]


def sheets_of(invented: InventedMap) -> list[PlayerSheet]:
    return [sheet for team in invented.teams for sheet in team.players]


class Lines(NamedTuple):
    both: list[StatLine]
    ct: list[StatLine]
    t: list[StatLine]


def lines_of(team: TeamSheet) -> Lines:
    sheets = team.players
    return Lines([of.both for of in sheets], [of.ct for of in sheets], [of.t for of in sheets])


def test_rounds_fit_halves_overtime_and_final_score(maps: list[InventedMap]) -> None:
    for invented in maps:
        score, rounds = invented.score, invented.rounds
        half_length = score.half_length
        first_half, second_half = rounds[:half_length], rounds[half_length : 2 * half_length]
        overtime = rounds[2 * half_length :]
        for stretch, won in (
            (first_half, score.first_half),
            (second_half, score.second_half),
            (overtime, score.overtime),
            (rounds, score.final),
        ):
            winners = Counter(played.winner for played in stretch)
            assert RoundsWon(winners[Seat.LEFT], winners[Seat.RIGHT]) == won
        assert all(played.is_overtime == (played.number > 2 * half_length) for played in rounds)
        assert rounds[-1].score == score.final
        assert [team.rounds for team in invented.teams] == [score.final.left, score.final.right]


def test_nobody_plays_on_after_the_map_is_won(maps: list[InventedMap]) -> None:
    for invented in maps:
        to_win = invented.score.half_length + 1
        for before_last in invented.rounds[:-1]:
            ahead, behind = sorted((before_last.score.left, before_last.score.right), reverse=True)
            past_regulation = before_last.is_overtime or ahead == behind == to_win - 1
            assert past_regulation or ahead < to_win
        overtime = [played.winner for played in invented.rounds if played.is_overtime]
        for start in range(0, len(overtime), 6):
            unfinished = Counter(overtime[start : start + 6][:-1])
            assert max(unfinished.values()) <= 3
        assert invented.rounds[-1].winner is invented.score.winner


def test_teams_swap_sides_at_half_time_and_within_each_overtime(maps: list[InventedMap]) -> None:
    for invented in maps:
        half_length = invented.score.half_length
        swaps = [
            played.number
            for before, played in zip(invented.rounds, invented.rounds[1:], strict=False)
            if before.left_side is not played.left_side
        ]
        possible = [half_length + 1, *(2 * half_length + 4 + 6 * overtime for overtime in range(10))]
        assert swaps == [number for number in possible if number <= len(invented.rounds)]


def test_rounds_are_won_in_ways_open_to_the_winning_side(maps: list[InventedMap]) -> None:
    for invented in maps:
        for played in invented.rounds:
            assert played.win_type in POSSIBLE_WIN_TYPES[played.winner_side]


def test_rounds_cost_the_players_that_their_ending_asks_for(maps: list[InventedMap]) -> None:
    for invented in maps:
        teams = {team.seat: {player.player_id for player in team.team.players} for team in invented.teams}
        for played in invented.rounds:
            fallen = {kill.victim_id for kill in played.kills}
            assert len(fallen) == len(played.kills) > 0
            losers_wiped_out = teams[played.winner.other] <= fallen
            if played.win_type is WinType.ELIMINATION:
                assert losers_wiped_out
            if played.win_type in (WinType.BOMB_EXPLODED, WinType.TIME):
                assert not losers_wiped_out
            if played.win_type is not WinType.BOMB_EXPLODED:
                assert not teams[played.winner] <= fallen


def test_only_the_living_kill_and_only_opponents(maps: list[InventedMap]) -> None:
    for invented in maps:
        left_ids = {player.player_id for player in invented.left.team.players}
        for played in invented.rounds:
            fallen: set[int] = set()
            for kill in played.kills:
                assert kill.killer_id not in fallen
                assert (kill.killer_id in left_ids) != (kill.victim_id in left_ids)
                assert kill.assister_id is None or (kill.assister_id in left_ids) == (kill.killer_id in left_ids)
                assert kill.assister_id != kill.killer_id
                fallen.add(kill.victim_id)


def test_ct_and_t_lines_add_up_to_both(maps: list[InventedMap]) -> None:
    for sheet in (sheet for invented in maps for sheet in sheets_of(invented)):
        for count in COUNTS_OF_A_LINE:
            assert count(sheet.ct) + count(sheet.t) == count(sheet.both)


def test_parts_of_a_number_are_not_more_than_the_whole(maps: list[InventedMap]) -> None:
    for sheet in (sheet for invented in maps for sheet in sheets_of(invented)):
        for line in (sheet.both, sheet.ct, sheet.t):
            assert line.headshots <= line.kills
            assert line.flash_assists <= line.assists
            assert line.traded_deaths <= line.deaths
            assert line.opening_kills <= line.kills
            assert line.opening_deaths <= line.deaths
            assert 2 * line.multi_kills <= line.kills
            assert 0 <= line.kast <= 100
            if line.eco:
                assert line.eco.headshots <= line.eco.kills
                assert line.eco.traded_deaths <= line.eco.deaths


def test_team_numbers_are_the_sums_of_their_players(maps: list[InventedMap]) -> None:
    for invented in maps:
        for team in invented.teams:
            lines = [sheet.both for sheet in team.players]
            assert team.first_kills == sum(line.opening_kills for line in lines)
            assert team.clutches == sum(line.clutches for line in lines)
            assert team.rating == pytest.approx(sum(line.rating for line in lines) / 5, abs=0.006)


def test_what_one_team_does_the_other_suffers(maps: list[InventedMap]) -> None:
    for invented in maps:
        for team, opponents in (invented.teams, invented.teams[::-1]):
            own, others = lines_of(team), lines_of(opponents)
            for lines, opponents_lines in ((own.both, others.both), (own.ct, others.t), (own.t, others.ct)):
                assert sum(line.kills for line in lines) == sum(line.deaths for line in opponents_lines)
                opening_deaths = sum(line.opening_deaths for line in opponents_lines)
                assert sum(line.opening_kills for line in lines) == opening_deaths
        assert invented.left.first_kills + invented.right.first_kills == len(invented.rounds)


def test_clutches_are_not_more_than_the_rounds_won(maps: list[InventedMap]) -> None:
    assert all(team.clutches <= team.rounds for invented in maps for team in invented.teams)
    assert any(team.clutches for invented in maps for team in invented.teams)


def test_numbers_are_about_what_players_reach(maps: list[InventedMap]) -> None:
    def average(number: Callable[[StatLine], float]) -> float:
        numbers = [number(sheet.both) for invented in maps for sheet in sheets_of(invented)]
        return sum(numbers) / len(numbers)

    rounds = sum(len(invented.rounds) for invented in maps) / len(maps)
    assert 0.63 < average(lambda line: line.kills) / rounds < 0.75
    assert 68 < average(lambda line: line.adr) < 82
    assert 68 < average(lambda line: line.kast) < 78
    assert 0.95 < average(lambda line: line.rating) < 1.15


def test_swing_and_eco_numbers_come_with_rating_3_only(maps: list[InventedMap]) -> None:
    for invented in maps:
        for sheet in sheets_of(invented):
            for line in (sheet.both, sheet.ct, sheet.t):
                assert (line.round_swing is not None) == (invented.rating_version == "3.0")
                assert (line.eco is not None) == (invented.rating_version == "3.0")


def test_the_old_layout_cannot_have_rating_3() -> None:
    with pytest.raises(ValueError, match="never printed rating 3"):
        invent_map(seed=1, layout=Layout.UNTIL_2024, rating_version="3.0")


@pytest.mark.parametrize(
    ("first_half", "second_half", "overtimes", "problem"),
    [
        ((6, 5), (7, 5), (), "first half is not played to its end"),
        ((6, 6), (6, 7), (), "second half is too long"),
        ((6, 6), (6, 5), (), "nobody wins in regulation"),
        ((6, 6), (6, 6), (), "nobody wins in regulation"),
        ((9, 3), (5, 2), (), "nobody wins in regulation"),
        ((9, 3), (4, 2), ((4, 0),), "overtime without a level score"),
        ((6, 6), (6, 6), ((4, 1), (4, 1)), "after one that was decided"),
        ((6, 6), (6, 6), ((3, 3),), "nobody wins the last overtime"),
    ],
)
def test_an_impossible_score_is_refused(
    first_half: tuple[int, int], second_half: tuple[int, int], overtimes: tuple[tuple[int, int], ...], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        ScoreShape(
            MR12,
            RoundsWon(*first_half),
            RoundsWon(*second_half),
            tuple(RoundsWon(*overtime) for overtime in overtimes),
        )


def test_the_same_seed_gives_the_same_page_and_another_seed_another() -> None:
    for layout in Layout:
        page = render_map_page(invent_map(seed=7, layout=layout))
        assert page == render_map_page(invent_map(seed=7, layout=layout))
        assert page != render_map_page(invent_map(seed=8, layout=layout))


def test_names_are_escaped_wherever_they_stand(maps: list[InventedMap]) -> None:
    names = {team.team.name for invented in maps for team in invented.teams}
    names |= {sheet.player.name for invented in maps for sheet in sheets_of(invented)}
    awkward = [name for name in names if "<" in name or '"' in name]
    assert awkward
    pages = [render_map_page(invented) for invented in maps[::SEEDS_PER_SHAPE]]
    assert not [name for name in awkward for page in pages if f">{name}<" in page or f'title="{name}"' in page]


def test_numbers_that_a_layout_does_not_print_are_expected_to_be_null() -> None:
    old = expected_tables(invent_map(seed=3, layout=Layout.UNTIL_2024))["player_stats"][0]
    unprinted = ("multi_kills", "clutch_wins", "traded_deaths", "round_swing", "e_kills", "e_kast", "e_fk_diff")
    assert [old[column] for column in unprinted] == [None] * len(unprinted)
    of_2_1 = expected_tables(invent_map(seed=3, rating_version="2.1"))["player_stats"][0]
    assert of_2_1["multi_kills"] is not None
    assert of_2_1["round_swing"] is None
    assert of_2_1["e_adr"] is None
    assert (of_2_1["rating_2"], of_2_1["rating_3"]) == (of_2_1["rating"], None)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as the generator writes it now."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder)
    return folder


def test_the_checked_in_sample_is_what_the_generator_writes_now(sample: Path) -> None:
    checked_in = {path: text_of(SAMPLE_FOLDER / path) for path in paths_in(SAMPLE_FOLDER)}
    assert checked_in == {path: text_of(sample / path) for path in paths_in(sample)}


def test_the_sample_has_the_same_bytes_each_time(sample: Path, tmp_path: Path) -> None:
    write_sample(tmp_path)
    assert paths_in(tmp_path) == paths_in(sample)
    for path in paths_in(sample):
        assert (tmp_path / path).read_bytes() == (sample / path).read_bytes()


def test_the_sample_shows_all_that_it_is_meant_to_show() -> None:
    invented = [one for match in sample_matches() for one in invent_match(match).played.values()]
    assert len(invented) == 40
    assert Counter((one.layout, one.rating_version) for one in invented) == {
        (Layout.UNTIL_2024, "2.0"): 9,
        (Layout.SINCE_2025, "2.1"): 1,
        (Layout.SINCE_2025, "3.0"): 30,
    }
    assert {len(one.score.overtimes) for one in invented} == {0, 1, 2, 3}
    plans = sample_matches()
    statuses = Counter(one.status for plan in plans for one in plan.maps)
    assert statuses == {"played": 40, "unplayed": 2, "forfeit": 2}
    assert {plan.best_of for plan in plans} == {1, 2, 3, 5}
    assert {plan.is_deleted for plan in plans} == {plan.is_lan for plan in plans} == {True, False}
    assert {one.has_economy for plan in plans for one in plan.maps} == {True, False}
    team1_of = {match.match_id: match.team1.team_id for match in sample_matches()}
    assert {one.left.team.team_id == team1_of[one.match_id] for one in invented} == {True, False}
    names = "".join(
        [one.event.name for one in invented]
        + [team.team.name for one in invented for team in one.teams]
        + [sheet.player.name for one in invented for sheet in sheets_of(one)]
    )
    assert set("'\"&<🐌Ч") <= set(names)


def test_each_series_of_the_sample_ends_when_it_is_decided() -> None:
    for plan in sample_matches():
        if plan.is_deleted or plan.best_of == 2:  # a draw is possible
            continue
        decisive = plan.best_of // 2 + 1
        assert max(plan.maps_won) == decisive
        last_won = [one.rounds for one in plan.maps if one.rounds][-1]
        assert (last_won[0] > last_won[1]) == (plan.maps_won[0] == decisive)


def paths_in(folder: Path) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def text_of(file: Path) -> str:
    content = file.read_bytes()
    return (gzip.decompress(content) if file.suffix == ".gz" else content).decode()
