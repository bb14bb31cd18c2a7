"""One request, politely: in a slot, at the pace, never in a cool-down, only where robots.txt lets us, and again only
if that may help.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx

from hltv_assets.pages import Outcome, PageError
from hltv_assets.site.concurrency import Slots
from hltv_assets.site.cool_down import CoolDown, CoolDowns
from hltv_assets.site.pace import Pace
from hltv_assets.site.response_body import BrokenTransferError, read_body
from hltv_assets.site.responses import TOO_MANY_REQUESTS, UNAVAILABLE, refuse_challenge
from hltv_assets.site.retrying import Patience, TryError, asked_pause, tries
from hltv_assets.site.robots import Robots
from hltv_assets.site.state_store import States

_MAX_REDIRECTS = 5
_FIRST_SERVER_ERROR = 500
_ANSWERS_OF_THE_SITE = {Outcome.SERVER_ERROR, Outcome.RATE_LIMITED, Outcome.BLOCKED}
_PATIENCE_FOR_ERRORS = 5.0  # seconds for the body of an error

# Of status, headers (by lower-case name) and body, what arrived; raises `PageError` if that is not what was asked for.
Accept = Callable[[int, Mapping[str, str], bytes], bytes]


class StoppedError(Exception):
    """A request was not made because the fetching had been stopped before its turn came."""


class PoliteClient:
    """Makes requests; shares its pace with all who have the same states, its slots with all of the same folder."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        folder: Path,
        states: States,
        min_delay: float,
        concurrency: int,
        page_timeout: float,
        patience: Patience,
        cool_downs: CoolDowns,
        is_stopped: Callable[[], bool],
    ) -> None:
        self._http = http
        self._states = states
        self._min_delay = min_delay
        self._pace = Pace(states, min_delay)
        self._slots = Slots(folder, concurrency)
        self._page_timeout = page_timeout
        self._patience = patience
        self._cool_downs = cool_downs
        self._is_stopped = is_stopped
        self._robots = Robots("", "")

    def obey(self, robots: Robots) -> None:
        """From now on, ask only for what a site's robots.txt allows, and no faster than it says."""
        self._robots = robots
        self._pace = Pace(self._states, max(self._min_delay, robots.crawl_delay))

    async def read(self, url: str, accept: Accept, max_bytes: int) -> bytes:
        """Ask for an address, as often as may help, and return what `accept` makes of the answer.

        Raises `TryError` with the outcome of the last try; `StoppedError` if a try had to be left out.
        """
        body: bytes = await tries(self._patience)(self._follow, httpx.URL(url), accept, max_bytes)
        self._pace.recover()
        return body

    async def _follow(self, target: httpx.URL, accept: Accept, max_bytes: int) -> bytes:
        for _ in range(_MAX_REDIRECTS + 1):
            if not self._robots.allows(str(target)):
                raise TryError(Outcome.DISALLOWED, f"the site's robots.txt forbids {target.path}")
            answer = await self._request(target, accept, max_bytes)
            if isinstance(answer, bytes):
                return answer
            target = _within_host(target, answer)
        raise TryError(Outcome.REDIRECTED_AWAY, f"redirected more than {_MAX_REDIRECTS} times")

    async def _request(self, target: httpx.URL, accept: Accept, max_bytes: int) -> bytes | str:
        """Make one request and return what arrived, or the address that it leads on to."""
        self._check_may_request()
        async with self._slots.one():
            await self._pace.wait_for_turn()
            self._check_may_request()
            try:
                async with (
                    asyncio.timeout(self._page_timeout),
                    self._http.stream("GET", target, follow_redirects=False) as response,
                ):
                    refuse_challenge(response.status_code, response.headers)
                    if response.has_redirect_location:
                        return response.headers["location"]
                    body = await self._body(response, max_bytes)
            except PageError as error:
                may_pass = isinstance(error, BrokenTransferError)
                raise TryError(error.reason, error.message, may_pass=may_pass) from None
            except TimeoutError:
                message = f"not whole after {self._page_timeout:g} s"
                raise TryError(Outcome.TIMEOUT, message, may_pass=True) from None
            except httpx.TimeoutException as error:
                raise TryError(Outcome.TIMEOUT, type(error).__name__, may_pass=True) from None
            except httpx.TransportError as error:
                message = f"{type(error).__name__}: {error}"
                raise TryError(Outcome.CONNECTION, message, may_pass=True) from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise TryError(Outcome.CONNECTION, f"{type(error).__name__}: {error}") from None
            except ValueError as error:  # httpx looks where a redirect leads, and lets what is no host name through
                raise TryError(Outcome.REDIRECTED_AWAY, f"redirected to an invalid address ({error})") from None
        return self._accepted(response, body, accept)

    def _check_may_request(self) -> None:
        if self._is_stopped():
            raise StoppedError
        if cool_down := self._cool_downs.current():
            raise TryError(Outcome.NOT_TRIED, describe_cool_down(cool_down))

    async def _body(self, response: httpx.Response, max_bytes: int) -> bytes:
        if response.status_code in {TOO_MANY_REQUESTS, UNAVAILABLE}:
            pause = asked_pause(response.headers, datetime.now(UTC)) or 0.0
            self._pace.slow_down(min(pause, self._patience.max_pause))
        return await read_body(response, max_bytes, patience=min(_PATIENCE_FOR_ERRORS, self._page_timeout / 2))

    def _accepted(self, response: httpx.Response, body: bytes, accept: Accept) -> bytes:
        status = response.status_code
        try:
            return accept(status, response.headers, body)
        except PageError as error:
            # Of one page that is not there, a Retry-After says nothing about the site.
            is_of_site = error.reason in _ANSWERS_OF_THE_SITE
            pause = asked_pause(response.headers, datetime.now(UTC)) if is_of_site else None
            may_pass = (pause or 0.0) <= self._patience.max_pause and (
                (error.reason is Outcome.SERVER_ERROR and status >= _FIRST_SERVER_ERROR)
                or (error.reason is Outcome.RATE_LIMITED and pause is not None)
            )
            raise TryError(error.reason, error.message, may_pass=may_pass, pause=pause) from None


def describe_cool_down(cool_down: CoolDown) -> str:
    """Return in words why nothing is asked now, until when, and what to do."""
    blocks = "a block" if cool_down.blocks_in_a_row == 1 else f"{cool_down.blocks_in_a_row} blocks in a row"
    return (
        f"cooling down until {cool_down.until:%Y-%m-%d %H:%M:%S} UTC after {blocks} ({cool_down.reason}); "
        "run again after that, or end it by hltv-assets release --site"
    )


def _within_host(target: httpx.URL, location: str) -> httpx.URL:
    try:
        redirected = target.join(location)
    except (httpx.InvalidURL, ValueError):
        raise TryError(Outcome.REDIRECTED_AWAY, f"redirected to an invalid address, {location[:120]!r}") from None
    if (redirected.host, redirected.port) != (target.host, target.port) or redirected.scheme not in {"http", "https"}:
        # Without the user and password that an address may hold.
        raise TryError(Outcome.REDIRECTED_AWAY, f"redirected to another host, {redirected.host!r}")
    return redirected
