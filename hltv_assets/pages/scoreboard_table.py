"""One table of a map page's scoreboards: whose it is, which columns it has, and the texts of its cells.

What the texts mean is `scoreboard`'s. A column is named by its `st-` class; the eco-adjusted twin of a column (class
`eco-adjusted-data`) has the same name with `e:` before it.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from hltv_assets.pages.document import Element, children, linked_id, squeeze, text_of, the_one
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.outcomes import Outcome

ECO = "e:"

_PLAYER = "st-player"
_TEAM_NAME = "st-teamname"
_VERSION = re.compile(r"\d\.\d", re.ASCII)


class PlayerRow(msgspec.Struct, frozen=True):
    """A player's row: each column's text, and its `title` where it has one, which in one column holds the numbers."""

    player_id: int
    player_name: str
    texts: Mapping[str, str]
    titles: Mapping[str, str]


class ScoreboardTable(msgspec.Struct, frozen=True):
    """A table: `columns` maps each column to the text of its header."""

    team_name: str
    rating_version: str
    columns: Mapping[str, str]
    rows: tuple[PlayerRow, ...]


def read_scoreboard_table(table: Element) -> ScoreboardTable:
    """Read a scoreboard's header and rows.

    Raises `PageError`: `parse_error` where the header or a player is unreadable, or a row has other columns than
    the header; `inconsistent` where a column's desktop and smartphone cells differ.
    """
    header = the_one(table, "thead tr", "scoreboard")
    team_name = text_of(the_one(header, f"th.{_TEAM_NAME}", "scoreboard"))
    where = f"scoreboard of {team_name!r}"
    columns, _ = _cells(header, where)
    del columns[_TEAM_NAME]
    rows = tuple(_read_row(row, columns, where) for row in table.css("tbody tr"))
    return ScoreboardTable(team_name, _rating_version(header, where), columns, rows)


def _rating_version(header: Element, where: str) -> str:
    version = text_of(the_one(header, ".ratingDesc", where))
    if not _VERSION.fullmatch(version):
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {version[:20]!r} is no rating version")
    return version


def _read_row(row: Element, columns: Mapping[str, str], where: str) -> PlayerRow:
    link = the_one(row, f"td.{_PLAYER} a", where)
    player_id = linked_id(link, "/stats/players/", where)
    name = text_of(link)
    if not name:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: player {player_id} has no name")
    texts, titles = _cells(row, f"{where}, {name}")
    del texts[_PLAYER]
    if texts.keys() != columns.keys():
        differing = ", ".join(sorted(texts.keys() ^ columns.keys()))
        raise PageError(
            Outcome.PARSE_ERROR, f"{where}, {name}: the row does not have the header's columns: {differing}"
        )
    return PlayerRow(player_id, name, texts, titles)


def _cells(row: Element, where: str) -> tuple[dict[str, str], dict[str, str]]:
    """The texts and the titles of a row's cells, by column; cells of one column must have one text."""
    texts: dict[str, str] = {}
    titles: dict[str, str] = {}
    for element in children(row):
        attributes = element.attributes
        classes = attributes.get("class") or ""
        name = _column(classes)
        if name is None:
            raise PageError(Outcome.PARSE_ERROR, f"{where}: a cell of class {squeeze(classes)[:60]!r} is of no column")
        text = text_of(element)
        if texts.setdefault(name, text) != text:
            raise PageError(Outcome.INCONSISTENT, f"{where}: {name} is {texts[name][:40]!r} and {text[:40]!r}")
        if title := attributes.get("title"):
            titles.setdefault(name, squeeze(title))
    return texts, titles


@lru_cache(maxsize=1_000)  # a page repeats some forty of them in each of its rows
def _column(classes: str) -> str | None:
    """The column that a cell with these classes belongs to; None if it is not one."""
    words = classes.split()
    names = [word for word in words if word.startswith("st-")]
    if len(names) != 1:
        return None
    return ECO + names[0] if "eco-adjusted-data" in words else names[0]
