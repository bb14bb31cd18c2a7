"""The card that every picture is drawn on: its colours, its text, its measure in pixels, and how it becomes a PNG.

Dagster shows a picture on white or on nearly black, as its user likes it. No one text colour reads well on both, so
each picture brings an opaque ground of its own.
"""

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from hltv_assets.pages.records import Side

GROUND = "#20252b"
TEXT = "#e8eaed"
FAINT_TEXT = "#a9b1ba"
LINE = "#4a525c"

# As the game and HLTV colour them.
SIDE_COLOURS: dict[Side, str] = {"CT": "#6cb0f2", "T": "#e9b949"}

# For pages that are there, to come, not to come soon, at fault; and for what is measured. Bright and dark enough beside
# each other for those who see no red or no green.
DONE = "#35a57c"
DUE = "#f2a65a"
IDLE = "#8b95a1"

WIDTH = 800
MARGIN = 12

TITLE_SIZE = 13.0
TEXT_SIZE = 11.0
SMALL_SIZE = 10.0

_DPI = 100
_POINTS_AN_INCH = 72
_WIDEST_BAR = 24
_COLOURS = 64  # keeps a picture below 10 kB: each stays for ever, in Dagster's log of events


class Box(NamedTuple):
    """Edges in pixels from the upper left of the card."""

    left: float
    top: float
    right: float
    bottom: float


def points(pixels: float) -> float:
    """Return a length in pixels as points, in which matplotlib measures text, markers and lines."""
    return pixels * _POINTS_AN_INCH / _DPI


def new_card(height: int) -> tuple[Figure, Axes]:
    """Return an empty card so many pixels high, and axes over all of it that count pixels from its upper left."""
    figure = Figure(figsize=(WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor=GROUND)
    FigureCanvasAgg(figure)
    card = figure.add_axes((0, 0, 1, 1))
    card.set(xlim=(0, WIDTH), ylim=(height, 0))
    card.axis("off")
    return figure, card


def draw_bars(card: Axes, box: Box, stacks: Mapping[str, Sequence[float]], *, places: int) -> list[float]:
    """Draw stacked bars, the last one at the box's right, and return the middles of them, in pixels from the left.

    `stacks` are the heights of all bars, by the colour that they are drawn in; all have the same length. The box has
    room for so many places; its upper edge is the highest bar, and says how high that is.
    """
    totals = [sum(bar) for bar in zip(*stacks.values(), strict=True)]
    highest = max(totals)
    place = (box.right - box.left) / places
    middles = [box.right - (len(totals) - number - 0.5) * place for number in range(len(totals))]
    card.hlines([box.top, box.bottom], box.left, box.right, colors=LINE, linewidths=points(1))
    words = f"{highest:,.0f}" if highest >= 10 else f"{highest:.2g}"
    write(card, (box.left - 6, box.top), words, size=SMALL_SIZE, colour=FAINT_TEXT, align="right")
    scale = (box.bottom - box.top) / (highest or 1)
    feet = [float(box.bottom)] * len(totals)
    width = points(max(1, min(0.8 * place, _WIDEST_BAR)))
    for colour, heights in stacks.items():
        tops = [foot - height * scale for foot, height in zip(feet, heights, strict=True)]
        card.vlines(middles, tops, feet, colors=colour, linewidths=width)
        feet = tops
    return middles


def draw_legend(card: Axes, place: tuple[float, float], entries: Mapping[str, str]) -> None:
    """Write what each colour means, by the words, in a line that begins at a place."""
    left, middle = place
    for words, colour in entries.items():
        card.broken_barh([(left, 14)], (middle - 7, 14), facecolors=colour)
        write(card, (left + 20, middle), words, size=SMALL_SIZE, colour=FAINT_TEXT)
        left += 34 + 6.5 * len(words)


def write(
    axes: Axes,
    place: tuple[float, float],
    text: str,
    *,
    size: float = TEXT_SIZE,
    colour: str = TEXT,
    align: str = "left",
) -> None:
    """Write a line at a place of the axes; `size` is in pixels. A name with a `$` in it is no formula."""
    axes.text(
        *place,
        text,
        fontsize=points(size),
        color=colour,
        horizontalalignment=align,
        verticalalignment="center",
        parse_math=False,
    )


def shortened(text: str, longest: int) -> str:
    """Return a text of so many characters at the most."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def png_of(figure: Figure) -> bytes:
    """Return a card as an opaque PNG of few colours."""
    pixels = io.BytesIO()
    with warnings.catch_warnings():
        # A name in a script that the font lacks shows boxes; that is nothing to warn of in the log of a run.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(pixels, format="raw")
    size = (round(figure.bbox.width), round(figure.bbox.height))
    picture = Image.frombytes("RGBA", size, pixels.getvalue()).convert("RGB")
    file = io.BytesIO()
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(file, "PNG")
    return file.getvalue()
