"""The economy page of a map: what each team's equipment was worth at the start of each round, and who won it.

The page names no team by id: left and right are those of the map page.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from posixpath import basename
from typing import NamedTuple

from hltv_assets.pages.charts import LineChart, Point, read_chart
from hltv_assets.pages.document import (
    MATCH_LINK,
    Document,
    Element,
    check_map_page_identity,
    linked_match_id,
    open_page,
    select_one,
)
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.kinds import PageKind, link_path
from hltv_assets.pages.numbers import present, read_count
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.records import BuyClass, EconomyPage, EconomyRound, Equipment, Side, other_side

# Raised when the same page gives other rows than before: archived pages are then parsed again.
ECONOMY_PARSER_VERSION = 1

_GRAPH = ".graph[data-fusionchart-config]"
_TABLE = "table.equipment-categories"
_CLASSES: dict[str, BuyClass] = {
    "Pistol": "Pistol",
    "ForcePistol": "ForcePistol",
    "Forcebuy": "Forcebuy",
    "RifleArmor": "RifleArmor",
}
_ICON = re.compile(r"(ct|t)(Pistol|ForcePistol|Forcebuy|RifleArmor)(Win|Loss)\.svg")
_WINNERS: dict[str, Side] = {"ctRoundWon.png": "CT", "tRoundWon.png": "T"}
_VALUE = re.compile(r"Equipment value: (\S+)")
_TEAMS = 2


class _Cell(NamedTuple):
    """A team's round in the tables of the halves."""

    value: int
    side: Side
    buy_class: BuyClass
    won: bool


def parse_economy(html: str | bytes, mapstatsid: int) -> EconomyPage:
    """Read `/stats/matches/economy/mapstatsid/<mapstatsid>/<slug>`: the graph, and the tables of the halves.

    Returns a record a round with both teams' equipment in dollars; rounds that the page does not have (overtime,
    often) are absent. Raises `PageError`: `no_data` where HLTV offers no economy of this map; `incomplete` where one
    of the two blocks or rounds of it are missing; `inconsistent` where they contradict each other.
    """
    page = open_page(html)
    check_map_page_identity(page, PageKind.MAP_ECONOMY, mapstatsid)
    check_economy_is_offered(page)
    tables = page.css(_TABLE)
    left_points, right_points = _read_graph(page)
    halves = [_read_half(table, f"{_TABLE} {number}") for number, table in enumerate(tables, start=1)]
    left_cells = [cell for left, _ in halves for cell in left]
    right_cells = [cell for _, right in halves for cell in right]
    if len(left_cells) != len(left_points):
        raise PageError(
            Outcome.INCOMPLETE, f"{len(left_points)} rounds in the graph, {len(left_cells)} in the tables of the halves"
        )
    rounds = zip(left_points, right_points, left_cells, right_cells, strict=True)
    return EconomyPage(
        match_id=linked_match_id(page.css(MATCH_LINK)),
        rounds=tuple(_read_round(number, *of_round) for number, of_round in enumerate(rounds, start=1)),
        warnings=tuple(_warnings(halves)),
    )


def check_economy_is_offered(page: Document) -> None:
    """Check that an economy page has something to read.

    Raises `PageError`: `no_data` if neither the graph nor the tables of the halves are there, `incomplete` if one is.
    """
    missing = [selector for selector in (_GRAPH, _TABLE) if not page.css(selector)]
    if len(missing) > 1:
        raise PageError(Outcome.NO_DATA, "HLTV offers no economy of this map")
    if missing:
        raise PageError(Outcome.INCOMPLETE, f"the page has no {missing[0]}")


def _read_graph(page: Document) -> tuple[Sequence[Point], Sequence[Point]]:
    chart = read_chart(select_one(page, _GRAPH, "economy page"), LineChart, "graph")
    if len(chart.categories) != 1 or len(chart.dataset) != _TEAMS:
        raise PageError(
            Outcome.PARSE_ERROR, f"graph: {len(chart.dataset)} lines on {len(chart.categories)} axes, 2 on 1 expected"
        )
    labels = [str(category.label) for category in chart.categories[0].category]
    left, right = chart.dataset[0].data, chart.dataset[1].data
    if not len(labels) == len(left) == len(right):
        raise PageError(
            Outcome.INCOMPLETE, f"graph: {len(labels)} rounds on the axis, {len(left)} and {len(right)} on the lines"
        )
    if labels != [str(number) for number in range(1, len(labels) + 1)]:
        raise PageError(Outcome.PARSE_ERROR, f"graph: the axis is not numbered from 1 ({', '.join(labels)[:120]})")
    if not labels:
        raise PageError(Outcome.INCOMPLETE, "graph: no rounds")
    return left, right


def _read_half(table: Element, where: str) -> tuple[list[_Cell], list[_Cell]]:
    rows = table.css("tr")
    if len(rows) != _TEAMS:
        raise PageError(Outcome.INCOMPLETE, f"{where}: {len(rows)} rows, one for each team expected")
    left, right = (
        [_read_cell(cell, f"{where}, {team} team, cell {number}") for number, cell in enumerate(_rounds(row), start=1)]
        for team, row in zip(("left", "right"), rows, strict=True)
    )
    if len(left) != len(right):
        raise PageError(Outcome.INCOMPLETE, f"{where}: {len(left)} rounds of the left team, {len(right)} of the right")
    return left, right


def _rounds(row: Element) -> list[Element]:
    """A row's cells, less the first, which shows the team."""
    select_one(row, "td.team", _TABLE)
    return row.css("td:not(.team)")


def _read_cell(cell: Element, where: str) -> _Cell:
    title = cell.attributes.get("title") or ""
    value = _VALUE.fullmatch(title)
    if value is None:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {title[:60]!r} is not an equipment value")
    icon = basename(link_path(select_one(cell, "img", where).attributes.get("src") or ""))
    found = _ICON.fullmatch(icon)
    if found is None:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: unknown icon {icon[:60]!r}")
    return _Cell(
        value=present(read_count(value[1], where), "the equipment value", where),
        side="CT" if found[1] == "ct" else "T",
        buy_class=_CLASSES[found[2]],
        won=found[3] == "Win",
    )


def _read_round(number: int, left_point: Point, right_point: Point, left: _Cell, right: _Cell) -> EconomyRound:
    where = f"round {number}"
    winners = [_read_winner(point, where) for point in (left_point, right_point)]
    if (winners[0] is None) == (winners[1] is None):
        raise PageError(
            Outcome.INCONSISTENT, f"{where}: the graph says that {'both won' if winners[0] else 'nobody won'}"
        )
    if left.side != other_side(right.side) or left.won == right.won:
        raise PageError(Outcome.INCONSISTENT, f"{where}: the icons of the teams do not fit each other")
    for team, point, winner, cell in (
        ("left", left_point, winners[0], left),
        ("right", right_point, winners[1], right),
    ):
        value = read_count(str(point.value), f"{where}, graph, {team} team")
        if value != cell.value:
            raise PageError(
                Outcome.INCONSISTENT, f"{where}: {team} team has {value} in the graph, {cell.value} in the table"
            )
        if (winner is not None) != cell.won or winner not in {None, cell.side}:
            raise PageError(
                Outcome.INCONSISTENT, f"{where}: graph and table do not agree on whether and where {team} won"
            )
    return EconomyRound(
        round_number=number,
        left=Equipment(side=left.side, won=left.won, value=left.value, buy_class=left.buy_class),
        right=Equipment(side=right.side, won=right.won, value=right.value, buy_class=right.buy_class),
    )


def _read_winner(point: Point, where: str) -> Side | None:
    if point.image is None:
        return None
    icon = basename(link_path(point.image))
    if icon not in _WINNERS:
        raise PageError(Outcome.PARSE_ERROR, f"{where}, graph: unknown icon {icon[:60]!r}")
    return _WINNERS[icon]


def _warnings(halves: Sequence[tuple[Sequence[_Cell], Sequence[_Cell]]]) -> list[str]:
    """Tell where a team does not stay on its side for a half, or does not swap after it."""
    sides = [{cell.side for cell in left} for left, _ in halves]
    found = [f"half {number}: the left team changes its side" for number, half in enumerate(sides, 1) if len(half) > 1]
    if any(len(half) == 1 and half == after for half, after in pairwise(sides[:2])):
        found.append("the teams do not swap sides after the first half")
    return found
