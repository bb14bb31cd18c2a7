"""The upper blocks of a map page: menu, maps of the match, info box, most-of-the-map boxes.

Belongs here: everything above the round history, which is the same in both layouts but for a label.
"""

from collections import Counter
from collections.abc import Callable
from html import escape
from typing import NamedTuple

from testkit.invented.facts import InventedMap, Layout, MapLink, StatLine, Team, TeamSheet
from testkit.invented.markup import (
    FLAG,
    event_tooltip,
    player_link,
    player_tooltip,
    team_logos,
    team_tooltip,
    tooltip_id,
)
from testkit.invented.score_shape import RoundsWon, Side

# Tooltips of the info box: event, left team, right team; then one for each of the top players.
EVENT_TOOLTIP = 1
TEAM_TOOLTIPS = (2, 3)
FIRST_TOP_PLAYER_TOOLTIP = 11

RATING_BOX = "Best rating"

# The page of a whole match in the statistics section has an id of its own, of another range.
SERIES_STATS_ID_DISTANCE = 8_300_000


class TopBox(NamedTuple):
    """A box that names the player who had most of something."""

    label: str
    number_of: Callable[[StatLine], float]
    decimals: int = 0


TOP_BOXES = (
    TopBox("Most kills", lambda line: line.kills),
    TopBox("Most damage", lambda line: line.adr, decimals=1),
    TopBox("Most assists", lambda line: line.assists),
    TopBox("Most AWP kills", lambda line: line.awp_kills),
    TopBox("Most first kills", lambda line: line.opening_kills),
    TopBox(RATING_BOX, lambda line: line.rating, decimals=2),
)


def render_menu(invented_map: InventedMap, selected_tab: str = "Overview") -> str:
    """The tabs of a map's pages; the selected one says which page this is."""
    place = f"mapstatsid/{invented_map.mapstatsid}/{invented_map.map_slug}"
    tabs = (
        f'<a href="/stats/matches/{kind}{place}" class="stats-top-menu-item stats-top-menu-item-link'
        f'{" selected" if label == selected_tab else ""}">{label}</a>'
        for label, kind in (
            ("Overview", ""),
            ("Performance", "performance/"),
            ("Economy", "economy/"),
            ("Heatmaps", "heatmap/"),
        )
    )
    return f"""\
<div class="stats-match-menu standard-box">
  <div class="menu-header">{escape(invented_map.event.name)}</div>
  <div class="stats-top-menu"><div class="tabs ">{"".join(tabs)}</div></div>
</div>
<div class="section-spacer"></div>"""


def render_match_maps(invented_map: InventedMap) -> str:
    """Links to the maps of the match and, if there are several, to the match as a whole."""
    columns = [_map_column(invented_map, link) for link in invented_map.match_maps]
    if invented_map.best_of > 1:
        columns.insert(0, _series_column(invented_map))
    return f"""\
<div class="stats-match-maps">
  <div class="columns">{"".join(columns)}</div>
  <div class="section-spacer"></div>
</div>"""


def render_info(invented_map: InventedMap) -> str:
    """The info box, its rows and the link to the match page."""
    left, right = invented_map.teams
    version = f" {invented_map.rating_version}" if invented_map.layout is Layout.SINCE_2025 else ""
    rows = "\n".join(
        f'<div class="match-info-row">\n  <div class="right">{value}</div>\n  <div class="bold">{label}</div>\n</div>'
        for label, value in (
            ("Breakdown", _breakdown(invented_map)),
            (f"Team rating{version}", f"{left.rating:.2f} : {right.rating:.2f}"),
            ("First kills", f"{left.first_kills} : {right.first_kills}"),
            ("Clutches won", f"{left.clutches} : {right.clutches}"),
        )
    )
    return f"""\
<div class="col match-info-box-col">
<div class="match-info-box-con">\
<img alt="World" src="/img/static/flags/300x200/WORLD.png" class="match-info-flag-left flag" title="World">\
<img alt="World" src="/img/static/flags/300x200/WORLD.png" class="match-info-flag-right flag" title="World">
{_info_box(invented_map)}
{rows}
{match_page_link(invented_map)}</div>
</div>"""


def match_page_link(invented_map: InventedMap) -> str:
    """The link by which all pages of a map tell their match."""
    path = f"/matches/{invented_map.match_id}/{invented_map.match_slug}"
    return f'<a href="{path}" class="match-page-link button">More info on match page</a>'


def render_top_players(invented_map: InventedMap) -> str:
    """The boxes of the players who had most of something."""
    boxes = "\n".join(
        _top_box(invented_map, box, tooltip) for tooltip, box in enumerate(TOP_BOXES, start=FIRST_TOP_PLAYER_TOOLTIP)
    )
    return f'<div class="col top-players">\n{boxes}\n</div>'


def _series_column(invented_map: InventedMap) -> str:
    maps_won = Counter(link.winner.team_id for link in invented_map.match_maps)
    left, right = (sheet.team for sheet in invented_map.teams)
    series_id = invented_map.match_id - SERIES_STATS_ID_DISTANCE
    ahead = left if maps_won[left.team_id] >= maps_won[right.team_id] else right
    return _column(
        f"/stats/matches/{series_id}/{invented_map.map_slug}",
        is_this_page=False,
        picture="all",
        score=f"{maps_won[left.team_id]} - {maps_won[right.team_id]}",
        names=(f"bo{invented_map.best_of}", f"Best of {invented_map.best_of}"),
        winner=ahead,
    )


def _map_column(invented_map: InventedMap, link: MapLink) -> str:
    return _column(
        f"/stats/matches/mapstatsid/{link.mapstatsid}/{link.map_slug}",
        is_this_page=link.mapstatsid == invented_map.mapstatsid,
        picture=link.map_name.lower(),
        score=f"{link.left_rounds} - {link.right_rounds}",
        names=(link.map_name[:3].lower(), link.map_name),
        winner=link.winner,
    )


def _column(href: str, *, is_this_page: bool, picture: str, score: str, names: tuple[str, str], winner: Team) -> str:
    short_name, full_name = names
    inactive = "" if is_this_page else " inactive"
    return f"""\
<a href="{href}" class="col stats-match-map standard-box a-reset{inactive}">
  <div class="stats-match-map-holder">\
<img src="/img/static/statsmatchmaps/{picture}.png" class="stats-match-map-img" alt=""></div>
  <div class="stats-match-map-desc"><div class="stats-match-map-result">
    <div class="stats-match-map-result-score">{score}</div>
    <div class="stats-match-map-result-mapname dynamic-map-name-short">{short_name}</div>
    <div class="stats-match-map-result-mapname dynamic-map-name-full">{full_name}</div>
  </div><div class="stats-match-map-winner-logo-con">{team_logos(winner, "stats-match-map-winner-logo")}</div></div>
</a>"""


def _info_box(invented_map: InventedMap) -> str:
    """The box around the map's name, which is a bare text between two elements."""
    event, played_at = invented_map.event, invented_map.played_at
    left, right = invented_map.teams
    left_tooltip, right_tooltip = TEAM_TOOLTIPS
    return f"""\
<div class="match-info-box"><a href="/stats?event={event.event_id}" class="block text-ellipsis" \
data-tooltip-id="{tooltip_id(EVENT_TOOLTIP)}">{escape(event.name)}</a>
<div class="small-text"><span data-time-format="yyyy-MM-dd HH:mm" \
data-unix="{int(played_at.timestamp()) * 1000}">{played_at:%Y-%m-%d %H:%M}</span><br><br>\
<span class="bold">Map</span></div>
{escape(invented_map.map_name)}
{_team_box(left, right, left_tooltip)}
{_team_box(right, left, right_tooltip)}
{event_tooltip(event, EVENT_TOOLTIP)}
{team_tooltip(invented_map, left.team, left_tooltip)}
{team_tooltip(invented_map, right.team, right_tooltip)}
</div>"""


def _team_box(sheet: TeamSheet, opponent: TeamSheet, tooltip: int) -> str:
    team = sheet.team
    return f"""\
<div class="team-{sheet.seat}">{team_logos(team, "team-logo")}\
<a href="/stats/teams/{team.team_id}/{team.slug}" class="block text-ellipsis" \
data-tooltip-id="{tooltip_id(tooltip)}">{escape(team.name)}</a>
<div class="bold {_outcome(sheet.rounds, opponent.rounds)}">{sheet.rounds}</div>
</div>"""


def _breakdown(invented_map: InventedMap) -> str:
    """The final score, then a group for each half, then one for all overtimes together."""
    score = invented_map.score
    left, right = score.final.left, score.final.right
    starting_side = invented_map.left.starting_side
    text = (
        f'<span class="{_outcome(left, right)}">{left}</span> : '
        f'<span class="{_outcome(right, left)}">{right}</span>'
        f" {_half(score.first_half, starting_side)} {_half(score.second_half, starting_side.other)}"
    )
    if score.overtimes:
        text += f" ( {score.overtime.left} : {score.overtime.right} )"
    return text


def _half(half: RoundsWon, left_side: Side) -> str:
    return (
        f'( <span class="{left_side.lower()}-color">{half.left}</span> : '
        f'<span class="{left_side.other.lower()}-color">{half.right}</span> )'
    )


def _outcome(rounds: int, opponents_rounds: int) -> str:
    return "won" if rounds > opponents_rounds else "lost"


def _top_box(invented_map: InventedMap, box: TopBox, tooltip: int) -> str:
    sheets = [sheet for team in invented_map.teams for sheet in team.players]
    top = max(sheets, key=lambda sheet: box.number_of(sheet.both))
    name = escape(top.player.name)
    version = f" {invented_map.rating_version}" if box.label == RATING_BOX else ""
    return f"""\
<div class="most-x-box standard-box">\
<img alt="{name}" src="/img/playerbodyshot/{top.player.player_id}.png" class="img" title="{name}">
<div class="name">{FLAG}{player_link(top.player, tooltip)}
{player_tooltip(invented_map, top.player, tooltip)}
<br><span class="most-x-title">{box.label}{version}</span></div>
<div class="value"><span class="valueName">{box.number_of(top.both):.{box.decimals}f}</span></div>
</div>"""
