"""How far a warehouse has come: by the day of the match, what is in the tables and what is still to come."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hltv_assets.plots.card import (
    DONE,
    DUE,
    FAINT_TEXT,
    IDLE,
    MARGIN,
    SMALL_SIZE,
    TITLE_SIZE,
    WIDTH,
    Box,
    draw_bars,
    draw_legend,
    new_card,
    write,
)

_HEIGHT = 208
_COLOURS = (DONE, DUE, IDLE)
_DAYS = 30
_MONTHS = 60
_LABELS = 5
_MIN_BINS = 12


class DayCount(msgspec.Struct, frozen=True):
    """The matches or maps of a day, by what became of them; a day that is not known is None.

    `due` are those of which a page can be fetched or read now; `not_due` those of which every page that is missing
    waits, is held, or cannot be had.
    """

    day: date | None
    written: int
    due: int
    not_due: int


def figure_of_progress(days: Sequence[DayCount], members: str) -> Figure | None:
    """Return the picture of the last days, and of all months (of all years, if they are many); None without a day.

    `members` says what is counted: matches or maps.
    """
    dated = [(one.day, one) for one in days if one.day]
    if not dated:
        return None
    figure, card = new_card(_HEIGHT)
    written, due, not_due = _sums(days)
    write(card, (MARGIN, 17), f"{members} by the day of their match", size=TITLE_SIZE)
    legend = {f"in the tables: {written:,}": DONE, f"due: {due:,}": DUE, f"pending, not due: {not_due:,}": IDLE}
    draw_legend(card, (MARGIN, 40), legend)
    first, newest = min(day for day, _ in dated), max(day for day, _ in dated)
    last_days = [newest - timedelta(days=back) for back in reversed(range(_DAYS))]
    _draw_bins(
        card,
        Box(54, 72, 390, _HEIGHT - 44),
        {f"{wanted:%d %b}": [one for day, one in dated if day == wanted] for wanted in last_days},
        f"by the day, until {newest:%d %B %Y}",
    )
    months = _months(first, newest)
    is_long = len(months) > _MONTHS
    form = "%Y" if is_long else "%Y-%m"
    periods: dict[str, list[DayCount]] = {f"{month:{form}}": [] for month in months}
    for day, one in dated:
        periods[f"{day:{form}}"].append(one)
    words = "by the year" if is_long else "by the month"
    _draw_bins(card, Box(454, 72, WIDTH - 28, _HEIGHT - 44), periods, words)
    return figure


def _sums(days: Sequence[DayCount]) -> tuple[int, int, int]:
    return sum(one.written for one in days), sum(one.due for one in days), sum(one.not_due for one in days)


def _months(first: date, last: date) -> list[date]:
    """The first day of every month between two days."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def _draw_bins(card: Axes, box: Box, bins: Mapping[str, Sequence[DayCount]], words: str) -> None:
    stacks = zip(*(_sums(days) for days in bins.values()), strict=True)
    middles = draw_bars(card, box, dict(zip(_COLOURS, stacks, strict=True)), places=max(len(bins), _MIN_BINS))
    step = -(-len(bins) // _LABELS)
    for middle, name in list(zip(middles, bins, strict=True))[::-step]:
        write(card, (middle, box.bottom + 12), name, size=SMALL_SIZE, colour=FAINT_TEXT, align="center")
    place = ((box.left + box.right) / 2, box.bottom + 32)
    write(card, place, words, size=SMALL_SIZE, colour=FAINT_TEXT, align="center")
