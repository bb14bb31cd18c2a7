"""The picture of the last runs shows how many pages had which outcome, whose fault that was, and what it cost."""

from hltv_assets.pages import Outcome
from hltv_assets.plots.card import DONE, DUE, FAULTY, IDLE, MEASURED, png_of
from hltv_assets.plots.fetching import FetchedPages, figure_of_fetching
from hltv_assets_tests.plots.drawn import marks_of, words_of

GOOD = FetchedPages(outcomes={Outcome.OK: 1_000}, bytes=12_400_000, seconds=31)
BLOCKED = FetchedPages(outcomes={Outcome.OK: 3, Outcome.BLOCKED: 1, Outcome.NOT_TRIED: 46}, bytes=900_000, seconds=0.4)
TORN = FetchedPages(outcomes={Outcome.OK: 48, Outcome.TRUNCATED: 2, Outcome.NO_DATA: 1}, bytes=0, seconds=0)


def test_outcomes_are_counted_over_all_runs_by_whose_fault_they_are() -> None:
    figure = figure_of_fetching([GOOD, BLOCKED, TORN], "map_stats")
    assert figure is not None
    words = words_of(figure)
    assert {"ok 1,051", "no_data 1", "truncated 2", "not_tried 46, blocked 1"} <= set(words)
    assert {"map_stats: what the last runs fetched, a bar a run", "pages", "MB", "seconds"} <= set(words)
    highest = {"1,000", "12", "31"}
    assert highest <= set(words)


def test_each_run_has_a_bar_for_every_fault_for_bytes_and_for_seconds() -> None:
    figure = figure_of_fetching([GOOD, BLOCKED, TORN], "map_stats")
    assert figure is not None
    legend, runs = 1, 3
    assert all(marks_of(figure, colour) == legend + runs for colour in (DONE, IDLE, FAULTY, DUE))
    assert marks_of(figure, MEASURED) == 2 * runs


def test_runs_without_a_fault_have_no_word_of_one() -> None:
    figure = figure_of_fetching([GOOD], "match")
    assert figure is not None
    assert [word for word in words_of(figure) if word.startswith(("ok", "blocked", "truncated"))] == ["ok 1,000"]


def test_another_outcome_is_another_picture() -> None:
    figures = [figure_of_fetching(runs, "match") for runs in ([GOOD], [BLOCKED], [GOOD, BLOCKED])]
    assert len({png_of(figure) for figure in figures if figure}) == 3


def test_no_runs_are_no_picture() -> None:
    assert figure_of_fetching([], "match") is None
