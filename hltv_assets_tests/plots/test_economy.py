"""The picture of a map's money shows both teams' equipment in every round that HLTV has."""

from hltv_assets.plots.card import SIDE_COLOURS, png_of
from hltv_assets.plots.economy import figure_of_economy
from hltv_assets_tests.plots.drawn import TEAMS, economy_of, marks_of, words_of

VALUES = [(4_000, 4_500), (21_000, 9_000), (12_000, 26_000)] * 7


def test_each_team_has_a_bar_a_round_in_the_colour_of_its_side() -> None:
    rows = economy_of(VALUES)
    figure = figure_of_economy(rows, TEAMS, "Nuke")
    assert figure is not None
    for side, colour in SIDE_COLOURS.items():
        legend = 2
        assert marks_of(figure, colour) == legend + sum(row.side == side for row in rows)


def test_teams_rounds_and_types_of_a_buy_are_named() -> None:
    figure = figure_of_economy(economy_of(VALUES), TEAMS, "Nuke")
    assert figure is not None
    words = words_of(figure)
    assert words[0] == "Teapots and Saucers, Nuke: equipment value in dollars"
    assert [word for word in words if word.isdigit()] == [str(number) for number in range(1, 22)]
    for bound in ("full eco, 0+", "semi eco, 5,000+", "semi buy, 10,000+", "full buy, 20,000+"):
        assert words.count(bound) == 2


def test_another_value_or_another_winner_is_another_picture() -> None:
    rows = economy_of(VALUES)
    poorer = economy_of([(3_000, 4_500), *VALUES[1:]])
    later = economy_of([(1, 1), *VALUES])[2:]
    figures = [figure_of_economy(some, TEAMS, "Nuke") for some in (rows, poorer, later)]
    assert len({png_of(figure) for figure in figures if figure}) == 3


def test_rounds_that_are_absent_leave_a_gap_and_one_team_alone_is_drawn() -> None:
    rows = [row for row in economy_of(VALUES) if row.round_number not in {2, 3}][::2]
    figure = figure_of_economy(rows, TEAMS, "Nuke")
    assert figure is not None
    assert "21" in words_of(figure)
    assert png_of(figure)


def test_a_long_map_numbers_every_fifth_round() -> None:
    figure = figure_of_economy(economy_of(VALUES * 4), TEAMS, "Nuke")
    assert figure is not None
    assert [word for word in words_of(figure) if word.isdigit()] == [str(number) for number in range(5, 85, 5)]


def test_no_rows_are_no_picture() -> None:
    assert figure_of_economy([], TEAMS, "Nuke") is None
