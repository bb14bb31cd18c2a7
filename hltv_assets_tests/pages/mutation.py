"""Seeded damage to a page of any kind: what a broken transfer, a changed template or a bad cache would do to it.

A mutator takes a good page and a source of chance and returns the damaged page, with what it did and what reading it
may then yield; None where the page offers nothing to damage in that way.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from random import Random

from selectolax.lexbor import LexborHTMLParser, LexborNode

CELLS = ("td", "th")
DIGITS_IN_LETTERS = str.maketrans("0123456789", "abcdefghij")


class Change(Enum):
    """What the rows of a damaged page may differ in, if the page is read at all."""

    NOTHING = "nothing, but for what `test_mutations` lists as optional"
    TEXT = "a text, where letters stand for its digits"
    NUMBER = "values that held the number that was replaced"
    ORDER_IN_A_TABLE = "values of one table, which changed places"
    BYTE = "a value that the flipped bit stood in"


@dataclass(frozen=True)
class Mutation:
    """A damaged page; `old` and `new` are what stands in the page in place of what."""

    html: str | bytes
    what: str
    may_change: Change
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class Target:
    """A good page, as its tree writes it; `read` selects the elements that its parser reads."""

    html: str
    read: str

    def tree(self) -> tuple[LexborHTMLParser, list[LexborNode]]:
        """A fresh tree of the page, and in it all elements that are read."""
        tree = LexborHTMLParser(self.html)
        return tree, [inner for element in tree.css(self.read) for inner in element.css("*")]

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where what is read stands in the page's text."""
        tree, found = LexborHTMLParser(self.html), []
        for element in tree.css(self.read):
            text = element.html
            assert text is not None
            start = self.html.find(text)
            assert start >= 0, f"the tree writes {text[:80]!r} otherwise"
            found.append((start, start + len(text)))
        return found

    def span(self, chance: Random) -> tuple[int, int]:
        """One of the spans; long ones more often, but not so that short ones are never met."""
        return chance.choices(self.spans, [min(end - start, 3_000) for start, end in self.spans])[0]


Mutator = Callable[[Target, Random], Mutation | None]


def element_removed(page: Target, chance: Random) -> Mutation:
    """Any element, with all that it holds."""
    tree, elements = page.tree()
    element = chance.choice(elements)
    what = f"without {_shown(element)}"
    element.decompose()
    return Mutation(_html(tree), what, Change.NOTHING)


def cell_or_table_removed(page: Target, chance: Random) -> Mutation | None:
    """A cell, a row, an icon or a team's table."""
    tree, elements = page.tree()
    found = [element for element in elements if element.tag in {*CELLS, "tr", "img", "table", "a"}]
    if not found:
        return None
    element = chance.choice(found)
    what = f"without {_shown(element)}"
    element.decompose()
    return Mutation(_html(tree), what, Change.NOTHING)


def attribute_removed(page: Target, chance: Random) -> Mutation:
    """An attribute: a link's target, an icon's source, a chart, all classes."""
    tree, elements = page.tree()
    element = chance.choice([element for element in elements if element.attributes])
    name = chance.choice(list(element.attributes))
    what = f"without {name} of {_shown(element)}"
    del element.attrs[name]
    return Mutation(_html(tree), what, Change.NOTHING)


def class_removed(page: Target, chance: Random) -> Mutation:
    """One of an element's classes, as a changed template would."""
    tree, elements = page.tree()
    element = chance.choice([element for element in elements if (element.attributes.get("class") or "").split()])
    classes = (element.attributes.get("class") or "").split()
    name = chance.choice(classes)
    what = f"without class {name} of {_shown(element)}"
    element.attrs["class"] = " ".join(one for one in classes if one != name)
    return Mutation(_html(tree), what, Change.NOTHING)


def end_tag_removed(page: Target, chance: Random) -> Mutation | None:
    """An element that is not closed."""
    return _replaced(page, chance, r"</[a-z0-9]+>", lambda _: "", Change.NOTHING)


def start_tag_removed(page: Target, chance: Random) -> Mutation | None:
    """An element that is not opened."""
    return _replaced(page, chance, r"<[a-z][a-z0-9]*[^<>]*>", lambda _: "", Change.NOTHING)


def icon_unknown(page: Target, chance: Random) -> Mutation | None:
    """A picture of another name."""
    return _replaced(page, chance, r"\w+\.(?=svg|png)", lambda _: "unknown.", Change.NOTHING)


def digits_in_letters(page: Target, chance: Random) -> Mutation | None:
    """A number whose digits became letters."""
    return _replaced(page, chance, r"\d+", lambda number: number.translate(DIGITS_IN_LETTERS), Change.TEXT)


def number_replaced(page: Target, chance: Random) -> Mutation | None:
    """A number in place of another."""
    return _replaced(page, chance, r"\d+", lambda number: _other(number, chance), Change.NUMBER)


def columns_reordered(page: Target, chance: Random) -> Mutation | None:
    """Two columns of a table swapped, in all of its rows."""
    return _swapped(page, chance, lambda rows: rows, Change.NOTHING)


def cells_of_a_row_swapped(page: Target, chance: Random) -> Mutation | None:
    """Two cells swapped in one row of a table, its head or another."""
    return _swapped(page, chance, lambda rows: [chance.choice(rows)], Change.ORDER_IN_A_TABLE)


def truncated(page: Target, chance: Random) -> Mutation:
    """A page that ends early."""
    end = chance.randrange(page.html.rindex("</html>"))
    return Mutation(page.html[:end], f"only {end} characters", Change.NOTHING)


def bit_flipped(page: Target, chance: Random) -> Mutation:
    """A byte of which one bit changed."""
    start, end = page.span(chance)
    first = len(page.html[:start].encode())
    body = bytearray(page.html.encode())
    place = chance.randrange(first, first + len(page.html[start:end].encode()))
    old = bytes(body[place : place + 1])
    body[place] ^= 1 << chance.randrange(8)
    around = bytes(body[place - 60 : place + 20])
    return Mutation(
        bytes(body),
        f"{old!r} became {bytes(body[place : place + 1])!r} in {around!r}",
        Change.BYTE,
        old.decode("latin-1"),
        chr(body[place]),
    )


MUTATORS: tuple[Mutator, ...] = (
    element_removed,
    cell_or_table_removed,
    attribute_removed,
    class_removed,
    end_tag_removed,
    start_tag_removed,
    icon_unknown,
    digits_in_letters,
    number_replaced,
    columns_reordered,
    cells_of_a_row_swapped,
    truncated,
    bit_flipped,
)


def _replaced(
    page: Target, chance: Random, pattern: str, new_for: Callable[[str], str], may_change: Change
) -> Mutation | None:
    start, end = page.span(chance)
    places = [found.span() for found in re.compile(pattern, re.ASCII).finditer(page.html, start, end)]
    if not places:
        return None
    first, last = chance.choice(places)
    old = page.html[first:last]
    new = new_for(old)
    what = f"{new!r} in place of {old!r} in {page.html[max(0, first - 80) : last + 40]!r}"
    return Mutation(page.html[:first] + new + page.html[last:], what, may_change, old, new)


def _swapped(
    page: Target, chance: Random, chosen: Callable[[list[LexborNode]], list[LexborNode]], may_change: Change
) -> Mutation | None:
    tree, _ = page.tree()
    tables = [table for element in tree.css(page.read) for table in element.css("table") if len(table.css("tr")) > 1]
    if not tables:
        return None
    table = chance.choice(tables)
    rows = chosen(table.css("tr"))
    width = min(len(_cells(row)) for row in rows)
    if width < 2:
        return None
    first, second = sorted(chance.sample(range(width), 2))
    for row in rows:
        cells = [cell.html or "" for cell in _cells(row)]
        cells[first], cells[second] = cells[second], cells[first]
        row.inner_html = "".join(cells)
    what = f"cells {first} and {second} swapped in {len(rows)} rows of {_shown(table)}"
    return Mutation(_html(tree), what, may_change)


def _cells(row: LexborNode) -> list[LexborNode]:
    return [cell for cell in row.iter() if cell.tag in CELLS]


def _other(number: str, chance: Random) -> str:
    """Another number of as many digits, without a 0, so that a 0 in the rows was invented."""
    while True:
        other = "".join(chance.choice("123456789") for _ in number)
        if other != number:
            return other


def _html(tree: LexborHTMLParser) -> str:
    html = tree.html
    assert html is not None
    return html


def _shown(element: LexborNode) -> str:
    return f"<{element.tag} class={element.attributes.get('class')!r}> {' '.join(element.text().split())[:60]!r}"
