"""Which page a page is, told by the page alone: for pages that nobody asked for, such as imported ones."""

from urllib.parse import urlsplit

import msgspec

from hltv_assets.pages.document import Document, open_page
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.kinds import PageKind, match_path
from hltv_assets.pages.outcomes import Outcome

_SELECTED_TAB = ".stats-top-menu a.stats-top-menu-item-link.selected"
_OWN_ADDRESS = ('link[rel="canonical"]', 'meta[property="og:url"]')
_MAP_PAGES = (PageKind.MAP_STATS, PageKind.MAP_PERFORMANCE, PageKind.MAP_ECONOMY)


class PageIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """A page's kind and id; match, slug and host are None where the page does not say."""

    kind: PageKind
    page_id: int
    match_id: int | None
    slug: str | None
    host: str | None


def identify_page(html: str | bytes) -> PageIdentity:
    """Return which page this is: a page of a map by its selected tab, a match page by its own address.

    Raises `PageError` as `open_page` does, and `wrong_kind` for a page that is none of these kinds.
    """
    page = open_page(html)
    tabs = [href for tab in page.css(_SELECTED_TAB) if (href := tab.attributes.get("href"))]
    if len(tabs) == 1:
        return _map_page(page, tabs[0])
    addresses = {
        address
        for selector in _OWN_ADDRESS
        for element in page.css(selector)
        if (address := element.attributes.get("href") or element.attributes.get("content"))
    }
    found = {identity for address in addresses if (identity := match_path(address, PageKind.MATCH))}
    if len({match_id for match_id, _ in found}) != 1:
        raise PageError(Outcome.WRONG_KIND, "neither a match page nor a page of a map: it does not say which it is")
    match_id, slug = min(found, key=lambda one: one[1] or "")
    hosts = {host for address in addresses if (host := host_of(address))}
    return PageIdentity(
        kind=PageKind.MATCH, page_id=match_id, match_id=match_id, slug=slug, host=min(hosts, default=None)
    )


def _map_page(page: Document, tab: str) -> PageIdentity:
    for kind in _MAP_PAGES:
        if found := match_path(tab, kind):
            links = [link.attributes.get("href") or "" for link in page.css("a.match-page-link")]
            matches = {match[0] for href in links if (match := match_path(href, PageKind.MATCH))}
            return PageIdentity(
                kind=kind,
                page_id=found[0],
                match_id=matches.pop() if len(matches) == 1 else None,
                slug=found[1],
                host=host_of(tab),
            )
    raise PageError(Outcome.WRONG_KIND, f"the selected tab leads to {tab[:120]!r}, which is not a page of a map")


def host_of(address: str) -> str | None:
    """Return the host that an address names, or None."""
    try:
        return urlsplit(address).hostname or None
    except ValueError:
        return None
