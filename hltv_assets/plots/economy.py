"""The money of a map: what both teams' equipment was worth in each round, one team upwards, the other downwards.

Bars have the colour of the side, pale where the round was lost; the lines are the bounds between the types of a buy.
"""

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hltv_assets.pages.records import (
    FULL_ECO_BELOW,
    SEMI_BUY_BELOW,
    SEMI_ECO_BELOW,
    RoundEconomy,
    buy_type_of,
)
from hltv_assets.plots.card import (
    FAINT_TEXT,
    LINE,
    MARGIN,
    SIDE_COLOURS,
    SMALL_SIZE,
    TITLE_SIZE,
    WIDTH,
    new_card,
    points,
    shortened,
    write,
)
from hltv_assets.plots.map_teams import MapTeams

_HEIGHT = 266
_HIGHEST_BAR = 88
_UPPER_BASE = 148
_LOWER_BASE = 166
_FIRST_SLOT = 134
_LAST_SLOT = WIDTH - 108
_WIDEST_SLOT = 19.5
_ROOM_OF_A_NUMBER = 15
_ALPHA_OF_LOST = 0.45
_MAX_NAME = 17
# Few teams ever have more, and maps are more easily compared on one scale.
_USUAL_TOP = 32_000


def figure_of_economy(rows: Sequence[RoundEconomy], teams: MapTeams, map_name: str) -> Figure | None:
    """Return the picture of the equipment of both teams of a map, in the order of rounds; None if there are no rows."""
    if not rows:
        return None
    figure, card = new_card(_HEIGHT)
    title = f"{teams.left} and {teams.right}, {map_name}: equipment value in dollars"
    write(card, (MARGIN, 17), shortened(title, 100), size=TITLE_SIZE)
    _draw_legend(card)
    last_round = max(row.round_number for row in rows)
    slot = min(_WIDEST_SLOT, (_LAST_SLOT - _FIRST_SLOT) / last_round)
    top = max(_USUAL_TOP, *(row.equipment_value for row in rows))
    left_rows = [row for row in rows if row.team_id == teams.left_id]
    right_rows = [row for row in rows if row.team_id != teams.left_id]
    for name, base, direction, team_rows in (
        (teams.left, _UPPER_BASE, -1, left_rows),
        (teams.right, _LOWER_BASE, 1, right_rows),
    ):
        write(card, (MARGIN, base + direction * _HIGHEST_BAR / 2), shortened(name, _MAX_NAME))
        _draw_team(card, base, direction * _HIGHEST_BAR / top, slot=slot, top=top, rows=team_rows)
    step = 1 if slot >= _ROOM_OF_A_NUMBER else 5
    for number in range(step, last_round + 1, step):
        place = (_FIRST_SLOT + (number - 0.5) * slot, (_UPPER_BASE + _LOWER_BASE) / 2)
        write(card, place, str(number), size=SMALL_SIZE, colour=FAINT_TEXT, align="center")
    for before, after in pairwise(left_rows):
        if before.side != after.side:
            left = _FIRST_SLOT + (after.round_number - 1) * slot
            edges = (_UPPER_BASE - _HIGHEST_BAR, _LOWER_BASE + _HIGHEST_BAR)
            card.vlines(left, *edges, colors=FAINT_TEXT, linewidths=points(1))
    return figure


def _draw_legend(card: Axes) -> None:
    left, middle = MARGIN, 40
    for words, alpha in (("won", 1), ("lost", _ALPHA_OF_LOST)):
        for side, colour in SIDE_COLOURS.items():
            card.broken_barh([(left, 14)], (middle - 7, 14), facecolors=colour, alpha=alpha)
            write(card, (left + 20, middle), f"{side}, {words}", size=SMALL_SIZE, colour=FAINT_TEXT)
            left += 76


def _draw_team(card: Axes, base: int, scale: float, *, slot: float, top: int, rows: Sequence[RoundEconomy]) -> None:
    """The bars of a team from its base on, `scale` pixels a dollar, over the bounds of the types of a buy."""
    edges = (0, FULL_ECO_BELOW, SEMI_ECO_BELOW, SEMI_BUY_BELOW, top)
    card.hlines(
        [base + value * scale for value in edges[:-1]], _FIRST_SLOT, _LAST_SLOT, colors=LINE, linewidths=points(1)
    )
    for lower, upper in pairwise(edges):
        place = (_LAST_SLOT + 6, base + (lower + upper) / 2 * scale)
        words = f"{buy_type_of(lower).replace('_', ' ')}, {lower:,}+"
        write(card, place, words, size=SMALL_SIZE, colour=FAINT_TEXT)
    for side, colour in SIDE_COLOURS.items():
        for won in (True, False):
            alike = [row for row in rows if (row.side, row.won) == (side, won)]
            card.vlines(
                [_FIRST_SLOT + (row.round_number - 0.5) * slot for row in alike],
                base,
                [base + row.equipment_value * scale for row in alike],
                colors=colour,
                alpha=1 if won else _ALPHA_OF_LOST,
                linewidths=points(slot - 2),
            )
