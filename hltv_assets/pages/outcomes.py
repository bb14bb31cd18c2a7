"""Every name for what can come of asking for a page and reading it, and what follows from each.

One table for all rooms: the site room finds the outcomes of fetching, the parsers those of reading, the warehouse
records them and decides when a page is due again, the assets count them.
"""

from enum import StrEnum
from typing import NamedTuple


class Fault(StrEnum):
    """Whose fault an outcome is: of the one page, of the whole site, or nobody's."""

    NOBODY = "nobody"
    PAGE = "page"
    SITE = "site"


class Then(StrEnum):
    """What becomes of a page after an outcome."""

    STORED = "stored"
    WAITS_GROWING = "waits, each time longer; held after the last attempt"
    WAITS_AN_HOUR = "waits an hour"
    WAITS_A_MONTH = "waits a month"
    MISSING = "missing: not asked for again until a person releases it"
    DUE = "due as before"


class Consequence(NamedTuple):
    """What an outcome means for the run and for the page."""

    discards_batch: bool
    fault: Fault
    counts_as_attempt: bool
    then: Then


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


def _harmless(then: Then) -> Consequence:
    return Consequence(discards_batch=False, fault=Fault.NOBODY, counts_as_attempt=False, then=then)


def _fault_of_page(then: Then) -> Consequence:
    return Consequence(discards_batch=True, fault=Fault.PAGE, counts_as_attempt=True, then=then)


_SITE_AT_FAULT = Consequence(discards_batch=True, fault=Fault.SITE, counts_as_attempt=False, then=Then.DUE)
_READING_FAILED = Consequence(discards_batch=False, fault=Fault.PAGE, counts_as_attempt=True, then=Then.WAITS_GROWING)

_CONSEQUENCES = {
    Outcome.OK: _harmless(Then.STORED),
    Outcome.NOT_READY: _harmless(Then.WAITS_AN_HOUR),
    Outcome.NO_DATA: _harmless(Then.WAITS_A_MONTH),
    Outcome.DISALLOWED: _harmless(Then.MISSING),
    Outcome.NOT_FOUND: _fault_of_page(Then.MISSING),
    Outcome.GONE: _fault_of_page(Then.MISSING),
    Outcome.WRONG_PAGE: _fault_of_page(Then.WAITS_GROWING),
    Outcome.WRONG_KIND: _fault_of_page(Then.WAITS_GROWING),
    Outcome.TRUNCATED: _fault_of_page(Then.WAITS_GROWING),
    Outcome.TOO_LARGE: _fault_of_page(Then.WAITS_GROWING),
    Outcome.UNDECODABLE: _fault_of_page(Then.WAITS_GROWING),
    Outcome.REDIRECTED_AWAY: _fault_of_page(Then.WAITS_GROWING),
    Outcome.TIMEOUT: _fault_of_page(Then.WAITS_GROWING),
    Outcome.CONNECTION: _fault_of_page(Then.WAITS_GROWING),
    Outcome.SERVER_ERROR: _fault_of_page(Then.WAITS_GROWING),
    Outcome.BLOCKED: _SITE_AT_FAULT,
    Outcome.RATE_LIMITED: _SITE_AT_FAULT,
    Outcome.NOT_TRIED: _SITE_AT_FAULT,
    Outcome.PARSE_ERROR: _READING_FAILED,
    Outcome.INCOMPLETE: _READING_FAILED,
    Outcome.INCONSISTENT: _READING_FAILED,
    Outcome.WRITE_ERROR: _READING_FAILED,
}

# A page alone may time out or break; that many in a row say that the site is down.
SITE_FAULT_AFTER_IN_A_ROW = 3
SITE_FAULT_WHEN_REPEATED = frozenset({Outcome.TIMEOUT, Outcome.CONNECTION, Outcome.SERVER_ERROR})
