"""A performance page as HLTV serves it, of an invented map: overview, kill matrices, and a card a player.

Belongs here: everything on that page below the menu. All counts come from the kills of the facts.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from html import escape

from testkit.invented.facts import InventedMap, Kill, PlayerSheet, TeamSheet
from testkit.invented.map_head import match_page_link, render_match_maps, render_menu
from testkit.invented.markup import FLAG, overview_path, player_link, team_logos
from testkit.invented.page_frame import render_page
from testkit.invented.stat_lines import RATING_WITH_SWING

Duels = Mapping[tuple[int, int], int]


def render_performance_page(invented_map: InventedMap) -> str:
    """The whole HTML page."""
    matrices = "\n".join(_matrix(invented_map, name, duels) for name, duels in kill_matrices(invented_map).items())
    cards = "\n".join(_team_cards(invented_map, sheet) for sheet in invented_map.teams)
    content = f"""\
<div class="stats-section stats-match">
{render_menu(invented_map, "Performance")}
{render_match_maps(invented_map)}
{match_page_link(invented_map)}
<div class="standard-headline">Performance overview</div>
<div class="overview standard-box">{_overview(invented_map)}</div>
<div class="standard-headline">Kill matrix</div>
<div class="killmatrix-menu">
<div class="killmatrix-menu-link bold" id="ALL">All</div>
<div class="killmatrix-menu-link " id="FIRST_KILL">First kills</div>
<div class="killmatrix-menu-link " id="AWP">AWP kills</div>
</div>
{matrices}
<div class="standard-headline">Player performance</div>
<div class="player-overview">{cards}</div>
</div>"""
    return render_page("Invented Counter-Strike performance", overview_path(invented_map), content)


def kill_matrices(invented_map: InventedMap) -> dict[str, Duels]:
    """Kills by killer and victim, for each of the page's three matrices."""
    all_kills = [kill for played in invented_map.rounds for kill in played.kills]
    first_kills = [played.kills[0] for played in invented_map.rounds if played.kills]
    return {
        "ALL": _duels(all_kills),
        "FIRST_KILL": _duels(first_kills),
        "AWP": _duels([kill for kill in all_kills if kill.is_awp]),
    }


def _duels(kills: Iterable[Kill]) -> Duels:
    return Counter((kill.killer_id, kill.victim_id) for kill in kills)


def rates(invented_map: InventedMap, sheet: PlayerSheet) -> dict[str, str]:
    """The bars of a player's card, as they are printed."""
    line = sheet.both
    rounds = len(invented_map.rounds)
    multi_kills = f"{0.5 + line.multi_kills / rounds * 2:.2f}"
    kast, adr = f"{line.kast:.1f}%", f"{line.adr:.1f}"
    bars = {"KPR": f"{line.kills / rounds:.2f}", "DPR": f"{line.deaths / rounds:.2f}", "KAST": kast}
    if invented_map.rating_version == RATING_WITH_SWING:
        bars |= {"MK rating": multi_kills, "Swing": f"{line.round_swing or 0:+.2f}%", "ADR": adr}
    else:
        bars |= {"Impact": multi_kills, "ADR": adr}
    return {**bars, f"Rating {invented_map.rating_version}": f"{line.rating:.2f}"}


def _overview(invented_map: InventedMap) -> str:
    left, right = invented_map.left, invented_map.right
    heads = "".join(
        f'<th class="team{number}-column">{team_logos(sheet.team, "team-logo")}</th>{gap}'
        for number, sheet, gap in ((1, left, "<th></th>"), (2, right, ""))
    )
    rows = "".join(
        f'<tr><td class="name-column">{label}</td><td class="team1-column">{_sum(left, name)}</td>'
        f'<td class="chart-column"></td><td class="team2-column">{_sum(right, name)}</td></tr>'
        for label, name in (("Kills", "kills"), ("Deaths", "deaths"), ("Assists", "assists"))
    )
    return f'<table class="overview-table"><tbody><tr><th class="name-column"></th>{heads}</tr>{rows}</tbody></table>'


def _sum(sheet: TeamSheet, name: str) -> int:
    return sum(getattr(of.both, name) for of in sheet.players)


def _matrix(invented_map: InventedMap, name: str, duels: Duels) -> str:
    left, right = ([of.player for of in sheet.players] for sheet in invented_map.teams)
    head = "".join(f'<td class="text-center team1">{FLAG}{player_link(player, 0)}</td>' for player in left)
    rows = []
    for player in right:
        cells = "".join(
            f'<td class="text-center"><span class="team2-player-score">'
            f"{duels.get((player.player_id, opponent.player_id), 0)}</span>:"
            f'<span class="team1-player-score">{duels.get((opponent.player_id, player.player_id), 0)}</span></td>'
            for opponent in left
        )
        rows.append(f'<tr><td class="team2">{FLAG}{player_link(player, 0)}</td>{cells}</tr>')
    return (
        f'<div class="killmatrix-content " id="{name}-content"><table class="stats-table"><tbody>'
        f'<tr class="killmatrix-topbar"><td class=""></td>{head}</tr>{"".join(rows)}</tbody></table></div>'
    )


def _team_cards(invented_map: InventedMap, sheet: TeamSheet) -> str:
    return f'<div class="columns">{team_logos(sheet.team, "team-logo")}{"".join(_cards(invented_map, sheet))}</div>'


def _cards(invented_map: InventedMap, sheet: TeamSheet) -> Iterable[str]:
    for of in sheet.players:
        bars = [
            # The length of a bar is not the number that it stands for.
            {"label": label, "value": f"{len(text) / 3:.2f}", "color": "00707b", "displayValue": text}
            for label, text in rates(invented_map, of).items()
        ]
        config = {"type": "bar2D", "dataSource": {"chart": {"decimals": 2}, "data": bars}}
        name = escape(of.player.name)
        yield (
            '<div class="highlighted-player"><div class="standard-box"><div class="headline"><span>'
            f'{FLAG}<a href="/player/{of.player.player_id}/{of.player.slug}"><span class="gtSmartphone-only">'
            f"'<span class=\"player-nick\">{name}</span>'</span>"
            f'<span class="smartphone-only">{name}</span></a></span></div>'
            f'<div class="graph small" data-fusionchart-config="{escape(json.dumps(config, ensure_ascii=False))}">'
            "</div></div></div>"
        )
