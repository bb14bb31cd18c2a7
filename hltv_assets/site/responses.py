"""What an answer of the site means: one outcome for everything that can come back.

Pure functions of status, headers and body; who asks, and how often, is the client's.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from hltv_assets.pages import Outcome, PageError, PageKind
from hltv_assets.pages.document import check_map_page_identity, open_page
from hltv_assets.pages.economy import check_economy_is_offered
from hltv_assets.pages.match_head import check_match_is_over, check_match_page_identity
from hltv_assets.pages.results import check_results_page
from hltv_assets.site.requests import PageRequest

OK = 200
TOO_MANY_REQUESTS = 429
UNAVAILABLE = 503

_OUTCOMES_OF_STATUS = {
    401: Outcome.BLOCKED,
    403: Outcome.BLOCKED,
    404: Outcome.NOT_FOUND,
    410: Outcome.GONE,
    TOO_MANY_REQUESTS: Outcome.RATE_LIMITED,
    451: Outcome.BLOCKED,
}


def _check_map_page(body: bytes, request: PageRequest) -> None:
    check_map_page_identity(open_page(body), request.page_kind, request.page_id)


def _check_economy_page(body: bytes, request: PageRequest) -> None:
    page = open_page(body)
    check_map_page_identity(page, request.page_kind, request.page_id)
    try:
        check_economy_is_offered(page)
    except PageError as error:
        # Half of it is a page to keep, and for its parser to complain about.
        if error.reason is Outcome.NO_DATA:
            raise


def _check_match_page(body: bytes, request: PageRequest) -> None:
    page = open_page(body)
    check_match_page_identity(page, request.page_id)
    check_match_is_over(page)


def _check_results_page(body: bytes, request: PageRequest) -> None:
    check_results_page(open_page(body), request.page_id)


_CHECKS: Mapping[PageKind, Callable[[bytes, PageRequest], None]] = {
    PageKind.RESULTS: _check_results_page,
    PageKind.MATCH: _check_match_page,
    PageKind.MAP_STATS: _check_map_page,
    PageKind.MAP_PERFORMANCE: _check_map_page,
    PageKind.MAP_ECONOMY: _check_economy_page,
}


def check_response(request: PageRequest, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Return if the answer is the whole page that was asked for; else raise `PageError` with the outcome.

    `headers` by lower-case name. A challenge is known by its header `cf-mitigated` or by its title, whatever its
    status; a redirect is the client's business and never comes here.
    """
    refuse_challenge(status, headers)
    if status != OK:
        raise _error_of_status(status, body)
    _CHECKS[request.page_kind](body, request)


def robots_text(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the robots.txt of an answer, empty where the site has none; else raise `PageError` with the outcome.

    A status of 400 to 499 says that there is none (RFC 9309), but for those by which a site blocks or slows us.
    """
    refuse_challenge(status, headers)
    if status == OK:
        _refuse_what_shows_a_block(body)
        return body
    error = _error_of_status(status, body)
    if error.reason in {Outcome.BLOCKED, Outcome.RATE_LIMITED} or not _is_client_error(status):
        raise error
    return b""


def refuse_challenge(status: int, headers: Mapping[str, str]) -> None:
    """Raise `PageError` if the headers, by lower-case name, say that the answer is a challenge, whatever its body."""
    if headers.get("cf-mitigated", "").lower() == "challenge":
        raise PageError(Outcome.BLOCKED, f"a challenge instead of the page (status {status}, cf-mitigated)")


def _refuse_what_shows_a_block(body: bytes) -> None:
    try:
        open_page(body)
    except PageError as error:
        if error.reason is Outcome.BLOCKED:
            raise


def _error_of_status(status: int, body: bytes) -> PageError:
    try:
        _refuse_what_shows_a_block(body)
    except PageError as error:
        return error
    # What HLTV never sends (a 418, say) is treated as the trouble of a server that it is.
    return PageError(_OUTCOMES_OF_STATUS.get(status, Outcome.SERVER_ERROR), f"status {status}")


def _is_client_error(status: int) -> bool:
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
