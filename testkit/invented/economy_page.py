"""An economy page as HLTV serves it, of an invented map: the graph of the money, and a table a half.

Belongs here: everything on that page below the menu. Rounds of overtime are not on it.
"""

import json
from collections.abc import Sequence
from html import escape

from testkit.invented.economy import RoundMoney, TeamMoney, draw_money, half_length
from testkit.invented.facts import InventedMap
from testkit.invented.map_head import match_page_link, render_match_maps, render_menu
from testkit.invented.markup import overview_path, team_logos
from testkit.invented.page_frame import render_page
from testkit.invented.score_shape import Seat

PICTURES = "/img/static/economy"
ICONS = "/img/static/equipmentcategories"


def render_economy_page(invented_map: InventedMap) -> str:
    """The whole HTML page of a map whose economy HLTV knows."""
    rounds = draw_money(invented_map)
    length = half_length(invented_map)
    halves = [rounds[:length], rounds[length:]]
    tables = "\n".join(
        f'<div class="standard-headline">{name} half round history</div>{_half(invented_map, half)}'
        for name, half in zip(("First", "Second"), halves, strict=True)
        if half
    )
    return _render(
        invented_map,
        f"""\
<div class="standard-headline">Round start equipment value</div>
<div class="standard-box">{_graph(invented_map, rounds)}</div>
{tables}""",
    )


def render_empty_economy_page(invented_map: InventedMap) -> str:
    """The page of a map of which HLTV offers no economy."""
    return _render(invented_map, '<div class="standard-box">No economy data</div>')


def _render(invented_map: InventedMap, blocks: str) -> str:
    content = f"""\
<div class="stats-section stats-match">
{render_menu(invented_map, "Economy")}
{render_match_maps(invented_map)}
{match_page_link(invented_map)}
{blocks}
</div>"""
    return render_page("Invented Counter-Strike economy", overview_path(invented_map), content)


def _graph(invented_map: InventedMap, rounds: Sequence[RoundMoney]) -> str:
    lines = [
        {
            "seriesname": sheet.team.name,
            "data": [_point(dict(one.teams)[sheet.seat]) for one in rounds],
        }
        for sheet in invented_map.teams
    ]
    axis = [{"category": [{"label": str(one.number)} for one in rounds]}]
    config = {"type": "msline", "dataSource": {"chart": {}, "categories": axis, "dataset": lines}}
    return f'<div class="graph" data-fusionchart-config="{escape(json.dumps(config, ensure_ascii=False))}"></div>'


def _point(money: TeamMoney) -> dict[str, object]:
    point: dict[str, object] = {"value": str(money.value), "anchorBgAlpha": 100}
    if money.won:
        point["anchorImageUrl"] = f"{PICTURES}/{money.side.value.lower()}RoundWon.png"
    return point


def _half(invented_map: InventedMap, rounds: Sequence[RoundMoney]) -> str:
    rows = "".join(
        f'<tr><td class="team">{team_logos(invented_map.sheet_at(seat).team, "team-logo")}</td>'
        f"{''.join(_cell(dict(one.teams)[seat]) for one in rounds)}</tr>"
        for seat in (Seat.LEFT, Seat.RIGHT)
    )
    return f'<table class="standard-box equipment-categories"><tbody>{rows}</tbody></table>'


def _cell(money: TeamMoney) -> str:
    icon = f"{money.side.value.lower()}{money.buy_class}{'Win' if money.won else 'Loss'}.svg"
    lost = "" if money.won else " lost"
    return (
        f'<td class="equipment-category-td" title="Equipment value: {money.value}">'
        f'<img class="equipment-category{lost}" src="{ICONS}/{icon}"></td>'
    )
