"""One table of a map page's scoreboards: whose it is, which columns it has, and the texts of its cells.

What the texts mean is `scoreboard`'s. A column is named by its `st-` class; the eco-adjusted twin of a column (class
`eco-adjusted-data`) has the same name with `e:` before it.
"""

import re
from collections.abc import Mapping

import msgspec

from hltv_assets.pages.document import Element, children, linked_id, squeeze, text_of, the_one
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.outcomes import Outcome

ECO = "e:"

_PLAYER = "st-player"
_TEAM_NAME = "st-teamname"
_VERSION = re.compile(r"\d\.\d", re.ASCII)


class Cell(msgspec.Struct, frozen=True):
    """A cell's text, and its `title`, which in one column holds the numbers."""

    text: str
    title: str


class PlayerRow(msgspec.Struct, frozen=True):
    """A player's row."""

    player_id: int
    player_name: str
    cells: Mapping[str, Cell]


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
    columns = {name: cell.text for name, cell in _cells(header, where).items() if name != _TEAM_NAME}
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
    cells = _cells(row, f"{where}, {name}")
    del cells[_PLAYER]
    if cells.keys() != columns.keys():
        differing = ", ".join(sorted(cells.keys() ^ columns.keys()))
        raise PageError(
            Outcome.PARSE_ERROR, f"{where}, {name}: the row does not have the header's columns: {differing}"
        )
    return PlayerRow(player_id, name, cells)


def _cells(row: Element, where: str) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for element in children(row):
        attributes = element.attributes
        classes = (attributes.get("class") or "").split()
        names = [name for name in classes if name.startswith("st-")]
        if len(names) != 1:
            raise PageError(Outcome.PARSE_ERROR, f"{where}: a cell of class {' '.join(classes)[:60]!r} is of no column")
        name = ECO + names[0] if "eco-adjusted-data" in classes else names[0]
        cell = Cell(text_of(element), squeeze(attributes.get("title")))
        if cells.setdefault(name, cell).text != cell.text:
            raise PageError(
                Outcome.INCONSISTENT, f"{where}: {name} is {cells[name].text[:40]!r} and {cell.text[:40]!r}"
            )
    return cells
