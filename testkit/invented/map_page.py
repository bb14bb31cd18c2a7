"""A map page as HLTV serves it, in either layout, of an invented map.

Belongs here: the order of the page's blocks. The blocks themselves are in `map_head.py`,
`round_history_block.py` and `scoreboards.py`, the frame around them in `page_frame.py`.
"""

import json
from html import escape

from testkit.invented.facts import InventedMap
from testkit.invented.map_head import (
    render_info,
    render_match_maps,
    render_menu,
    render_top_players,
)
from testkit.invented.markup import overview_path
from testkit.invented.page_frame import render_page
from testkit.invented.round_history_block import render_round_history
from testkit.invented.scoreboards import render_scoreboards

PLAYERS_HEADLINE = """\
<div class="standard-headline">
<div class="same-line"><span>Players</span>
<div class="ct-t-stats-container">
<div class="description">Side</div>
<div class="all-stats active">Both</div>
<div class="t-stats-only"><span class="gtSmartphone-only">Terrorist</span><span class="smartphone-only">T</span></div>
<div class="ct-stats-only"><span class="gtSmartphone-only">Counter-Terrorist</span>\
<span class="smartphone-only">CT</span></div>
</div>
</div>
</div>"""


def render_map_page(invented_map: InventedMap) -> str:
    """The whole HTML page of a map."""
    content = f"""\
<div class="stats-section stats-match">
{render_menu(invented_map)}
{render_match_maps(invented_map)}
<div class="wide-grid">
{render_info(invented_map)}
{render_top_players(invented_map)}
</div>
<br>
{render_round_history(invented_map)}
<br>
<div class="standard-headline">Performance - rating {invented_map.rating_version}</div>
<div class="standard-box">
{_rating_chart(invented_map)}
</div>
<br>
{PLAYERS_HEADLINE}
{render_scoreboards(invented_map)}
<div class="section-spacer"></div>
</div>"""
    return render_page("Invented Counter-Strike statistics", overview_path(invented_map), content)


def _rating_chart(invented_map: InventedMap) -> str:
    """The bar chart of all players' ratings: JSON in an attribute."""
    bars = [
        {"label": of.player.name, "value": f"{of.both.rating:.2f}", "color": color}
        for sheet, color in zip(invented_map.teams, ("5facea", "ffaa00"), strict=True)
        for of in sheet.players
    ]
    chart_id = f"uniqueChartId{invented_map.mapstatsid}"
    config = {
        "type": "bar2D",
        "renderAt": chart_id,
        "dataSource": {"chart": {"decimals": 2, "forceDecimals": 1, "animation": "0"}, "data": bars},
        "width": "100%",
        "dataFormat": "json",
    }
    config_json = escape(json.dumps(config, ensure_ascii=False))
    return f'<div class="graph " id="{chart_id}" data-fusionchart-config="{config_json}"></div>'
