"""The page kinds: their names, their paths on the site, and what their ids count."""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit

import msgspec

UNKNOWN_SLUG = "x"

PageGroup = Literal["match", "map"]


class PageKind(StrEnum):
    """A kind of page, by the name that keys, paths and the command line use."""

    RESULTS = "results"
    MATCH = "match"
    MAP_STATS = "map_stats"
    MAP_PERFORMANCE = "map_performance"
    MAP_ECONOMY = "map_economy"


ID = r"[1-9][0-9]{0,14}"

_ID_AND_SLUG = rf"(?P<id>{ID})(?:/(?P<slug>[^/?#]*))?/?$"
_RESULTS_PATH = "/results?offset={offset}"
_PATHS = {
    PageKind.MATCH: "/matches/{id}/{slug}",
    PageKind.MAP_STATS: "/stats/matches/mapstatsid/{id}/{slug}",
    PageKind.MAP_PERFORMANCE: "/stats/matches/performance/mapstatsid/{id}/{slug}",
    PageKind.MAP_ECONOMY: "/stats/matches/economy/mapstatsid/{id}/{slug}",
}
_PATTERNS = {kind: re.compile("^" + path.replace("{id}/{slug}", "") + _ID_AND_SLUG) for kind, path in _PATHS.items()}
_SLUG = re.compile(r"[\w.~-]{1,300}")


def page_path(kind: PageKind, page_id: int, slug: str | None) -> str:
    """Return the path of a page on the site; a slug that is unknown, or is none, becomes `x` (it is cosmetic).

    The id of a page of the results listing is its offset: how many newer results are left out.
    """
    if kind is PageKind.RESULTS:
        return _RESULTS_PATH.format(offset=page_id)
    usable = slug if slug and slug not in {".", ".."} and _SLUG.fullmatch(slug) else UNKNOWN_SLUG
    return _PATHS[kind].format(id=page_id, slug=usable)


@lru_cache(maxsize=10_000)  # a page repeats icons and players many times, and thousands of pages the same ones
def link_path(href: str) -> str:
    """Return the path of a link; empty if the link is none."""
    try:
        return urlsplit(href).path
    except ValueError:
        return ""


def match_path(href: str, kind: PageKind) -> tuple[int, str | None] | None:
    """Return id and slug if a link leads to a page of that kind, else None.

    Only the path of the link is compared: links are relative on served pages, absolute on pages a browser saved.
    """
    found = _PATTERNS[kind].match(link_path(href))
    return (int(found["id"]), found["slug"] or None) if found else None


def label_of(match_id: int, map_number: int | None) -> str:
    """Return in words which match, or which map of it, is meant."""
    return f"match {match_id}" + ("" if map_number is None else f", map {map_number}")


class PageIds(msgspec.Struct, frozen=True, kw_only=True):
    """Which match or map a page is about.

    `page_id` is the match_id, the mapstatsid, or the offset of a page of the results listing, which has no match.
    """

    page_id: int
    match_id: int | None = None
    map_number: int | None = None

    @property
    def label(self) -> str:
        """The match or map in words."""
        return "the results listing" if self.match_id is None else label_of(self.match_id, self.map_number)
