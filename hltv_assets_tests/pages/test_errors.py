"""The error of this room says what is wrong with a page, in one line, wherever it is carried."""

import copy
import pickle

from hltv_assets.pages import Outcome, PageError


def test_an_error_reads_as_its_reason_and_its_message() -> None:
    assert str(PageError(Outcome.PARSE_ERROR, "no KAST")) == "parse_error: no KAST"


def test_an_error_without_refused_rows_has_none() -> None:
    assert PageError(Outcome.PARSE_ERROR, "no KAST").rows == {}


def test_an_error_survives_the_way_from_one_process_to_another() -> None:
    error = PageError(Outcome.INCONSISTENT, "no KAST", {"player_stats": []})
    for carried in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert isinstance(carried, PageError)
        assert (carried.reason, carried.message, carried.rows) == (error.reason, error.message, error.rows)
