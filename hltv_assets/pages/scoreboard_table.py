"""One table of a map page's scoreboards: whose it is, which columns it has, and the texts of its cells.

What the texts mean is `scoreboard`'s. A column is named by its `st-` class; the eco-adjusted twin of a column (class
`eco-adjusted-data`) has the same name with `e:` before it.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from hltv_assets.pages.document import Element, ReadOnce, linked_id, squeeze, text_of, the_one
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.outcomes import Outcome

ECO = "e:"

_PLAYER = "st-player"
_TEAM_NAME = "st-teamname"
_VERSION = re.compile(r"\d\.\d", re.ASCII)


class Player(msgspec.Struct, frozen=True):
    """A player as a row links to him."""

    player_id: int
    name: str


class Cell(msgspec.Struct, frozen=True, cache_hash=True):
    """A cell: the column of its class, its text, and its `title`, which in one column holds numbers; empty if none.

    `players` are those that a player's cell links to. Of a cell that is of no column, `classes` are its classes.
    """

    column: str
    text: str
    title: str
    players: tuple[Player, ...] = ()
    classes: str = ""


class PlayerRow(msgspec.Struct, frozen=True):
    """A player's row: a cell of each column."""

    player: Player
    cells: Mapping[str, Cell]


class _Header(msgspec.Struct, frozen=True):
    """A header; of `rating_versions` there should be one."""

    team_name: str
    rating_versions: tuple[str, ...]
    columns: Mapping[str, str]


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
    headers = _rows_in(table, "thead")
    if len(headers) != 1:
        raise PageError(Outcome.PARSE_ERROR, f"scoreboard: {len(headers)} elements thead tr, one expected")
    header = _header(headers[0])
    where = f"scoreboard of {header.team_name!r}"
    lines = tuple(_read_row(row, header.columns, where) for row in _rows_in(table, "tbody"))
    # The version is looked at last: a header without its column is said to lack that.
    return ScoreboardTable(header.team_name, _the_rating_version(header, where), header.columns, lines)


def _rows_in(table: Element, tag: str) -> list[Element]:
    """The rows of a table's head or body; a script may stand beside them."""
    return [row for section in table.iter() if section.tag == tag for row in section.iter() if row.tag == "tr"]


def _read_header(header: Element) -> _Header:
    team_name = text_of(the_one(header, f"th.{_TEAM_NAME}", "scoreboard"))
    where = f"scoreboard of {team_name!r}"
    columns = {cell.column: cell.text for cell in _by_column(_read_cells(header, where), where).values()}
    del columns[_TEAM_NAME]
    return _Header(team_name, tuple(map(text_of, header.css(".ratingDesc"))), columns)


def _the_rating_version(header: _Header, where: str) -> str:
    versions = header.rating_versions
    if len(versions) != 1:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {len(versions)} elements .ratingDesc, one expected")
    if not _VERSION.fullmatch(versions[0]):
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {versions[0][:20]!r} is no rating version")
    return versions[0]


def _read_row(row: Element, columns: Mapping[str, str], where: str) -> PlayerRow:
    read = _read_cells(row, where)
    player = _the_player(read, where)
    where = f"{where}, {player.name}"
    cells = _by_column(read, where)
    del cells[_PLAYER]
    if cells.keys() != columns.keys():
        differing = ", ".join(sorted(cells.keys() ^ columns.keys()))
        raise PageError(Outcome.PARSE_ERROR, f"{where}: the row does not have the header's columns: {differing}")
    return PlayerRow(player, cells)


def _read_cells(row: Element, where: str) -> list[Cell]:
    try:
        return _cell.in_row(row)
    except PageError as error:
        raise PageError(error.reason, f"{where}: {error.message}") from None


def _the_player(cells: Iterable[Cell], where: str) -> Player:
    players = [player for cell in cells for player in cell.players]
    if len(players) != 1:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: player: {len(players)} elements td.{_PLAYER} a, one expected")
    return players[0]


def _by_column(cells: Iterable[Cell], where: str) -> dict[str, Cell]:
    """The cells of a row by column; those of one column, for the desktop and for smartphones, must have one text."""
    found: dict[str, Cell] = {}
    for cell in cells:
        if not cell.column:
            raise PageError(Outcome.PARSE_ERROR, f"{where}: a cell of class {cell.classes[:60]!r} is of no column")
        first = found.setdefault(cell.column, cell)
        if first is cell:
            continue
        if first.text != cell.text:
            raise PageError(
                Outcome.INCONSISTENT, f"{where}: {cell.column} is {first.text[:40]!r} and {cell.text[:40]!r}"
            )
        if cell.title and not first.title:
            found[cell.column] = cell
    return found


def _read_cell(element: Element) -> Cell:
    attributes = element.attributes
    words = (attributes.get("class") or "").split()
    names = [word for word in words if word.startswith("st-")]
    if element.css_first("table"):
        raise PageError(Outcome.PARSE_ERROR, f"a table in a cell of class {' '.join(words)[:60]!r}")
    column = (ECO + names[0] if "eco-adjusted-data" in words else names[0]) if len(names) == 1 else ""
    has_player = element.tag == "td" and _PLAYER in names and column != ECO + _PLAYER
    players = tuple(map(_read_player, element.css("a"))) if has_player else ()
    if not column:
        return Cell("", text_of(element), "", players, classes=" ".join(words))
    return Cell(column, text_of(element), squeeze(attributes.get("title")), players)


def _read_player(link: Element) -> Player:
    player = Player(linked_id(link, "/stats/players/", "player"), text_of(link))
    if not player.name:
        raise PageError(Outcome.PARSE_ERROR, f"player {player.player_id} has no name")
    return player


_header = ReadOnce(_read_header)
_cell = ReadOnce(_read_cell)
