"""What is asked of the site, and what arrives."""

from datetime import datetime

import msgspec

from hltv_assets.pages.kinds import PageIds, PageKind


class PageRequest(PageIds, frozen=True, kw_only=True):
    """A page to ask for; `slug` is cosmetic, but the real one is asked for where it is known."""

    page_kind: PageKind
    slug: str | None = None


class Arrival(msgspec.Struct, frozen=True):
    """A page that arrived whole and is the page that was asked for."""

    request: PageRequest
    url: str
    body: bytes
    arrived_at: datetime
