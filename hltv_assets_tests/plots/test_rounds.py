"""The picture of a map's rounds shows who won each, from which side and how, cut as the map was played."""

import pytest

from hltv_assets.plots.card import SIDE_COLOURS, png_of
from hltv_assets.plots.map_teams import MapTeams
from hltv_assets.plots.rounds import figure_of_rounds, parts_of
from hltv_assets_tests.plots.drawn import LEFT, RIGHT, TEAMS, marks_of, rounds_of, words_of

MR12_WITH_OVERTIMES = "lr" * 12 + "lr" * 3 + "lr" * 3 + "llll"


@pytest.mark.parametrize(
    ("winners", "half", "overtime_half", "lengths"),
    [
        ("l" * 13, 12, 3, [12, 1]),
        ("lr" * 9 + "llll", 12, 3, [12, 10]),
        ("lr" * 15, 15, 3, [15, 15]),
        (MR12_WITH_OVERTIMES, 12, 3, [12, 12, 6, 6, 4]),
        ("lr" * 15 + "lr" * 5 + "llllll", 15, 5, [15, 15, 10, 6]),
        ("lll", 12, 3, [3]),
        ("", 12, 3, []),
    ],
)
def test_rounds_are_cut_into_halves_and_overtimes(
    winners: str, half: int, overtime_half: int, lengths: list[int]
) -> None:
    rounds = rounds_of(winners, half=half, overtime_half=overtime_half)
    parts = parts_of(rounds, TEAMS)
    assert [len(part) for part in parts] == lengths
    assert [one for part in parts for one in part] == rounds


def test_every_round_has_a_cell_in_the_colour_of_the_winner_s_side() -> None:
    rounds = rounds_of("llrlrrllrlrl" + "rrlrlllrlll")
    figure = figure_of_rounds(rounds, TEAMS, "Nuke")
    assert figure is not None
    for side, colour in SIDE_COLOURS.items():
        legend = 1
        assert marks_of(figure, colour) == legend + sum(one.winner_side == side for one in rounds)


def test_the_running_score_stands_beside_each_round_and_the_final_score_above() -> None:
    figure = figure_of_rounds(rounds_of("llrl"), TEAMS, "Nuke")
    assert figure is not None
    words = words_of(figure)
    assert words[0] == "Teapots 3:1 Saucers, Nuke"
    assert [word for word in words if word.isdigit()] == ["1", "2", "3", "1"]
    assert {"elimination", "bomb exploded", "bomb defused", "time", "CT", "T"} <= set(words)


def test_another_winner_or_another_way_to_win_is_another_picture() -> None:
    rounds = rounds_of("llrl")
    figures = [
        figure_of_rounds(rounds, TEAMS, "Nuke"),
        figure_of_rounds(rounds_of("lrrl"), TEAMS, "Nuke"),
        figure_of_rounds([*rounds[:3], rounds_of("llll")[3]], TEAMS, "Nuke"),
    ]
    assert len({png_of(figure) for figure in figures if figure}) == 3


def test_a_map_with_many_overtimes_goes_on_in_further_strips_and_leaves_no_round_out() -> None:
    rounds = rounds_of("lr" * 44, half=15)
    short = figure_of_rounds(rounds[:30], TEAMS, "Nuke")
    long = figure_of_rounds(rounds, TEAMS, "Nuke")
    assert short is not None
    assert long is not None
    assert long.bbox.height > short.bbox.height
    assert sum(word.isdigit() for word in words_of(long)) == 88
    assert words_of(long).count("Teapots") == 2 + words_of(short).count("Teapots")


def test_a_team_whose_name_is_not_known_is_called_by_its_id_and_any_name_stands_as_it_is() -> None:
    teams = MapTeams(left_id=LEFT, right_id=RIGHT, left_name=None, right_name="$a_b$ & Чай 茶")
    figure = figure_of_rounds(rounds_of("l"), teams, "Nuke")
    assert figure is not None
    assert {"team 11", "$a_b$ & Чай 茶"} <= set(words_of(figure))
    assert png_of(figure)


def test_no_rounds_are_no_picture() -> None:
    assert figure_of_rounds([], TEAMS, "Nuke") is None
