"""A player's row of a scoreboard: which of its cells is of which column, and the numbers in them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import NamedTuple

import msgspec

from hltv_assets.pages.document import Element, ReadOnce, children
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.scoreboard_cell import PLAYER, Cell, Number, Player, read_cell
from hltv_assets.pages.scoreboard_numbers import forms_of


class PlayerRow(msgspec.Struct, frozen=True):
    """A player's row: the numbers in it, by field."""

    player: Player
    numbers: Mapping[str, Number]


class _Places(NamedTuple):
    """Which of a row's cells are of no column, which could be the player's, and in which the numbers are.

    `repeated` has the place of a further cell of a column, and that of the first one. `differing` are columns that
    only the row has, or only the table.
    """

    nameless: Sequence[int]
    player: Sequence[int]
    numbers: Sequence[int]
    repeated: Sequence[tuple[int, int]]
    differing: frozenset[str]


class RowReader:
    """Reads rows of tables that have these columns, each with its header's text: every form of a cell once."""

    def __init__(self, columns: Iterable[tuple[str, str]]) -> None:
        headers = dict(columns)
        self._forms = forms_of(headers.items())
        self._fields = [field for form in self._forms.values() for field in form.fields]
        self._cells = ReadOnce(self._read_cell)
        # The rows of a table have their cells in one order.
        self._places = lru_cache(maxsize=100)(partial(_places, of_table=headers.keys(), read=self._forms.keys()))

    def read(self, row: Element, owner: str) -> PlayerRow:
        """Return what a row says; `owner` names team and sides.

        Raises `PageError`: `parse_error` where the player or a number is unreadable or the row has other columns;
        `inconsistent` where the cells of one column differ.
        """
        try:
            cells = self._cells.in_row(row)
        except PageError as error:
            raise PageError(error.reason, f"{owner}: {error.message}") from None
        places = self._places(tuple([cell.column for cell in cells]))
        player = _the_player([cells[place] for place in places.player], owner)
        where = f"{player.name} of {owner}"
        _unite(cells, places, where)
        if places.differing:
            differing = ", ".join(sorted(places.differing))
            raise PageError(Outcome.PARSE_ERROR, f"{where}: the row does not have the header's columns: {differing}")
        read = [cells[place] for place in places.numbers]
        for cell in read:
            if cell.problem:
                raise PageError(Outcome.PARSE_ERROR, f"{where}, {cell.problem}")
        numbers = chain.from_iterable([cell.numbers for cell in read])
        return PlayerRow(player, dict(zip(self._fields, numbers, strict=True)))

    def _read_cell(self, element: Element) -> Cell:
        cell = read_cell(element)
        form = self._forms.get(cell.column)
        try:
            return msgspec.structs.replace(cell, numbers=form.read(cell)) if form else cell
        except PageError as error:
            # Another cell of the column may stand for it, and it is told whose it is where that is known.
            return msgspec.structs.replace(cell, problem=error.message)


@lru_cache(maxsize=10)  # few layouts are known, and what is kept of each is much
def row_reader(columns: tuple[tuple[str, str], ...]) -> RowReader:
    """Return what reads rows of tables that have these columns, each with its header's text."""
    return RowReader(columns)


def columns_in(header: Element, where: str) -> Mapping[str, str]:
    """Return the columns of a table by the cells of its header, with their texts; raises as `RowReader.read` does."""
    try:
        cells = [read_cell(cell) for cell in children(header)]
    except PageError as error:
        raise PageError(error.reason, f"{where}: {error.message}") from None
    _unite(cells, _places(tuple([cell.column for cell in cells]), (), ()), where)
    return {cell.column: cell.text for cell in cells}


def _places(of_row: Sequence[str], of_table: Iterable[str], read: Iterable[str]) -> _Places:
    first: dict[str, int] = {}
    for place, column in enumerate(of_row):
        first.setdefault(column, place)
    return _Places(
        nameless=[place for place, column in enumerate(of_row) if not column],
        player=[place for place, column in enumerate(of_row) if column in {PLAYER, ""}],
        numbers=[first[column] for column in read if column in first],
        repeated=[(place, first[column]) for place, column in enumerate(of_row) if first[column] != place],
        differing=frozenset(first.keys() ^ {*of_table, PLAYER}),
    )


def _the_player(cells: Sequence[Cell], where: str) -> Player:
    players = [player for cell in cells for player in cell.players]
    if len(players) != 1:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: player: {len(players)} elements td.{PLAYER} a, one expected")
    return players[0]


def _unite(cells: list[Cell], places: _Places, where: str) -> None:
    """Check that each cell has a column, and that those of one column, for the desktop and for smartphones, agree.

    Of these, one with a title stands for those without.
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
