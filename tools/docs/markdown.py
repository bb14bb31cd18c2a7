"""Markdown as the documents use it: tables, fenced blocks, and regions that are written from the code."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

_REGION = re.compile(
    r"(?P<begin><!-- (?P<name>[a-z-]+): written by `make docs` -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)
_FENCED = re.compile(r"^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_CELLS = re.compile(r"(?<!\\)\|")


def table_of(names: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[bool] = ()) -> str:
    """Return a Markdown table, without a line break at its end; columns of numbers are set to the right."""
    rules = ["---:" if is_number else "---" for is_number in numbers or [False] * len(names)]
    lines = [f"| {' | '.join(names)} |", f"|{'|'.join(rules)}|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def escaped(text: str) -> str:
    """Return a text that reads as itself in Markdown, in a table, too."""
    # An underscore within a word is no emphasis.
    return re.sub(r"([|*`\[\]]|\b_|_\b)", r"\\\1", html.escape(text, quote=False))


def with_regions(text: str, contents: Mapping[str, str]) -> str:
    """Return a document whose regions have the content of their name; raises `KeyError` for a name without one."""
    return _REGION.sub(lambda found: f"{found['begin']}\n{contents[found['name']]}\n\n{found['end']}", text)


def rows_of_tables(text: str) -> list[list[str]]:
    """Return the cells of all rows of all tables, heads and rules left out."""
    return [
        [cell.strip() for cell in _CELLS.split(line)[1:-1]]
        for line, following in pairwise([*text.splitlines(), ""])
        if line.startswith("| ") and not following.startswith("|--")
    ]


def code_of(text: str) -> list[str]:
    """Return everything that is set as code: fenced blocks, then spans."""
    blocks = [found["code"] for found in _FENCED.finditer(text)]
    return blocks + _SPAN.findall(_FENCED.sub("", text))


def blocks_of(text: str, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return [found["code"] for found in _FENCED.finditer(text) if found["language"] == language]
