"""Ways to damage a page on purpose. An edit that changes nothing is a mistake of the test, and says so."""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from html import escape
from html.parser import HTMLParser

from selectolax.lexbor import LexborHTMLParser, LexborNode

VOID_TAGS = {"img", "br", "meta", "link", "input"}


def replaced(html: str, old: str, new: str, *, times: int | None = None) -> str:
    """Replace a text; with `times`, it must stand there exactly so often."""
    found = html.count(old)
    assert found, f"{old!r} is not on the page"
    assert times in {None, found}, f"{old!r} stands {found} times on the page"
    assert old != new
    return html.replace(old, new)


class PageEditor:
    """A page open for edits; `html` is the page as edited."""

    def __init__(self, html: str) -> None:
        self._tree = LexborHTMLParser(html)
        self._untouched = _as_its_tree_writes_it(html)

    @property
    def html(self) -> str:
        """The edited page."""
        html = self._tree.html
        assert html is not None
        assert html != self._untouched, "the edit changed nothing"
        return html

    def all(self, selector: str) -> list[LexborNode]:
        """All elements that a selector finds, at least one."""
        found = self._tree.css(selector)
        assert found, f"no {selector} on the page"
        return found

    def one(self, selector: str) -> LexborNode:
        """The only element that a selector finds."""
        found = self.all(selector)
        assert len(found) == 1, f"{len(found)} {selector} on the page"
        return found[0]

    def drop(self, selector: str) -> None:
        """Drop all elements that a selector finds."""
        for element in self.all(selector):
            element.decompose()

    def info_row(self, label: str) -> LexborNode:
        """The row of the page's head whose label starts so."""
        (row,) = [row for row in self.all(".match-info-row") if text_of(one_in(row, ".bold")).startswith(label)]
        return row

    def set_info(self, label: str, html: str) -> None:
        """Write the value of a row of the page's head."""
        one_in(self.info_row(label), ".right").inner_html = html

    def table(self, css_class: str, team: str) -> LexborNode:
        """A team's scoreboard."""
        (table,) = self.tables(css_class, team)
        return table

    def tables(self, css_class: str, team: str) -> list[LexborNode]:
        """The scoreboards of a class with that team's name."""
        found = self.all(f"table.{css_class}")
        return [table for table in found if text_of(one_in(table, "th.st-teamname")) == team]

    def row(self, css_class: str, team: str, player: str) -> LexborNode:
        """A player's row in a scoreboard."""
        rows = self.table(css_class, team).css("tbody tr")
        (row,) = [row for row in rows if text_of(one_in(row, ".st-player a")) == player]
        return row

    def cells(self, css_class: str, team: str, player: str, column: str) -> list[LexborNode]:
        """A player's cell, and its twin for smartphones where there is one."""
        return column_cells(self.row(css_class, team, player), column)


@lru_cache(maxsize=16)  # most tests edit one of few pages; some pages are large
def _as_its_tree_writes_it(html: str) -> str | None:
    return LexborHTMLParser(html).html


def column_cells(row: LexborNode, column: str) -> list[LexborNode]:
    """The cells of a column in a row; `e:` before the column's class means the eco-adjusted twin."""
    is_eco = column.startswith("e:")
    found = row.css(f".{column.removeprefix('e:')}")
    cells = [cell for cell in found if ("eco-adjusted-data" in (cell.attributes["class"] or "")) == is_eco]
    assert cells, f"no cell of {column} in {row.html}"
    return cells


def one_in(element: LexborNode, selector: str) -> LexborNode:
    """The only element that a selector finds in another."""
    (found,) = element.css(selector)
    return found


def text_of(element: LexborNode) -> str:
    """An element's text, squeezed."""
    return " ".join(element.text().split())


def write(element: LexborNode, text: str) -> None:
    """Write a text into an element, in place of all that it holds."""
    element.inner_html = escape(text)


def write_all(elements: Sequence[LexborNode], text: str) -> None:
    """Write a text into elements."""
    for element in elements:
        write(element, text)


def set_attribute(element: LexborNode, name: str, value: str) -> None:
    """Set an element's attribute."""
    element.attrs[name] = value


def set_icon(image: LexborNode, name: str, title: str | None = None) -> None:
    """Make a round's icon another one."""
    set_attribute(image, "src", f"/img/static/scoreboard/{name}.svg")
    if title is not None:
        set_attribute(image, "title", title)


def in_letters(text: str) -> str:
    """A text with a letter for each digit."""
    return re.sub(r"\d", lambda digit: "abcdefghij"[int(digit[0])], text)


def without_each(html: str, tags: Collection[str], start: str) -> Iterator[tuple[str, str]]:
    """Yield the page without one element, and that element, for each element of these tags behind a text."""
    first = html.index(start)
    for begin, end in _element_spans(html, tags):
        if begin >= first:
            yield html[:begin] + html[end:], html[begin:end]


def _element_spans(html: str, tags: Collection[str]) -> list[tuple[int, int]]:
    finder = _SpanFinder(html, tags)
    finder.feed(html)
    finder.close()
    return sorted(finder.spans)


class _SpanFinder(HTMLParser):
    """Finds where elements begin and end in the text of a page."""

    def __init__(self, html: str, tags: Collection[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.spans: list[tuple[int, int]] = []
        self._tags = tags
        self._open: list[tuple[str, int]] = []
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", html))]
        self._html = html

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag not in VOID_TAGS:
            self._open.append((tag, self._position()))
        elif tag in self._tags:
            self.spans.append((self._position(), self._position() + len(self.get_starttag_text() or "")))

    def handle_endtag(self, tag: str) -> None:
        opened, begin = self._open.pop()
        assert opened == tag, f"<{opened}> is closed by </{tag}>"
        if tag in self._tags:
            self.spans.append((begin, self._html.index(">", self._position()) + 1))

    def _position(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column
