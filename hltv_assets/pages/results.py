"""The results listing: which matches ended, newest first, a hundred a page.

The block of promoted results on the first page repeats rows of the listing and is left out: its rows have no time.
"""

import re

from hltv_assets.pages.document import Document, Element, open_page, select_one, text_of
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.kinds import PageKind, match_path
from hltv_assets.pages.numbers import read_count, read_time
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.records import ListedMatch, ResultsPage

# Goes up when the same page yields other rows than before.
RESULTS_PARSER_VERSION = 1

_ENDED_AT = "data-zonedgrouping-entry-unix"
_FORFEIT = "def"
_MAX_STARS = 5
_SCORES = 2  # left and right
_EXTENT = re.compile(r"([0-9]{1,9}) - ([0-9]{1,9}) of ([0-9]{1,9})")


def parse_results(html: str | bytes) -> ResultsPage:
    """Read a page of the listing (`/results?offset=N`): each row of its last `.results-all` that has a time.

    Raises `PageError`: as `open_page` does; `wrong_kind` if there is no listing; `parse_error` naming the row where a
    cell cannot be read; `incomplete` if there are not as many rows as the page says; `inconsistent` where a match
    stands on the page twice with different rows, or a link to older results does not fit what the page shows.
    """
    page = open_page(html)
    listing = _listing(page)
    first, last, total = _extent(page)
    rows = [row for row in listing.css(".result-con") if row.attributes.get(_ENDED_AT) is not None]
    if len(rows) != last - first + 1:
        raise PageError(Outcome.INCOMPLETE, f"{len(rows)} rows where the page says {first} to {last}")
    read = [_read_row(row, f"row {number}") for number, row in enumerate(rows, start=1)]
    matches = {match.match_id: match for match in read}
    for match in read:
        if match != matches[match.match_id]:
            raise PageError(Outcome.INCONSISTENT, f"match {match.match_id} is on the page twice and differs")
    return ResultsPage(
        matches=tuple(matches.values()),
        first=first,
        last=last,
        total=total,
        has_next=_has_next(page, is_last=last >= total),
    )


def check_results_page(page: Document, offset: int) -> None:
    """Check that a page is the one of the listing that begins after `offset` newer results.

    Raises `PageError`: `wrong_kind` if there is no listing, `wrong_page` if it begins elsewhere, `parse_error` if it
    does not say where it begins.
    """
    _listing(page)
    first, _, _ = _extent(page)
    if first != offset + 1:
        raise PageError(Outcome.WRONG_PAGE, f"the listing begins with result {first}, not with {offset + 1}")


def _listing(page: Document) -> Element:
    lists = page.css(".results-all")
    if not lists:
        raise PageError(Outcome.WRONG_KIND, "no listing: there is no .results-all")
    return lists[-1]


def _extent(page: Document) -> tuple[int, int, int]:
    """The `1 - 100 of 115045` above and below the list."""
    texts = {text_of(element) for element in page.css(".pagination-data")}
    if len(texts) != 1:
        raise PageError(Outcome.PARSE_ERROR, f".pagination-data: {sorted(texts)!r}, one text expected")
    text = texts.pop()
    found = _EXTENT.fullmatch(text)
    if found is None:
        raise PageError(Outcome.PARSE_ERROR, f".pagination-data: {text[:60]!r} is not like '1 - 100 of 115045'")
    return int(found[1]), int(found[2]), int(found[3])


def _has_next(page: Document, *, is_last: bool) -> bool:
    """Whether there are older results: the link says so, and the number of the last result says so, too."""
    has_next = any(link.attributes.get("href") for link in page.css(".pagination-next"))
    if has_next == is_last:
        raise PageError(
            Outcome.INCONSISTENT,
            f".pagination-next: {'a' if has_next else 'no'} link to older results, though there are "
            f"{'none' if is_last else 'some'}",
        )
    return has_next


def _read_row(row: Element, where: str) -> ListedMatch:
    href = select_one(row, "a.a-reset", where).attributes.get("href") or ""
    match = match_path(href, PageKind.MATCH)
    if match is None or match[1] is None:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {href[:120]!r} is not a link to a match")
    where = f"{where}, match {match[0]}"
    scores = [text_of(score) for score in row.css(".result-score span")]
    if len(scores) != _SCORES:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {len(scores)} scores, two expected")
    team1_score, team2_score = (read_count(score, f"{where}, score") for score in scores)
    map_text = _text(row, ".map-text", where)
    return ListedMatch(
        match_id=match[0],
        match_slug=match[1],
        ended_at=read_time(row.attributes.get(_ENDED_AT) or "", f"{where}, {_ENDED_AT}"),
        event_name=_text(row, ".event-name", where),
        team1_name=_text(row, ".team1 .team", where),
        team2_name=_text(row, ".team2 .team", where),
        team1_score=team1_score,
        team2_score=team2_score,
        map_text=map_text,
        stars=_read_stars(row, where),
        is_forfeit=map_text == _FORFEIT,
    )


def _read_stars(row: Element, where: str) -> int:
    """The number of stars; a row without any has no place for them."""
    stars = len(row.css(".stars i"))
    places = [len(row.css(selector)) for selector in (".map-and-stars", ".stars")]
    if stars > _MAX_STARS or places != ([1, 1] if stars else [0, 0]):
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {stars} stars")
    return stars


def _text(row: Element, selector: str, where: str) -> str:
    text = text_of(select_one(row, selector, where))
    if not text:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {selector} is empty")
    return text
