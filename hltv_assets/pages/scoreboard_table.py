"""One table of a map page's scoreboards: whose it is, which columns it has, and the texts of its cells.

What the texts mean is `scoreboard`'s. A column is named by its `st-` class; the eco-adjusted twin of a column (class
`eco-adjusted-data`) has the same name with `e:` before it.
"""

import re
from collections.abc import Mapping

import msgspec

from hltv_assets.pages.document import Element, ReadOnce, children, linked_id, squeeze, text_of, the_one
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.outcomes import Outcome

ECO = "e:"

_PLAYER = "st-player"
_TEAM_NAME = "st-teamname"
_VERSION = re.compile(r"\d\.\d", re.ASCII)


class Cell(msgspec.Struct, frozen=True, cache_hash=True):
    """A cell: the column of its class, its text, and its `title`, which in one column holds numbers; empty if none."""

    column: str
    text: str
    title: str


class Player(msgspec.Struct, frozen=True):
    """A player as a row links to him."""

    player_id: int
    name: str


class PlayerRow(msgspec.Struct, frozen=True):
    """A player's row: a cell of each column."""

    player: Player
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
    team_name, columns = _header(header)
    where = f"scoreboard of {team_name!r}"
    rows = tuple(_read_row(row, columns, where) for row in table.css("tbody tr"))
    return ScoreboardTable(team_name, _rating_version(header, where), columns, rows)


def _read_header(header: Element) -> tuple[str, Mapping[str, str]]:
    """The team's name, and each column's text."""
    team_name = text_of(the_one(header, f"th.{_TEAM_NAME}", "scoreboard"))
    columns = {cell.column: cell.text for cell in _read_cells(header, f"scoreboard of {team_name!r}").values()}
    del columns[_TEAM_NAME]
    return team_name, columns


def _rating_version(header: Element, where: str) -> str:
    version = text_of(the_one(header, ".ratingDesc", where))
    if not _VERSION.fullmatch(version):
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {version[:20]!r} is no rating version")
    return version


def _read_row(row: Element, columns: Mapping[str, str], where: str) -> PlayerRow:
    try:
        player = _player(the_one(row, f"td.{_PLAYER} a", "player"))
    except PageError as error:
        raise PageError(error.reason, f"{where}: {error.message}") from None
    cells = _read_cells(row, f"{where}, {player.name}")
    del cells[_PLAYER]
    if cells.keys() != columns.keys():
        differing = ", ".join(sorted(cells.keys() ^ columns.keys()))
        raise PageError(
            Outcome.PARSE_ERROR, f"{where}, {player.name}: the row does not have the header's columns: {differing}"
        )
    return PlayerRow(player, cells)


def _read_player(link: Element) -> Player:
    player = Player(linked_id(link, "/stats/players/", "player"), text_of(link))
    if not player.name:
        raise PageError(Outcome.PARSE_ERROR, f"player {player.player_id} has no name")
    return player


def _read_cells(row: Element, where: str) -> dict[str, Cell]:
    """The cells of a row by column; those of one column, for the desktop and for smartphones, must have one text."""
    cells: dict[str, Cell] = {}
    for element in children(row):
        cell = _cell(element)
        if not cell.column:
            classes = squeeze(element.attributes.get("class"))
            raise PageError(Outcome.PARSE_ERROR, f"{where}: a cell of class {classes[:60]!r} is of no column")
        first = cells.setdefault(cell.column, cell)
        if first.text != cell.text:
            raise PageError(
                Outcome.INCONSISTENT, f"{where}: {cell.column} is {first.text[:40]!r} and {cell.text[:40]!r}"
            )
        if cell.title and not first.title:
            cells[cell.column] = cell
    return cells


def _read_cell(element: Element) -> Cell:
    attributes = element.attributes
    words = (attributes.get("class") or "").split()
    names = [word for word in words if word.startswith("st-")]
    name = names[0] if len(names) == 1 else ""
    column = ECO + name if name and "eco-adjusted-data" in words else name
    return Cell(column, text_of(element), squeeze(attributes.get("title")))


_header = ReadOnce(_read_header)
_cell = ReadOnce(_read_cell)
_player = ReadOnce(_read_player)
