"""What follows from each outcome, as the design's table promises it."""

import pytest

from hltv_assets.pages import Outcome
from hltv_assets.pages.outcomes import (
    SITE_FAULT_AFTER_IN_A_ROW,
    SITE_FAULT_WHEN_REPEATED,
    Consequence,
    Fault,
    NextStep,
)


def consequence(fault: Fault, step: NextStep, *words: str) -> Consequence:
    """A line of the table: whether the batch is discarded and an attempt counted stands in words."""
    return Consequence("discards" in words, fault, "counts" in words, step)


PROMISED = {
    Outcome.OK: consequence(Fault.NOBODY, NextStep.STORED),
    Outcome.NOT_READY: consequence(Fault.NOBODY, NextStep.WAIT_AN_HOUR),
    Outcome.NO_DATA: consequence(Fault.NOBODY, NextStep.WAIT_A_MONTH),
    Outcome.DISALLOWED: consequence(Fault.NOBODY, NextStep.MISSING),
}
GONE_FROM_THE_SITE = {Outcome.NOT_FOUND, Outcome.GONE}
FAULT_OF_THE_PAGE = {
    Outcome.WRONG_PAGE,
    Outcome.WRONG_KIND,
    Outcome.TRUNCATED,
    Outcome.TOO_LARGE,
    Outcome.UNDECODABLE,
    Outcome.REDIRECTED_AWAY,
    Outcome.TIMEOUT,
    Outcome.CONNECTION,
    Outcome.SERVER_ERROR,
}
FAULT_OF_THE_SITE = {Outcome.BLOCKED, Outcome.RATE_LIMITED, Outcome.NOT_TRIED}
PARSING_OR_LOADING_FAILED = {Outcome.PARSE_ERROR, Outcome.INCOMPLETE, Outcome.INCONSISTENT, Outcome.WRITE_ERROR}


def test_the_outcomes_are_those_of_the_design() -> None:
    known = PROMISED.keys() | GONE_FROM_THE_SITE | FAULT_OF_THE_PAGE | FAULT_OF_THE_SITE | PARSING_OR_LOADING_FAILED
    assert set(Outcome) == known


def test_an_outcome_is_written_as_its_name_in_lower_case() -> None:
    assert {str(outcome) for outcome in Outcome} == {outcome.name.lower() for outcome in Outcome}


@pytest.mark.parametrize("outcome", PROMISED)
def test_what_is_no_error_of_fetching_has_its_own_consequence(outcome: Outcome) -> None:
    assert outcome.consequence == PROMISED[outcome]


@pytest.mark.parametrize("outcome", sorted(GONE_FROM_THE_SITE))
def test_a_page_that_is_gone_discards_the_batch_and_is_missing_from_then_on(outcome: Outcome) -> None:
    assert outcome.consequence == consequence(Fault.PAGE, NextStep.MISSING, "discards", "counts")


@pytest.mark.parametrize("outcome", sorted(FAULT_OF_THE_PAGE))
def test_a_bad_page_discards_the_batch_counts_an_attempt_and_waits_longer_each_time(outcome: Outcome) -> None:
    assert outcome.consequence == consequence(Fault.PAGE, NextStep.WAIT_LONGER, "discards", "counts")


@pytest.mark.parametrize("outcome", sorted(FAULT_OF_THE_SITE))
def test_a_fault_of_the_site_discards_the_batch_but_is_not_held_against_the_page(outcome: Outcome) -> None:
    assert outcome.consequence == consequence(Fault.SITE, NextStep.DUE, "discards")


@pytest.mark.parametrize("outcome", sorted(PARSING_OR_LOADING_FAILED))
def test_a_page_that_cannot_be_read_or_written_does_not_discard_the_batch(outcome: Outcome) -> None:
    assert outcome.consequence == consequence(Fault.PAGE, NextStep.WAIT_LONGER, "counts")


def test_every_next_step_has_words() -> None:
    assert len({step.label for step in NextStep}) == len(NextStep)


def test_three_pages_in_a_row_without_an_answer_are_the_fault_of_the_site() -> None:
    assert SITE_FAULT_AFTER_IN_A_ROW == 3
    assert {Outcome.TIMEOUT, Outcome.CONNECTION, Outcome.SERVER_ERROR} == SITE_FAULT_WHEN_REPEATED
