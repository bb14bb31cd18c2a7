"""What is asked of the site, and what came of it."""

from datetime import datetime

import msgspec

from hltv_assets.pages import Outcome, PageKind
from hltv_assets.pages.outcomes import Fault


class PageRequest(msgspec.Struct, frozen=True):
    """A page to ask for; `slug` is cosmetic, but the real one is asked for where it is known."""

    kind: PageKind
    page_id: int
    slug: str | None = None


class Arrival(msgspec.Struct, frozen=True):
    """A page that arrived whole and is the page that was asked for."""

    request: PageRequest
    url: str
    body: bytes
    arrived_at: datetime


class FetchFailure(msgspec.Struct, frozen=True):
    """A page that did not arrive: what came instead, the outcome's name for it, and whose fault it is.

    The fault is that of the outcome, but for failures that only in a row prove to be the site's.
    """

    request: PageRequest
    url: str
    outcome: Outcome
    message: str
    fault: Fault
