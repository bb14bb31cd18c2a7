"""How the tests of this room ask a site: a client with long time-outs, invented pages, and what came of it."""

import atexit
import re
import socket
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from hltv_assets.pages import Outcome, PageKind
from hltv_assets.pages.failures import PageFailure
from hltv_assets.pages.outcomes import Fault
from hltv_assets.site import robots
from hltv_assets.site.client import Site
from hltv_assets.site.requests import Arrival, PageRequest
from hltv_assets.site.retrying import Patience
from hltv_assets.site.robots import RobotsFile
from hltv_assets.site.state_store import FolderStateStore
from testkit.invented.map_page import render_map_page
from testkit.invented.world import invent_map
from testkit.loopback_site import Answer, LoopbackSite, page

MAP = 300_001
MAPS = range(MAP, MAP + 9)
SLUG = "paper-herons-vs-copper-spoons"
USER_AGENT = "hltv_assets tests (contact: tests@example.invalid)"
MIB = 2**20

# Seconds that anything may take before a test gives up; a loaded machine is slow.
AT_MOST = 60.0

# One request a page: what retries change is tested where they are the subject.
IMPATIENT = Patience(tries=1, first_wait=0.01, longest=10 * AT_MOST, max_pause=0.5)
PATIENT = Patience(tries=3, first_wait=0.01, longest=10 * AT_MOST, max_pause=0.5)

NOT_FOUND = Answer(b"<html><title>404</title></html>", status=404)
SERVER_ERROR = Answer(b"<html><title>502</title></html>", status=502)
BLOCKED = Answer(b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>", status=403)
RATE_LIMITED = Answer(b"slow down", status=429)
CUT_OFF = Answer(b"<!DOCTYPE html><html>", announced_length=5_000)


def client_of(base_url: str, **knobs: Any) -> Site:
    """A client of a site, with time-outs that only a test of time-outs reaches."""
    usual: dict[str, Any] = {
        "user_agent": USER_AGENT,
        "live": False,
        "concurrency": 1,
        "connect_timeout": AT_MOST,
        "read_timeout": AT_MOST,
        "page_timeout": 2 * AT_MOST,
        "max_page_bytes": 32_000_000,
        "min_delay": 0.0,
        "first_cool_down": 900.0,
        "patience": IMPATIENT,
        "state_folder": None,
    }
    wanted = {**usual, **knobs}
    if wanted["state_folder"] is None:
        wanted["state_folder"] = Path(mkdtemp(prefix="hltv-assets-site-", dir=_scratch()))
    return Site(base_url=base_url, states=FolderStateStore(wanted["state_folder"]), **wanted)


@cache
def _scratch() -> str:
    """A folder for the state of clients whose test does not look at it; gone with the process."""
    folder = TemporaryDirectory(prefix="hltv-assets-tests-")
    atexit.register(folder.cleanup)
    return folder.name


@cache
def map_html(mapstatsid: int = MAP) -> str:
    """The page of an invented map."""
    return render_map_page(invent_map(seed=1, mapstatsid=mapstatsid, match_id=9_500_001))


def good_page(mapstatsid: int = MAP) -> Answer:
    """The answer of a healthy site."""
    return page(map_html(mapstatsid))


def tab_html(tab: str, mapstatsid: int = MAP) -> str:
    """A page of the same map in whose menu another tab is selected: `performance` or `economy`."""
    html = map_html(mapstatsid).replace("stats-top-menu-item-link selected", "stats-top-menu-item-link")
    link = rf'(<a href="/stats/matches/{tab}/mapstatsid/{mapstatsid}/[^"]*" class="[^"]*)'
    changed, count = re.subn(link, r"\1 selected", html)
    assert count == 1
    return changed


def wait_until(is_true: Callable[[], object]) -> None:
    """Return when a condition holds; fail if it does not within a time that no loaded machine needs."""
    until = time.monotonic() + AT_MOST
    while not is_true():
        assert time.monotonic() < until
        time.sleep(0.005)


def robots_known(client: Site) -> Site:
    """Let a client know that its site has no robots.txt, so that short time-outs hit only the page."""
    RobotsFile(client.states, robots.address(client.base_url)).keep("")
    return client


def map_requests(ids: Iterable[int]) -> list[PageRequest]:
    """Requests of map pages."""
    return [PageRequest(page_kind=PageKind.MAP_STATS, page_id=mapstatsid, slug=SLUG) for mapstatsid in ids]


@dataclass
class Asked:
    """What came of asking for pages; an instance is the `store` that the client gets."""

    stored: list[Arrival] = field(default_factory=list)
    failures: list[PageFailure] = field(default_factory=list)

    def __call__(self, arrival: Arrival) -> None:
        """Take a page."""
        self.stored.append(arrival)

    @property
    def stored_ids(self) -> set[int]:
        """The maps whose pages were handed over."""
        return {arrival.request.page_id for arrival in self.stored}

    @property
    def outcomes(self) -> dict[int, Outcome]:
        """What became of each map that was not stored."""
        return {failure.page_id: failure.outcome for failure in self.failures}

    @property
    def faults(self) -> dict[int, Fault]:
        """Whose fault each failure was."""
        return {failure.page_id: failure.fault for failure in self.failures}


def ask(client: Site, ids: Iterable[int] = (MAP,), store: Callable[[Arrival], object] | None = None) -> Asked:
    """Ask for map pages."""
    asked = Asked()

    def keep(arrival: Arrival) -> None:
        asked(arrival)
        if store is not None:
            store(arrival)

    asked.failures = client.fetch(map_requests(ids), keep)
    return asked


def ask_for_one(client: Site) -> PageFailure:
    """Ask for the page of `MAP`, which must fail, and return how."""
    asked = ask(client)
    assert not asked.stored
    (failure,) = asked.failures
    assert failure.page_id == MAP
    return failure


def answer_to(site: LoopbackSite, answer: Answer, **knobs: Any) -> PageFailure:
    """Ask a site whose page of `MAP` is this answer, which must fail, and return how."""
    site.publish(MAP, answer)
    return ask_for_one(robots_known(client_of(site.base_url, **knobs)))


def unused_address() -> str:
    """The address of a port on this machine where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def gzip_bomb(mebibytes: int) -> bytes:
    """A small gzip stream of many zeros: each mebibyte is the same kilobyte of it, so it need not be packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    first, other = (packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + other * (mebibytes - 1)
