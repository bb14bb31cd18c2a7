"""robots.txt: what the site lets us ask for. Read by a library, fetched once per day, kept in the data folder."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urljoin

import msgspec
from protego import Protego

from hltv_assets.site.state_store import States

MAX_BYTES = 512_000  # more than RFC 9309 asks a reader to take

_GOOD_FOR = timedelta(days=1)
_MAX_CRAWL_DELAY = 60.0  # seconds


def address(base_url: str) -> str:
    """Return where the robots.txt of a site lies: at the root of its host, whatever path its address has."""
    return urljoin(base_url, "/robots.txt")


class KeptRobots(msgspec.Struct, frozen=True, kw_only=True):
    """A robots.txt as it arrived; the text is empty where the site has none."""

    url: str
    fetched_at: Annotated[datetime, msgspec.Meta(tz=True)]
    text: str


class Robots:
    """The rules of a site for one User-Agent."""

    def __init__(self, text: str, user_agent: str) -> None:
        self._rules = Protego.parse(text)
        self._user_agent = user_agent

    def allows(self, url: str) -> bool:
        """Return whether an address may be asked for."""
        return bool(self._rules.can_fetch(url, self._user_agent))

    @property
    def crawl_delay(self) -> float:
        """The seconds between two requests that the site asks for, a minute at the most; 0 if it asks for none."""
        return min(float(self._rules.crawl_delay(self._user_agent) or 0.0), _MAX_CRAWL_DELAY)


class RobotsFile:
    """The kept copy of a site's robots.txt."""

    def __init__(self, states: States, url: str) -> None:
        self._kept = states.state("robots", KeptRobots)
        self._url = url

    def fresh(self) -> str | None:
        """Return its text if it was fetched within a day, else None."""
        kept = self._kept.read()
        if kept is None or kept.url != self._url:
            return None
        age = datetime.now(UTC) - kept.fetched_at
        return kept.text if timedelta() <= age < _GOOD_FOR else None

    def keep(self, text: str) -> None:
        """Keep the text that just arrived."""
        self._kept.change(lambda _: KeptRobots(url=self._url, fetched_at=datetime.now(UTC), text=text))
