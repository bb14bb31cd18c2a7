"""A cell of a map page's scoreboards: its column, its text, and the players that it links to.

A column is named by its `st-` class; the eco-adjusted twin of a column (class `eco-adjusted-data`) has the same name
with `e:` before it.
"""

import sys

import msgspec

from hltv_assets.pages.document import Element, linked_id, squeeze, text_of
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.outcomes import Outcome

Number = int | float | None

ECO = "e:"
PLAYER = "st-player"


class Player(msgspec.Struct, frozen=True):
    """A player as a row links to him."""

    player_id: int
    name: str


class Cell(msgspec.Struct, frozen=True):
    """A cell: the column of its class, its text, and its `title`, which in one column holds numbers; empty if none.

    `players` are those that a player's cell links to. Of a cell that is of no column, `classes` are its classes.
    `numbers` are those that its column holds, none where `problem` says why they cannot be read.
    """

    column: str
    text: str
    title: str
    players: tuple[Player, ...] = ()
    classes: str = ""
    numbers: tuple[Number, ...] = ()
    problem: str = ""


def read_cell(element: Element) -> Cell:
    """Return what a `td` or `th` says; in which form its numbers are, the table's header tells, so they are left out.

    Raises `PageError`, a `parse_error`, where a table stands in it or a player has no id or no name.
    """
    attributes = element.attributes
    words = (attributes.get("class") or "").split()
    names = [word for word in words if word.startswith("st-")]
    if element.css_first("table"):
        raise PageError(Outcome.PARSE_ERROR, f"a table in a cell of class {' '.join(words)[:60]!r}")
    column = (ECO + names[0] if "eco-adjusted-data" in words else names[0]) if len(names) == 1 else ""
    has_player = element.tag == "td" and PLAYER in names and column != ECO + PLAYER
    players = tuple(map(_read_player, element.css("a"))) if has_player else ()
    if not column:
        return Cell("", text_of(element), "", players, classes=" ".join(words))
    # One text a column makes the columns of two rows quickly compared.
    return Cell(sys.intern(column), text_of(element), squeeze(attributes.get("title")), players)


def _read_player(link: Element) -> Player:
    player = Player(linked_id(link, "/stats/players/", "player"), text_of(link))
    if not player.name:
        raise PageError(Outcome.PARSE_ERROR, f"player {player.player_id} has no name")
    return player
