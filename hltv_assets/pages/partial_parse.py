"""Reading no more of a page than what is asked for: behind its tables, a page of a map is menus, adverts and scripts.

What a tree says of the elements that are asked for does not depend on what follows them, if two things hold:

- Nothing behind the cut can be such an element: none of their classes is spelt there, in a text, a comment or a script
  either, nor in character references; and the page is not in quirks mode, where classes have no case.
- Nothing behind the cut can change such an element, because none is open there. An element at the very end of the cut
  text shows what is open: those that hold it. Where each of them is the last child of its parent and a plain box, no
  table, template, form or formatting element is open that could catch what follows.

The part before the cut is parsed as it is, so comments, scripts and attributes in it hide what they hide. Where either
is in doubt, the whole page is parsed.
"""

import re
from collections.abc import Mapping

import stringzilla
from selectolax.lexbor import LexborHTMLParser

from hltv_assets.pages.document import Document, has_class_like, whole_page
from hltv_assets.pages.long_scripts import open_without_long_scripts

_DOCTYPE = b"<!doctype html>"
_END = "end-of-cut"
_SENTINEL = f'<br id="{_END}">'.encode()
_BOXES = frozenset(["body", "div", "main", "section", "article"])
# A letter or a hyphen as a character reference, in decimal or hexadecimal digits.
_SPELT = re.compile(
    rb"&#(?:0*(?:45|6[5-9]|[78][0-9]|90|9[7-9]|1[01][0-9]|12[0-2])(?![0-9])"
    rb"|[xX]0*(?:2[dD]|[46][1-9a-fA-F]|[57][0-9aA])(?![0-9a-fA-F]))"
)


def open_cut_page(html: str | bytes, classes: Mapping[str, str]) -> Document:
    """Return a page's tree, in which all elements of these classes are, whole, and all that stands before the last.

    Of a large page's scripts that stand in none of them, it may hold other texts (`long_scripts`).
    `classes` maps a text that a class holds to the end tag of such an element, or of one in it; those that usually
    come last first. Raises what `open_page` raises.
    """
    page = whole_page(html)
    tree = open_without_long_scripts(page, classes)
    if tree is not None:
        return tree
    end = _end(page, classes)
    if end is not None:
        cut = LexborHTMLParser(b"".join((memoryview(page)[:end], _SENTINEL)))
        # A table also rules out that a frameset in what follows could still take the place of the body.
        if cut.css_first("table") is not None and _is_all_closed(cut, classes):
            return cut
    return LexborHTMLParser(page)


def _end(page: bytes, classes: Mapping[str, str]) -> int | None:
    """Where the table ends that is the last element of the classes; None if what follows could matter."""
    if page[: len(_DOCTYPE)].lower() != _DOCTYPE:
        return None
    end = 0
    for name, end_tag in classes.items():
        last = stringzilla.rfind(page, name.encode(), end)
        if last >= 0:
            closed = page.find(end_tag.encode(), last)
            if closed < 0:
                return None
            end = max(end, closed + len(end_tag))
    if stringzilla.find(page, b"&#", end) >= 0 and _SPELT.search(page, end):
        return None
    return end


def _is_all_closed(cut: Document, classes: Mapping[str, str]) -> bool:
    """Whether nothing but boxes of none of the classes is open at the end."""
    node = cut.body
    while node is not None and node.tag in _BOXES:
        if has_class_like(node, classes):
            return False
        node = node.last_child
    return node is not None and node.id == _END
