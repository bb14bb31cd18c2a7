"""From bytes to a tree, and out of the tree with a clear error where something is not there.

What belongs here is true of every page kind: encoding, whether the page arrived whole, whether it is a page of the
site at all, which page it is, and how an element, a text or a link is taken out of it.
"""

import re
from codecs import BOM_UTF8, getincrementaldecoder
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from hltv_assets.pages.errors import PageError
from hltv_assets.pages.kinds import ID, PageKind, link_path, match_path
from hltv_assets.pages.outcomes import Outcome

Document = LexborHTMLParser
Element = LexborNode
Said = TypeVar("Said")

MATCH_LINK = "a.match-page-link"

# Titles of Cloudflare's interstitial page, in the languages in which it has been seen.
_CHALLENGE_TITLES = (
    "just a moment",
    "et øjeblik",
    "einen moment",
    "un instant",
    "un momento",
    "um momento",
    "chwileczkę",
    "подождите",
    "请稍候",
    "attention required",
)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_MAX_DENIAL = 5_000  # bodies of about 1 kB have been seen; no page is that short
_START = 20_000  # bytes that hold the title
_TAIL = 2_000  # a browser's Save As may put a comment behind the closing tag
_PIECE = 2**16  # bytes
_END_OF_CELL = "</td>"
# Elements whose text the HTML standard writes as it is: there `&lt;/td>` and `</td>` are written in the same way.
_WRITTEN_AS_IT_IS = re.compile(r"<(?:style|script|xmp|iframe|noembed|noframes|noscript|plaintext)\b")
_MAX_FORM = 2**13  # characters; the head of a scoreboard has some 1,300


def whole_page(html: str | bytes) -> bytes:
    """Return the bytes of a page that is a whole HTML page and no challenge, in UTF-8.

    Raises `PageError`: `undecodable` for bytes that are not UTF-8, as HLTV serves its pages; `blocked` for a challenge
    or an "access denied" page; `truncated` for an empty body or one without its closing tag; `wrong_kind` for something
    that is no HTML (a JSON error, say).
    """
    # A lone surrogate is no character; the parser itself would leave it out of a str, too.
    page = html.encode("utf-8", "ignore") if isinstance(html, str) else _checked(html)
    start = page[:_START].decode("utf-8", "ignore").strip()
    if not start:
        raise PageError(Outcome.TRUNCATED, "the page is empty")
    title = _title(start)
    if title.startswith(_CHALLENGE_TITLES):
        raise PageError(Outcome.BLOCKED, f"a challenge instead of the page (title {title!r})")
    if title.startswith("access denied") or (len(page) < _MAX_DENIAL and "access denied" in start.lower()):
        raise PageError(Outcome.BLOCKED, "access denied instead of the page")
    if b"<html" not in page[:_TAIL].lower():
        raise PageError(Outcome.WRONG_KIND, f"not an HTML page: it starts with {start[:40]!r}")
    if b"</html>" not in page[-_TAIL:].lower():
        raise PageError(Outcome.TRUNCATED, f"no closing </html> after {len(page)} bytes")
    return page


def _checked(html: bytes) -> bytes:
    """The page without its byte order mark; in pieces, since making one text of 6 MB takes ten times as long."""
    decoder = getincrementaldecoder("utf-8")()
    for end in range(_PIECE, len(html) + _PIECE, _PIECE):
        try:
            decoder.decode(html[end - _PIECE : end], final=end >= len(html))
        except UnicodeDecodeError as error:
            offset = min(end, len(html)) - len(error.object) + error.start
            raise PageError(Outcome.UNDECODABLE, f"not UTF-8: byte 0x{html[offset]:02x} at offset {offset}") from None
    return html.removeprefix(BOM_UTF8)


def open_page(html: str | bytes) -> Document:
    """Return the tree of a page that is a whole HTML page and no challenge; raises what `whole_page` raises."""
    return LexborHTMLParser(whole_page(html))


def _title(text: str) -> str:
    found = _TITLE.search(text)
    return squeeze(found[1]).lower() if found else ""


def check_map_page_identity(page: Document, kind: PageKind, mapstatsid: int) -> None:
    """Check that a page is the asked page of a map: kind and id stand in the selected tab of `.stats-top-menu`.

    Raises `PageError`: `wrong_kind` (no such tab, or another kind's tab is selected), `wrong_page` (another map's).
    """
    selected = page.css(".stats-top-menu a.stats-top-menu-item-link.selected")
    if len(selected) != 1:
        raise PageError(Outcome.WRONG_KIND, f"{len(selected)} selected tabs in .stats-top-menu, one expected")
    href = selected[0].attributes.get("href") or ""
    found = match_path(href, kind)
    if found is None:
        raise PageError(Outcome.WRONG_KIND, f"the selected tab leads to {href[:120]!r}, not to a {kind} page")
    if found[0] != mapstatsid:
        raise PageError(Outcome.WRONG_PAGE, f"this is the page of map {found[0]}, not of map {mapstatsid}")


def linked_match_id(match_links: Iterable[Element]) -> int | None:
    """Return the match that a page of a map belongs to, by all its elements `MATCH_LINK`; None if there is none.

    Links to different matches, or to none, are a `parse_error`.
    """
    links = [match_path(link.attributes.get("href") or "", PageKind.MATCH) for link in match_links]
    found = {link[0] if link else None for link in links}
    if not found:
        return None
    match_id = found.pop() if len(found) == 1 else None
    if match_id is None:
        raise PageError(Outcome.PARSE_ERROR, "a.match-page-link does not lead to one match page")
    return match_id


def squeeze(text: str | None) -> str:
    """Return a text with every run of white space as one blank, none at the ends."""
    return " ".join((text or "").split())


def text_of(element: Element) -> str:
    """Return all text within an element, squeezed."""
    return squeeze(element.text())


def has_class(element: Element, name: str) -> bool:
    """Return whether an element carries a class."""
    return name in (element.attributes.get("class") or "").split()


def has_class_like(element: Element, parts: Iterable[str]) -> bool:
    """Return whether what an element says of its classes holds one of these texts, in any case of letters."""
    classes = (element.attributes.get("class") or "").lower()
    return any(part.lower() in classes for part in parts)


def select_one(parent: Document | Element, selector: str, where: str) -> Element:
    """Return the only element that a selector finds; none or several is a `parse_error` naming both."""
    return exactly_one(parent.css(selector), selector, where)


def exactly_one(found: Sequence[Element], selector: str, where: str) -> Element:
    """Return the only one of the elements that a selector has found; raises as `select_one` does."""
    if len(found) != 1:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {len(found)} elements {selector}, one expected")
    return found[0]


def by_class(page: Document, selectors: Iterable[str]) -> Mapping[str, Sequence[Element]]:
    """Return what these selectors find by each of its classes, in the order of the page; nothing by any other class.

    One walk through the tree is made for all of them: a walk takes as long as to read a table.
    """
    found: dict[str, list[Element]] = defaultdict(list)
    elements = {element.mem_id: element for element in page.css(", ".join(selectors))}  # some may come twice
    for element in elements.values():
        for name in set((element.attributes.get("class") or "").split()):
            found[name].append(element)
    return found


def children(parent: Element) -> list[Element]:
    """Return the direct children that are elements."""
    return [child for child in parent.iter() if child.is_element_node]


class ReadOnce(Generic[Said]):
    """Reads elements, each form of them once: a page repeats most of its cells, thousands of pages the same ones.

    What is read must follow from the element and what is in it; it is told by its HTML, as lexbor writes it, in which
    two elements with other attributes or texts differ: these are escaped. Texts of some elements are not, so what holds
    one of those is not remembered; nor is what cannot be read, or is too long to be what a page repeats.
    """

    def __init__(self, read: Callable[[Element], Said], most: int = 20_000) -> None:
        self._read = read
        self._most = most
        self._said: dict[str, Said] = {}

    def __call__(self, element: Element) -> Said:
        """Return what the element says; raises what reading it raises."""
        html = element.html or ""
        said = self._said.get(html)
        if said is None:
            said = self._read(element)
            self._remember(html, said)
        return said

    def in_row(self, row: Element) -> list[Said]:
        """Return what each element in a row of a table says, told by the row's HTML; raises what reading them raises.

        What stands there between two `</td>` is a whole cell if it is the whole of a cell that was read before, with
        the space before it: only one sequence of nodes is written in one way, and one that is complete where a `</td>`
        follows cannot go on there. From where a row holds anything else, it is read element by element.
        """
        *cells, rest = (row.inner_html or "").split(_END_OF_CELL)
        try:
            if not rest or rest.isspace():
                return [self._said[cell] for cell in cells]
        except KeyError:
            pass
        return self._read_row(children(row), cells)

    def _read_row(self, elements: Iterable[Element], cells: Iterable[str]) -> list[Said]:
        row: list[Said] = []
        left = iter(cells)
        for element in elements:
            cell = next(left, "")
            said = self._said.get(cell)
            if said is None:
                said = self._read(element)
                if cell.lstrip() + _END_OF_CELL == element.html:
                    self._remember(cell, said)
                else:
                    left = iter(())  # which cell the next element is cannot be told
            row.append(said)
        return row

    def _remember(self, form: str | None, said: Said) -> None:
        if not form or len(form) > _MAX_FORM or _WRITTEN_AS_IT_IS.search(form):
            return
        if len(self._said) >= self._most:
            self._said.clear()
        self._said[form] = said


def linked_id(link: Element, folder: str, where: str) -> int:
    """Return the id in a link such as `/stats/players/<id>/<slug>`, where `folder` is `/stats/players/`."""
    href = link.attributes.get("href") or ""
    found = _id_in(link_path(href), folder)
    if found is None:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {href[:120]!r} is not a link to {folder}<id>")
    return found


@lru_cache(maxsize=10_000)  # a player is linked in every table of a page, and on many pages
def _id_in(path: str, folder: str) -> int | None:
    found = re.fullmatch(rf"{re.escape(folder)}({ID})(?:/[^/]*)?/?", path)
    return int(found[1]) if found else None


def queried_id(link: Element, path: str, name: str, where: str) -> int:
    """Return the id in a link's query, such as `/stats?event=<id>`, where `path` is `/stats`, `name` is `event`."""
    href = link.attributes.get("href") or ""
    found = _id_in_query(href, path, name)
    if found is None:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {href[:120]!r} is not a link to {path}?{name}=<id>")
    return found


@lru_cache(maxsize=10_000)  # many pages are of one event
def _id_in_query(href: str, path: str, name: str) -> int | None:
    is_there = link_path(href).rstrip("/") == path
    values = parse_qs(urlsplit(href).query).get(name, []) if is_there else []
    return int(values[0]) if len(values) == 1 and re.fullmatch(ID, values[0]) else None
