"""The picture of the progress counts every match or map, and has a bar for each of the last days and for each month."""

from datetime import date, timedelta

from hltv_assets.plots.card import DONE, DUE, IDLE, png_of
from hltv_assets.plots.progress import DayCount, figure_of_progress
from hltv_assets_tests.plots.drawn import marks_of, words_of

TODAY = date(2031, 3, 2)


def test_the_sums_count_days_that_are_not_known_too() -> None:
    days = [DayCount(TODAY, 1_200, 3, 0), DayCount(TODAY - timedelta(days=400), 5, 0, 1), DayCount(None, 0, 2, 0)]
    figure = figure_of_progress(days, "maps")
    assert figure is not None
    assert {"in the tables: 1,205", "due: 5", "pending, not due: 1"} <= set(words_of(figure))


def test_the_last_thirty_days_and_every_month_between_have_a_place() -> None:
    figure = figure_of_progress([DayCount(TODAY, 4, 0, 0), DayCount(date(2030, 12, 31), 2, 7, 0)], "maps")
    assert figure is not None
    words = words_of(figure)
    assert {"by the day, until 02 March 2031", "by the month", "02 Mar", "2031-03", "2030-12"} <= set(words)
    legend, days, months = 1, 30, 4
    assert all(marks_of(figure, colour) == legend + days + months for colour in (DONE, DUE, IDLE))
    highest_day, highest_month = "4", "9"
    assert {highest_day, highest_month} <= set(words)


def test_many_years_are_shown_by_the_year() -> None:
    figure = figure_of_progress([DayCount(TODAY, 4, 0, 0), DayCount(date(2020, 1, 1), 0, 9_000, 0)], "matches")
    assert figure is not None
    assert {"matches by the day of their match", "by the year", "2031", "9,000"} <= set(words_of(figure))


def test_what_is_done_changes_the_picture() -> None:
    figures = [figure_of_progress([DayCount(TODAY, done, 9 - done, 0)], "maps") for done in (2, 3)]
    assert len({png_of(figure) for figure in figures if figure}) == 2


def test_without_a_day_there_is_no_picture() -> None:
    assert figure_of_progress([], "maps") is None
    assert figure_of_progress([DayCount(None, 0, 4, 0)], "maps") is None


def test_a_day_with_nothing_at_all_is_drawn() -> None:
    figure = figure_of_progress([DayCount(TODAY, 0, 0, 0)], "maps")
    assert figure is not None
    assert png_of(figure)
