"""The rounds of a map as HLTV's users know them: one row per team, in the winner's row from which side it won and how.

Beside each won round stands how many the team has by then. Halves and overtimes stand apart.
"""

from collections.abc import Sequence
from functools import cache
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from hltv_assets.pages.records import Round, Side, WinType, other_side
from hltv_assets.plots.card import (
    FAINT_TEXT,
    GROUND,
    LINE,
    MARGIN,
    SIDE_COLOURS,
    SMALL_SIZE,
    TITLE_SIZE,
    new_card,
    points,
    shortened,
    write,
)
from hltv_assets.plots.map_teams import MapTeams

# Signs that the font has which comes with matplotlib.
_FONT = "DejaVu Sans"
_SIGNS: dict[WinType, str] = {"elimination": "☠", "bomb_exploded": "✹", "bomb_defused": "✂", "time": "◷"}
_SIGN = 15

_HEAD = 56
_STRIP = 92
_ROUNDS_A_STRIP = 30  # regulation until CS2
_FIRST_SLOT = 134
_SLOT = 19.5
_CELL = 24
_GAP = 9
_MAX_NAME = 17


def figure_of_rounds(rounds: Sequence[Round], teams: MapTeams, map_name: str) -> Figure | None:
    """Return the picture of a map's rounds, in their order; None if there are none."""
    if not rounds:
        return None
    strips = _strips(parts_of(rounds, teams))
    figure, card = new_card(_HEAD + _STRIP * len(strips))
    last = rounds[-1]
    score = f"{teams.left} {last.team_left_score}:{last.team_right_score} {teams.right}"
    write(card, (MARGIN, 17), shortened(f"{score}, {map_name}", 100), size=TITLE_SIZE)
    _draw_legend(card)
    for number, parts in enumerate(strips):
        _draw_strip(card, _HEAD + number * _STRIP, parts, teams)
    return figure


def parts_of(rounds: Sequence[Round], teams: MapTeams) -> list[list[Round]]:
    """Return the rounds cut into halves and overtimes.

    A half ends where the teams change sides. An overtime has twice as many rounds as its halves, and how many these
    have is told by the first change of sides in overtime.
    """

    def left_side(one: Round) -> Side:
        return one.winner_side if one.winner_team_id == teams.left_id else other_side(one.winner_side)

    halves = [list(half) for _, half in groupby((one for one in rounds if not one.is_overtime), left_side)]
    overtime = [one for one in rounds if one.is_overtime]
    first_half = next((list(half) for _, half in groupby(overtime, left_side)), [])
    length = 2 * len(first_half)
    return halves + [overtime[start : start + length] for start in range(0, len(overtime), length or 1)]


def _strips(parts: Sequence[list[Round]]) -> list[list[list[Round]]]:
    """The parts, by the strip that they stand in: so many rounds have room beside each other."""
    strips: list[list[list[Round]]] = [[]]
    for part in parts:
        for start in range(0, len(part), _ROUNDS_A_STRIP):
            piece = part[start : start + _ROUNDS_A_STRIP]
            if sum(map(len, strips[-1])) + len(piece) > _ROUNDS_A_STRIP:
                strips.append([])
            strips[-1].append(piece)
    return strips


def _draw_legend(card: Axes) -> None:
    left, middle = float(MARGIN), 40
    for side, colour in SIDE_COLOURS.items():
        card.broken_barh([(left, 14)], (middle - 7, 14), facecolors=colour)
        write(card, (left + 20, middle), side, size=SMALL_SIZE, colour=FAINT_TEXT)
        left += 50
    for win_type, sign in _SIGNS.items():
        words = win_type.replace("_", " ")
        _draw_signs(card, sign, [left + 20], middle, FAINT_TEXT)
        write(card, (left + 34, middle), words, size=SMALL_SIZE, colour=FAINT_TEXT)
        left += 44 + 6.5 * len(words)


def _draw_strip(card: Axes, top: int, parts: Sequence[Sequence[Round]], teams: MapTeams) -> None:
    slots: list[tuple[float, Round]] = []
    left = float(_FIRST_SLOT)
    for part in parts:
        if slots:
            card.vlines(left + _GAP / 2, top + 4, top + _STRIP - 8, colors=LINE, linewidths=points(1))
            left += _GAP
        slots += [(left + place * _SLOT, one) for place, one in enumerate(part)]
        left += len(part) * _SLOT
    won = [slot for slot in slots if slot[1].winner_team_id == teams.left_id]
    lost = [slot for slot in slots if slot[1].winner_team_id != teams.left_id]
    upper, lower = top + 14, top + 46
    write(card, (MARGIN, upper + _CELL / 2), shortened(teams.left, _MAX_NAME))
    write(card, (MARGIN, lower + _CELL / 2), shortened(teams.right, _MAX_NAME))
    _draw_row(card, upper, won, lost)
    _draw_row(card, lower, lost, won)
    for left, one in won:
        _write_score(card, (left, upper - 7), one.team_left_score)
    for left, one in lost:
        _write_score(card, (left, lower + _CELL + 8), one.team_right_score)


def _draw_row(card: Axes, top: int, won: Sequence[tuple[float, Round]], lost: Sequence[tuple[float, Round]]) -> None:
    middle = top + _CELL / 2
    card.broken_barh([(left + 1, _SLOT - 2) for left, _ in lost], (middle - 1, 2), facecolors=LINE)
    for side, colour in SIDE_COLOURS.items():
        cells = [(left + 1, _SLOT - 2) for left, one in won if one.winner_side == side]
        card.broken_barh(cells, (top, _CELL), facecolors=colour)
    for win_type, sign in _SIGNS.items():
        _draw_signs(card, sign, [left + _SLOT / 2 for left, one in won if one.win_type == win_type], middle, GROUND)


def _write_score(card: Axes, place: tuple[float, float], score: int) -> None:
    left, middle = place
    write(card, (left + _SLOT / 2, middle), str(score), size=SMALL_SIZE, colour=FAINT_TEXT, align="center")


def _draw_signs(card: Axes, sign: str, lefts: Sequence[float], middle: float, colour: str) -> None:
    if lefts:
        card.scatter(lefts, [middle] * len(lefts), marker=_outline(sign), s=points(_SIGN) ** 2, c=colour, linewidths=0)


@cache
def _outline(sign: str) -> Path:
    """A sign as a marker around its own middle, of straight lines, whose bounds are found quickly."""
    drawn = TextPath((0, 0), sign, size=100, prop=FontProperties(family=_FONT))
    path = Path.make_compound_path(*(Path(corners, closed=True) for corners in drawn.to_polygons()))
    box = path.get_extents()
    middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    around_middle = Affine2D().translate(-middle[0], -middle[1]).scale(1 / max(box.width, box.height))
    return around_middle.transform_path(path)
