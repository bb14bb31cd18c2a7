"""How the last runs fared that asked the site: what became of the pages, how many bytes came, how long it took."""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
from matplotlib.figure import Figure

from hltv_assets.pages import Outcome
from hltv_assets.pages.outcomes import Fault
from hltv_assets.plots.card import (
    DONE,
    DUE,
    FAINT_TEXT,
    FAULTY,
    IDLE,
    MARGIN,
    MEASURED,
    SMALL_SIZE,
    TITLE_SIZE,
    WIDTH,
    Box,
    draw_bars,
    draw_legend,
    new_card,
    shortened,
    write,
)

_HEIGHT = 240
_LEAST_PLACES = 40
_LONGEST_WORDS = 26
_FAULTS = {Fault.NOBODY: IDLE, Fault.PAGE: FAULTY, Fault.SITE: DUE}


class FetchedPages(msgspec.Struct, frozen=True, kw_only=True):
    """What a run asked the site for: pages by outcome, bytes that arrived, seconds that it took."""

    outcomes: Mapping[Outcome, int]
    bytes: int
    seconds: float


def figure_of_fetching(runs: Sequence[FetchedPages], kind: str) -> Figure | None:
    """Return the picture of runs that fetched pages of a kind, oldest first; None if there are none."""
    if not runs:
        return None
    figure, card = new_card(_HEIGHT)
    write(card, (MARGIN, 17), f"{kind}: what the last runs fetched, a bar a run", size=TITLE_SIZE)
    draw_legend(card, (MARGIN, 40), _legend(runs))
    places = max(len(runs), _LEAST_PLACES)
    pages = {DONE: [run.outcomes.get(Outcome.OK, 0) for run in runs]}
    pages |= {colour: [_of_fault(run.outcomes, fault) for run in runs] for fault, colour in _FAULTS.items()}
    rows: tuple[tuple[str, int, int, Mapping[str, Sequence[float]]], ...] = (
        ("pages", 70, 134, pages),
        ("MB", 150, 182, {MEASURED: [run.bytes / 1e6 for run in runs]}),
        ("seconds", 198, 230, {MEASURED: [run.seconds for run in runs]}),
    )
    for name, top, bottom, stacks in rows:
        draw_bars(card, Box(110, top, WIDTH - MARGIN, bottom), stacks, places=places)
        write(card, (MARGIN, (top + bottom) / 2), name, size=SMALL_SIZE, colour=FAINT_TEXT)
    return figure


def _of_fault(outcomes: Mapping[Outcome, int], fault: Fault) -> int:
    return sum(
        count for outcome, count in outcomes.items() if outcome is not Outcome.OK and outcome.consequence.fault is fault
    )


def _legend(runs: Sequence[FetchedPages]) -> dict[str, str]:
    """The words for each colour: how many pages of each outcome there were."""
    total = Counter[Outcome]()
    for run in runs:
        total.update(run.outcomes)
    legend = {f"ok {total.pop(Outcome.OK, 0):,}": DONE}
    for fault, colour in _FAULTS.items():
        named = [f"{outcome} {count:,}" for outcome, count in total.most_common() if outcome.consequence.fault is fault]
        if named:
            legend[shortened(", ".join(named), _LONGEST_WORDS)] = colour
    return legend
