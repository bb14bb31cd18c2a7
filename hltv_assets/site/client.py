"""The client: asks for the pages of a batch, and reports the result of each request.

One async client a run. A page's own fault does not stop the others; a fault of the site stops at once and begins a
cool-down, and what was not asked for by then is `not_tried`.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec

from hltv_assets.pages import Outcome
from hltv_assets.pages.failures import PageFailure
from hltv_assets.pages.kinds import page_path
from hltv_assets.pages.outcomes import SITE_FAULT_AFTER_IN_A_ROW, SITE_FAULT_WHEN_REPEATED, Fault
from hltv_assets.site import event_loop, robots
from hltv_assets.site.cool_down import CoolDowns
from hltv_assets.site.hosts import SAMPLE_HOST
from hltv_assets.site.permission import why_not_to_ask
from hltv_assets.site.polite import PoliteClient, StoppedError
from hltv_assets.site.requests import Arrival, PageRequest
from hltv_assets.site.responses import check_response, robots_text
from hltv_assets.site.retrying import Patience, TryError
from hltv_assets.site.robots import Robots, RobotsFile
from hltv_assets.site.sample import SampleTransport, sample_folder
from hltv_assets.site.state_store import States

OnArrival = Callable[[Arrival], PageRequest | None]
"""Takes a page that arrived; a request that it returns is asked for, too."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """The site and how it is asked; times in seconds, sizes in bytes.

    `min_delay` (between two starts) and the cool-down hold for all who share `states`, `concurrency` (requests under
    way) for all processes that share `state_folder`. `live` says that the user has permission to ask a host that is
    neither the sample nor this machine. `on_progress` is called after each page that arrived.
    """

    base_url: str
    user_agent: str
    live: bool
    concurrency: int
    connect_timeout: float
    read_timeout: float
    page_timeout: float
    max_page_bytes: int
    min_delay: float
    first_cool_down: float
    patience: Patience
    state_folder: Path
    states: States
    on_progress: Callable[[], None] | None = None

    @property
    def host(self) -> str:
        """The site's host, without port: by this name a warehouse knows whose pages it holds."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def cool_downs(self) -> CoolDowns:
        """The cool-down that all who ask this site share."""
        return CoolDowns(self.states, timedelta(seconds=self.first_cool_down))

    def url(self, request: PageRequest) -> str:
        """Return the address of a page."""
        return self.base_url + page_path(request.page_kind, request.page_id, request.slug)

    def fetch(self, requests: Sequence[PageRequest], on_arrival: OnArrival) -> list[PageFailure]:
        """Ask for pages, in order; hand each that arrived to `on_arrival` at once, and return the others' failures.

        `on_arrival` is called in a thread, before anything else happens to the page. A request that it returns is asked
        for, too; what it raises ends the fetching and is raised here. After a fault of the site, or three time-outs,
        broken connections or server errors in a row, no further request is started.
        """
        if not requests:
            return []
        if reason := why_not_to_ask(self.host, live=self.live, user_agent=self.user_agent):
            return [_failure(self, request, Outcome.NOT_TRIED, reason) for request in requests]
        try:
            return event_loop.run(_Fetching(self, requests, on_arrival).run)
        except ExceptionGroup as group:
            raise group.exceptions[0] from None


def _failure(
    site: Site, request: PageRequest, outcome: Outcome, message: str, fault: Fault | None = None
) -> PageFailure:
    return PageFailure(
        page_id=request.page_id,
        match_id=request.match_id,
        map_number=request.map_number,
        page_kind=request.page_kind,
        stage="fetch",
        outcome=outcome,
        message=message,
        fault=fault or outcome.consequence.fault,
        url=site.url(request),
    )


class _Fetching:
    """One run's requests, shared by its workers, and when to make no more."""

    def __init__(self, site: Site, requests: Sequence[PageRequest], on_arrival: OnArrival) -> None:
        self._site = site
        self._left = deque(requests)
        self._on_arrival = on_arrival
        self._cool_downs = site.cool_downs
        self._failures: list[PageFailure] = []
        self._in_a_row: list[PageFailure] = []
        self._stopped_by: PageFailure | None = None

    async def run(self) -> list[PageFailure]:
        async with _http_client(self._site) as http:
            client = self._polite(http)
            await self._obey_robots(client)
            async with asyncio.TaskGroup() as workers:
                for _ in range(min(self._site.concurrency, len(self._left))):
                    workers.create_task(self._work(client))
        return self._failures + [self._not_tried(request) for request in self._left]

    def _polite(self, http: httpx.AsyncClient) -> PoliteClient:
        return PoliteClient(
            http,
            folder=self._site.state_folder,
            states=self._site.states,
            min_delay=self._site.min_delay,
            concurrency=self._site.concurrency,
            page_timeout=self._site.page_timeout,
            patience=self._site.patience,
            cool_downs=self._cool_downs,
            is_stopped=lambda: self._stopped_by is not None,
        )

    async def _obey_robots(self, client: PoliteClient) -> None:
        """Read the site's rules; where they cannot be had, the first page has failed, by the site's fault."""
        url = robots.address(self._site.base_url)
        kept = RobotsFile(self._site.states, url)
        text = kept.fresh()
        if text is None:
            try:
                text = (await client.read(url, robots_text, robots.MAX_BYTES)).decode("utf-8-sig", "replace")
            except TryError as error:
                message = error.message if error.outcome is Outcome.NOT_TRIED else f"robots.txt: {error.message}"
                failure = _failure(self._site, self._left.popleft(), error.outcome, message, Fault.SITE)
                self._notice(failure, error.pause)
                return
            kept.keep(text)
        client.obey(Robots(text, self._site.user_agent))

    async def _work(self, client: PoliteClient) -> None:
        while self._left and self._stopped_by is None:
            request = self._left.popleft()
            asked_at = datetime.now(UTC)
            try:
                body = await client.read(self._site.url(request), _page_check(request), self._site.max_page_bytes)
            except StoppedError:  # by another worker, while this one waited
                self._left.appendleft(request)
                return
            except TryError as error:
                self._notice(self._failed(request, error), error.pause)
            else:
                self._in_a_row.clear()
                self._cool_downs.page_arrived(asked_at)
                arrival = Arrival(request, self._site.url(request), body, datetime.now(UTC))
                if following := await self._stored(arrival):
                    self._left.append(following)
                if self._site.on_progress:
                    self._site.on_progress()

    async def _stored(self, arrival: Arrival) -> PageRequest | None:
        """Store a page that arrived, even if the fetching is cancelled now."""
        storing = asyncio.create_task(asyncio.to_thread(self._on_arrival, arrival))
        try:
            return await asyncio.shield(storing)
        except asyncio.CancelledError:
            await asyncio.wait([storing])
            if error := storing.exception():
                raise error from None
            raise

    def _failed(self, request: PageRequest, error: TryError) -> PageFailure:
        # A server that asks for a pause longer than we wait in a run speaks for the whole site.
        wants_rest = error.pause is not None and error.pause > self._site.patience.max_pause
        return _failure(self._site, request, error.outcome, error.message, Fault.SITE if wants_rest else None)

    def _notice(self, failure: PageFailure, pause: float | None) -> None:
        """Keep a failure; if it is the site's, or the last of a row that shows it to be, stop and let the site cool."""
        self._failures.append(failure)
        if failure.outcome in SITE_FAULT_WHEN_REPEATED:
            self._in_a_row.append(failure)
        elif failure.outcome is not Outcome.DISALLOWED:  # for which nothing was asked
            self._in_a_row.clear()
        if len(self._in_a_row) >= SITE_FAULT_AFTER_IN_A_ROW:
            blameless = {id(one) for one in self._in_a_row}
            self._failures = [
                msgspec.structs.replace(one, fault=Fault.SITE) if id(one) in blameless else one
                for one in self._failures
            ]
        elif failure.fault is not Fault.SITE:
            return
        self._stopped_by = failure
        if failure.outcome is not Outcome.NOT_TRIED:
            self._cool_downs.begin(f"{failure.outcome}: {failure.message}", at_least=timedelta(seconds=pause or 0.0))

    def _not_tried(self, request: PageRequest) -> PageFailure:
        cause = self._stopped_by
        if cause is None:
            raise LookupError("requests remain only where fetching was stopped")
        is_first = cause.outcome is not Outcome.NOT_TRIED
        message = f"fetching stopped after {cause.outcome} ({cause.message})" if is_first else cause.message
        return _failure(self._site, request, Outcome.NOT_TRIED, message)


def _page_check(request: PageRequest) -> Callable[[int, Mapping[str, str], bytes], bytes]:
    def check(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
        check_response(request, status, headers, body)
        return body

    return check


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted; to load them takes longer than most pages."""
    return httpx.create_ssl_context(trust_env=False)


def _http_client(site: Site) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        http2=True,
        verify=_trusted(),
        # Only what can be unpacked piece by piece under a limit is asked for.
        headers={"user-agent": site.user_agent, "accept": "text/html", "accept-encoding": "gzip"},
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx.Timeout(site.read_timeout, connect=site.connect_timeout),
        limits=httpx.Limits(max_connections=site.concurrency),
        mounts={f"all://{SAMPLE_HOST}": SampleTransport(sample_folder())},
        trust_env=False,
    )
