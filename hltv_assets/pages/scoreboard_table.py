"""One table of a map page's scoreboards: whose it is, which columns it has, and the texts of its cells.

What the texts mean is `scoreboard`'s. A column is named by its `st-` class; the eco-adjusted twin of a column (class
`eco-adjusted-data`) has the same name with `e:` before it.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

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
    """A player's row: a cell of each of the table's columns, in their order."""

    player: Player
    cells: Sequence[Cell]


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


class _Places(NamedTuple):
    """Which of a row's cells are of no column, which are the player's, and which are those of the table's columns.

    `repeated` has the place of a further cell of a column, and that of the first one. `differing` are columns that
    only the row has, or only the table.
    """

    nameless: Sequence[int]
    player: Sequence[int]
    columns: Sequence[int]
    repeated: Sequence[tuple[int, int]]
    differing: frozenset[str]


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
    columns = tuple(header.columns)
    lines = tuple([_read_row(row, columns, where) for row in _rows_in(table, "tbody")])
    # The version is looked at last: a header without its column is said to lack that.
    return ScoreboardTable(header.team_name, _the_rating_version(header, where), header.columns, lines)


def _rows_in(table: Element, tag: str) -> list[Element]:
    """The rows of a table's head or body; a script may stand beside them."""
    return [row for section in table.iter() if section.tag == tag for row in section.iter() if row.tag == "tr"]


def _read_header(header: Element) -> _Header:
    team_name = text_of(the_one(header, f"th.{_TEAM_NAME}", "scoreboard"))
    where = f"scoreboard of {team_name!r}"
    cells = _read_cells(header, where)
    _unite(cells, _places(tuple([cell.column for cell in cells]), ()), where)
    columns = {cell.column: cell.text for cell in cells if cell.column != _TEAM_NAME}
    return _Header(team_name, tuple(map(text_of, header.css(".ratingDesc"))), columns)


def _the_rating_version(header: _Header, where: str) -> str:
    versions = header.rating_versions
    if len(versions) != 1:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {len(versions)} elements .ratingDesc, one expected")
    if not _VERSION.fullmatch(versions[0]):
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {versions[0][:20]!r} is no rating version")
    return versions[0]


def _read_row(row: Element, columns: tuple[str, ...], where: str) -> PlayerRow:
    cells = _read_cells(row, where)
    places = _places(tuple([cell.column for cell in cells]), columns)
    player = _the_player([cells[place] for place in places.player], where)
    where = f"{where}, {player.name}"
    _unite(cells, places, where)
    if places.differing:
        differing = ", ".join(sorted(places.differing))
        raise PageError(Outcome.PARSE_ERROR, f"{where}: the row does not have the header's columns: {differing}")
    return PlayerRow(player, [cells[place] for place in places.columns])


@lru_cache(maxsize=1_000)  # the rows of a layout have their cells in one order
def _places(of_row: tuple[str, ...], of_table: tuple[str, ...]) -> _Places:
    first: dict[str, int] = {}
    for place, column in enumerate(of_row):
        first.setdefault(column, place)
    return _Places(
        nameless=[place for place, column in enumerate(of_row) if not column],
        player=[place for place, column in enumerate(of_row) if column in {_PLAYER, ""}],
        columns=[first[column] for column in of_table if column in first],
        repeated=[(place, first[column]) for place, column in enumerate(of_row) if first[column] != place],
        differing=frozenset(first.keys() ^ {*of_table, _PLAYER}),
    )


def _unite(cells: list[Cell], places: _Places, where: str) -> None:
    """Check that each cell has a column, and that those of one column, for the desktop and for smartphones, agree.

    The first of them gets the title that only a further one has.
    """
    for place in places.nameless:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: a cell of class {cells[place].classes[:60]!r} is of no column")
    for place, before in places.repeated:
        cell, first = cells[place], cells[before]
        if first.text != cell.text:
            raise PageError(
                Outcome.INCONSISTENT, f"{where}: {cell.column} is {first.text[:40]!r} and {cell.text[:40]!r}"
            )
        if cell.title and not first.title:
            cells[before] = cell


def _read_cells(row: Element, where: str) -> list[Cell]:
    try:
        return _cell.in_row(row)
    except PageError as error:
        raise PageError(error.reason, f"{where}: {error.message}") from None


def _the_player(cells: Sequence[Cell], where: str) -> Player:
    players = [player for cell in cells for player in cell.players]
    if len(players) != 1:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: player: {len(players)} elements td.{_PLAYER} a, one expected")
    return players[0]


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
    # One text a column makes two rows' columns quickly compared.
    return Cell(sys.intern(column), text_of(element), squeeze(attributes.get("title")), players)


def _read_player(link: Element) -> Player:
    player = Player(linked_id(link, "/stats/players/", "player"), text_of(link))
    if not player.name:
        raise PageError(Outcome.PARSE_ERROR, f"player {player.player_id} has no name")
    return player


_header = ReadOnce(_read_header)
_cell = ReadOnce(_read_cell)
