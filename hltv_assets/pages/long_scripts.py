"""Reading a page without what its long scripts hold: of a page as a browser saves it, they are nearly all.

A mark is put in place of what a long script holds, and the parser itself tells whether that was right. Where the tree
has a script whose whole text is the mark, the parser was reading a script's text there, from the mark's first byte to
its last: anywhere else the mark, which looks like a start tag, makes an element, is hidden, or is not all of the text,
as the `</script` behind it is text, too. What the mark stands for ends no script, since it holds no `</script`, and
hides no end of one, since it holds no `<!--`. So the parser goes on behind it as it goes on behind the mark, and the
two trees differ in those texts alone. Where these stand in nothing that is read, both say the same.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping

import stringzilla
from selectolax.lexbor import LexborHTMLParser

from hltv_assets.pages.document import Document, Element, has_class_like

_LARGE = 1_000_000  # bytes; pages as HLTV serves them have a few hundred thousand, and hardly a script in them
_LONG = 2**14  # bytes; each script costs some microseconds
_START = re.compile(rb"<script(?:\s[^>]*)?>")
_MARK = "<long-script>"


def open_without_long_scripts(page: bytes, classes: Mapping[str, str]) -> Document | None:
    """Return a large page's tree, in which every element of these classes is as in the whole page's tree.

    `page` is UTF-8, as `whole_page` returns it; the keys of `classes` are texts that a class holds. None if too little
    of the page is long scripts, or if one is not surely a script, or if it stands in an element of the classes.
    """
    if len(page) < _LARGE:
        return None
    parts = _around_long_scripts(page)
    if sum(map(len, parts)) > len(page) // 2:
        return None
    marks = {f"{_MARK}{number}" for number in range(1, len(parts))}
    html = parts[0] + b"".join(f"{_MARK}{number}".encode() + part for number, part in enumerate(parts[1:], 1))
    tree = LexborHTMLParser(html)
    scripts = [script for script in tree.css("script") if script.text(deep=False) in marks]
    # A mark that the page itself holds could be found in place of ours.
    if {script.text(deep=False) for script in scripts} != marks or html.count(_MARK.encode()) != len(marks):
        return None
    return None if any(_is_within(script, classes) for script in scripts) else tree


def _around_long_scripts(page: bytes) -> list[bytes]:
    """The page, split where what a long script holds was taken out."""
    parts: list[bytes] = []
    kept = place = 0
    ends = _ends_of_scripts(page)
    while start := _START.search(page, place):
        end = bisect_left(ends, start.end())
        if end == len(ends):
            break
        place = ends[end]
        if place - start.end() >= _LONG and stringzilla.find(page, b"<!--", start.end(), place) < 0:
            parts.append(page[kept : start.end()])
            kept = place
    return [*parts, page[kept:]]


def _ends_of_scripts(page: bytes) -> list[int]:
    """Where each `</script` stands, in any case of letters; all at once, so that none is looked for again and again."""
    found = [place for tag in (b"</s", b"</S") for place in _places(page, tag)]
    return sorted(place for place in found if page[place + 2 : place + 8].lower() == b"script")


def _places(page: bytes, sought: bytes) -> Iterator[int]:
    place = stringzilla.find(page, sought)
    while place >= 0:
        yield place
        place = stringzilla.find(page, sought, place + len(sought))


def _is_within(script: Element, classes: Mapping[str, str]) -> bool:
    """Whether the script is, or stands in, an element of the classes, in any case of letters (quirks mode has none)."""
    node: Element | None = script
    while node is not None:
        if has_class_like(node, classes):
            return True
        node = node.parent
    return False
