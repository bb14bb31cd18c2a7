"""The client: asks for the pages of a batch and tells of each what came of it.

One async client a run. A page's own fault does not stop the others; a fault of the site stops at once, and what was
not asked for by then is `not_tried`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec

from hltv_assets.pages import Outcome, PageError
from hltv_assets.pages.kinds import page_path
from hltv_assets.pages.outcomes import SITE_FAULT_AFTER_IN_A_ROW, SITE_FAULT_WHEN_REPEATED, Fault
from hltv_assets.site.bodies import read_body
from hltv_assets.site.hosts import SAMPLE_HOST, is_live
from hltv_assets.site.pace import Pace
from hltv_assets.site.requests import Arrival, FetchFailure, PageRequest
from hltv_assets.site.responses import check_response
from hltv_assets.site.sample import SampleTransport, sample_folder

_MOST_REDIRECTS = 5
_PATIENCE = 5.0  # seconds for the body of an error

Store = Callable[[Arrival], object]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """The site and how it is asked; times in seconds, sizes in bytes.

    `min_delay` is the time between two starts, kept by all processes that share `state_folder`.
    """

    base_url: str
    user_agent: str
    concurrency: int
    connect_timeout: float
    read_timeout: float
    page_timeout: float
    max_page_bytes: int
    min_delay: float
    state_folder: Path

    @property
    def host(self) -> str:
        """The site's host, without port: by this name a warehouse knows whose pages it holds."""
        return urlsplit(self.base_url).hostname or ""

    def url(self, request: PageRequest) -> str:
        """Return the address of a page."""
        return self.base_url + page_path(request.kind, request.page_id, request.slug)

    def fetch(self, requests: Sequence[PageRequest], store: Store) -> list[FetchFailure]:
        """Ask for pages, in their order; hand each that arrived to `store` at once, return the others' failures.

        `store` is called in a thread, before anything else happens to the page; what it raises ends the fetching
        and is raised here. After a fault of the site, or three time-outs, broken connections or server errors in a
        row, no further request is started.
        """
        if not requests:
            return []
        if is_live(self.host):
            return [_failure(self, request, Outcome.NOT_TRIED, _no_leave(self.host)) for request in requests]
        try:
            return asyncio.run(_Fetching(self, requests, store).run())
        except ExceptionGroup as group:
            raise group.exceptions[0] from None


def _failure(site: Site, request: PageRequest, outcome: Outcome, message: str) -> FetchFailure:
    return FetchFailure(request, site.url(request), outcome, message, outcome.consequence.fault)


def _no_leave(host: str) -> str:
    return (
        f"{host} is a live site, and this version asks only the sample and this machine: HLTV's terms (2.2) forbid "
        "scraping; ask HLTV for leave, or use pages that you have"
    )


class _Fetching:
    """One run's requests, shared by its workers, and when to make no more."""

    def __init__(self, site: Site, requests: Sequence[PageRequest], store: Store) -> None:
        self._site = site
        self._left = deque(requests)
        self._store = store
        self._pace = Pace(site.state_folder, site.min_delay)
        self._failures: list[FetchFailure] = []
        self._in_a_row: list[FetchFailure] = []
        self._stopped_by: FetchFailure | None = None

    async def run(self) -> list[FetchFailure]:
        async with _http_client(self._site) as client, asyncio.TaskGroup() as workers:
            for _ in range(min(self._site.concurrency, len(self._left))):
                workers.create_task(self._work(client))
        return self._failures + [self._not_tried(request) for request in self._left]

    async def _work(self, client: httpx.AsyncClient) -> None:
        while self._left and self._stopped_by is None:
            request = self._left.popleft()
            await self._pace.wait_for_turn()
            if self._stopped_by is not None:  # by another worker, while this one waited
                self._left.appendleft(request)
                return
            result = await self._fetch(request, client)
            if isinstance(result, Arrival):
                self._in_a_row.clear()
                await asyncio.to_thread(self._store, result)
            else:
                self._notice(result)

    def _notice(self, failure: FetchFailure) -> None:
        """Keep a failure, and stop if it is the site's, or the last of a row that shows it to be."""
        self._failures.append(failure)
        if failure.outcome in SITE_FAULT_WHEN_REPEATED:
            self._in_a_row.append(failure)
        else:
            self._in_a_row.clear()
        if len(self._in_a_row) >= SITE_FAULT_AFTER_IN_A_ROW:
            blameless = {id(one) for one in self._in_a_row}
            self._failures = [
                msgspec.structs.replace(one, fault=Fault.SITE) if id(one) in blameless else one
                for one in self._failures
            ]
            self._stopped_by = failure
        elif failure.fault is Fault.SITE:
            self._stopped_by = failure

    def _not_tried(self, request: PageRequest) -> FetchFailure:
        cause = self._stopped_by
        message = f"fetching stopped after {cause.outcome} ({cause.message})" if cause else "fetching stopped"
        return _failure(self._site, request, Outcome.NOT_TRIED, message)

    async def _fetch(self, request: PageRequest, client: httpx.AsyncClient) -> Arrival | FetchFailure:
        try:
            async with asyncio.timeout(self._site.page_timeout):
                body = await _read_page(request, client, self._site)
        except PageError as error:
            outcome, message = error.reason, error.message
        except TimeoutError:
            outcome, message = Outcome.TIMEOUT, f"not whole after {self._site.page_timeout:g} s"
        except httpx.TimeoutException as error:
            outcome, message = Outcome.TIMEOUT, type(error).__name__
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            outcome, message = Outcome.CONNECTION, f"{type(error).__name__}: {error}"
        else:
            return Arrival(request, self._site.url(request), body, datetime.now(UTC))
        return _failure(self._site, request, outcome, message)


def _http_client(site: Site) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        http2=True,
        # Only what can be unpacked piece by piece under a limit is asked for.
        headers={"user-agent": site.user_agent, "accept": "text/html", "accept-encoding": "gzip"},
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx.Timeout(site.read_timeout, connect=site.connect_timeout),
        limits=httpx.Limits(max_connections=site.concurrency),
        mounts={f"all://{SAMPLE_HOST}": SampleTransport(sample_folder())},
        trust_env=False,
    )


async def _read_page(request: PageRequest, client: httpx.AsyncClient, site: Site) -> bytes:
    target = httpx.URL(site.url(request))
    for _ in range(_MOST_REDIRECTS + 1):
        async with client.stream("GET", target, follow_redirects=False) as response:
            if not response.has_redirect_location:
                body = await read_body(response, site.max_page_bytes, patience=min(_PATIENCE, site.page_timeout / 2))
                check_response(request, response.status_code, response.headers, body)
                return body
            target = _within_host(target, response.headers["location"])
    raise PageError(Outcome.REDIRECTED_AWAY, f"redirected more than {_MOST_REDIRECTS} times")


def _within_host(target: httpx.URL, location: str) -> httpx.URL:
    try:
        redirected = target.join(location)
    except httpx.InvalidURL:
        raise PageError(Outcome.REDIRECTED_AWAY, f"redirected to what is no address, {location[:120]!r}") from None
    if (redirected.host, redirected.port) != (target.host, target.port) or redirected.scheme not in {"http", "https"}:
        raise PageError(Outcome.REDIRECTED_AWAY, f"redirected to another host, {redirected.netloc.decode()!r}")
    return redirected
