"""Every picture is a small, opaque PNG whose words and marks can be told from its ground, whatever lies around."""

import io
from collections.abc import Callable, Mapping
from datetime import date, timedelta

import pytest
from matplotlib.figure import Figure
from PIL import Image

from hltv_assets.plots.card import (
    DONE,
    DUE,
    FAINT_TEXT,
    GROUND,
    IDLE,
    SIDE_COLOURS,
    TEXT,
    WIDTH,
    png_of,
)
from hltv_assets.plots.economy import figure_of_economy
from hltv_assets.plots.progress import DayCount, figure_of_progress
from hltv_assets.plots.rounds import figure_of_rounds
from hltv_assets_tests.plots.drawn import TEAMS, contrast, economy_of, rounds_of

LARGEST = 40_000
TODAY = date(2031, 5, 20)


# Each kind of picture with more on it than it will ever have to show.
PICTURES: Mapping[str, Callable[[], Figure | None]] = {
    "rounds": lambda: figure_of_rounds(rounds_of("lr" * 44 + "ll", half=15), TEAMS, "Nuke"),
    "economy": lambda: figure_of_economy(economy_of([(number * 800, 36_000) for number in range(90)]), TEAMS, "Nuke"),
    "progress": lambda: figure_of_progress(
        [DayCount(TODAY - timedelta(days=back), back % 7, back % 5, back % 3) for back in range(1_500)], "maps"
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_a_small_opaque_png_of_the_card_s_width(name: str) -> None:
    figure = PICTURES[name]()
    assert figure is not None
    png = png_of(figure)
    assert len(png) < LARGEST
    picture = Image.open(io.BytesIO(png))
    assert picture.format == "PNG"
    assert picture.size == (WIDTH, round(figure.bbox.height))
    assert "transparency" not in picture.info
    colours = picture.convert("RGB").getcolors()
    assert colours is not None
    ground = tuple(bytes.fromhex(GROUND.removeprefix("#")))
    assert max(colours)[1] == pytest.approx(ground, abs=3)


@pytest.mark.parametrize("colour", [TEXT, FAINT_TEXT])
def test_text_can_be_read_on_the_card(colour: str) -> None:
    assert contrast(colour, GROUND) >= 4.5


@pytest.mark.parametrize("colour", [*SIDE_COLOURS.values(), DONE, DUE, IDLE])
def test_bars_and_cells_can_be_told_from_the_card(colour: str) -> None:
    assert contrast(colour, GROUND) >= 3


def test_no_text_colour_would_be_readable_on_both_themes_without_a_card() -> None:
    greys = [f"#{level:02x}{level:02x}{level:02x}" for level in range(256)]
    assert max(min(contrast(grey, "#ffffff"), contrast(grey, "#0f1113")) for grey in greys) < 4.5
