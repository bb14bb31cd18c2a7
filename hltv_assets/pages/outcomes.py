"""Every outcome of fetching, parsing and loading a page, and what follows from it.

One table for all rooms: the site room finds the outcomes of fetching, the parsers those of parsing, the warehouse
records them and decides when a page is due again, the assets count them.
"""

from enum import StrEnum
from typing import NamedTuple


class Fault(StrEnum):
    """Whose fault an outcome is: of the one page, of the whole site, or nobody's."""

    NOBODY = "nobody"
    PAGE = "page"
    SITE = "site"


class NextStep(StrEnum):
    """What happens to a page after an outcome; `label` says it in words."""

    STORED = "stored"
    WAIT_LONGER = "wait_longer"
    WAIT_AN_HOUR = "wait_an_hour"
    WAIT_A_MONTH = "wait_a_month"
    MISSING = "missing"
    DUE = "due"

    @property
    def label(self) -> str:
        """The step in words."""
        return _LABELS[self]


_LABELS = {
    NextStep.STORED: "stored",
    NextStep.WAIT_LONGER: "waits, longer each time; held after the last attempt",
    NextStep.WAIT_AN_HOUR: "waits an hour",
    NextStep.WAIT_A_MONTH: "waits a month",
    NextStep.MISSING: "missing: not asked for again until it is released",
    NextStep.DUE: "due as before",
}


class Consequence(NamedTuple):
    """What an outcome means for the run and for the page."""

    discards_batch: bool
    fault: Fault
    counts_as_attempt: bool
    next_step: NextStep


class Outcome(StrEnum):
    """The names that `page_failures.reason`, check tables and log lines use."""

    OK = "ok"
    NOT_READY = "not_ready"
    NO_DATA = "no_data"
    DISALLOWED = "disallowed"
    NOT_FOUND = "not_found"
    GONE = "gone"
    WRONG_PAGE = "wrong_page"
    WRONG_KIND = "wrong_kind"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    UNDECODABLE = "undecodable"
    REDIRECTED_AWAY = "redirected_away"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    SERVER_ERROR = "server_error"
    BLOCKED = "blocked"
    RATE_LIMITED = "rate_limited"
    NOT_TRIED = "not_tried"
    PARSE_ERROR = "parse_error"
    INCOMPLETE = "incomplete"
    INCONSISTENT = "inconsistent"
    WRITE_ERROR = "write_error"

    @property
    def consequence(self) -> Consequence:
        """What follows from this outcome."""
        return _CONSEQUENCES[self]


def _harmless(next_step: NextStep) -> Consequence:
    return Consequence(discards_batch=False, fault=Fault.NOBODY, counts_as_attempt=False, next_step=next_step)


def _fault_of_page(next_step: NextStep) -> Consequence:
    return Consequence(discards_batch=True, fault=Fault.PAGE, counts_as_attempt=True, next_step=next_step)


_SITE_AT_FAULT = Consequence(discards_batch=True, fault=Fault.SITE, counts_as_attempt=False, next_step=NextStep.DUE)
_PARSING_OR_LOADING_FAILED = Consequence(
    discards_batch=False, fault=Fault.PAGE, counts_as_attempt=True, next_step=NextStep.WAIT_LONGER
)

_CONSEQUENCES = {
    Outcome.OK: _harmless(NextStep.STORED),
    Outcome.NOT_READY: _harmless(NextStep.WAIT_AN_HOUR),
    Outcome.NO_DATA: _harmless(NextStep.WAIT_A_MONTH),
    Outcome.DISALLOWED: _harmless(NextStep.MISSING),
    Outcome.NOT_FOUND: _fault_of_page(NextStep.MISSING),
    Outcome.GONE: _fault_of_page(NextStep.MISSING),
    Outcome.WRONG_PAGE: _fault_of_page(NextStep.WAIT_LONGER),
    Outcome.WRONG_KIND: _fault_of_page(NextStep.WAIT_LONGER),
    Outcome.TRUNCATED: _fault_of_page(NextStep.WAIT_LONGER),
    Outcome.TOO_LARGE: _fault_of_page(NextStep.WAIT_LONGER),
    Outcome.UNDECODABLE: _fault_of_page(NextStep.WAIT_LONGER),
    Outcome.REDIRECTED_AWAY: _fault_of_page(NextStep.WAIT_LONGER),
    Outcome.TIMEOUT: _fault_of_page(NextStep.WAIT_LONGER),
    Outcome.CONNECTION: _fault_of_page(NextStep.WAIT_LONGER),
    Outcome.SERVER_ERROR: _fault_of_page(NextStep.WAIT_LONGER),
    Outcome.BLOCKED: _SITE_AT_FAULT,
    Outcome.RATE_LIMITED: _SITE_AT_FAULT,
    Outcome.NOT_TRIED: _SITE_AT_FAULT,
    Outcome.PARSE_ERROR: _PARSING_OR_LOADING_FAILED,
    Outcome.INCOMPLETE: _PARSING_OR_LOADING_FAILED,
    Outcome.INCONSISTENT: _PARSING_OR_LOADING_FAILED,
    Outcome.WRITE_ERROR: _PARSING_OR_LOADING_FAILED,
}

# A page alone may time out or break; that many in a row say that the site is down.
SITE_FAULT_AFTER_IN_A_ROW = 3
SITE_FAULT_WHEN_REPEATED = frozenset({Outcome.TIMEOUT, Outcome.CONNECTION, Outcome.SERVER_ERROR})
