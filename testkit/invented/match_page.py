"""A match page as HLTV serves it, of an invented match: finished, forfeited, upcoming, live or postponed.

Belongs here: the page's head, maps, veto and line-ups. The scoreboards are in `match_scoreboards.py`.
"""

from datetime import datetime
from html import escape

from testkit.invented.facts import InventedMap, Player, Team
from testkit.invented.markup import FLAG, team_logos
from testkit.invented.match_facts import InventedMatch, PlannedMap, PlannedMatch
from testkit.invented.match_scoreboards import render_match_scoreboards
from testkit.invented.page_frame import render_page
from testkit.invented.score_shape import RoundsWon, Side

HOST = "https://www.hltv.org"
COUNTRY = "World"


def match_url(plan: PlannedMatch) -> str:
    """The address that the page says it has."""
    return f"{HOST}/matches/{plan.match_id}/{plan.slug}"


def render_match_page(match: InventedMatch) -> str:
    """The page of a match that is over."""
    plan = match.plan
    countdown = f'<div class="countdown">{"Match deleted" if plan.is_deleted else "Match over"}</div>'
    maps = "\n".join(
        _map_holder(plan, planned, match.played.get(number)) for number, planned in enumerate(plan.maps, start=1)
    )
    return _render(plan, countdown, maps + render_match_scoreboards(match), is_over=True)


def render_unfinished_match_page(plan: PlannedMatch, countdown: str) -> str:
    """The page of a match that is not over; `countdown` is e.g. `LIVE`, `Match postponed`, `16m : 23s`."""
    element = f'<div class="countdown" data-time-countdown="LIVE" data-unix="{_ms(plan.started_at)}">{countdown}</div>'
    holder = f"""\
<div class="mapholder"><div class="played"><div class="map-name-holder"><div class="mapname">TBA</div></div></div>
<div class="results played"><div class="results-left">{_score_box("-", plan.team1)}</div>
<span class="results-right">{_score_box("-", plan.team2)}</span></div></div>"""
    return _render(plan, element, holder * plan.best_of, is_over=False)


def _render(plan: PlannedMatch, countdown: str, blocks: str, *, is_over: bool) -> str:
    content = f"""\
<div class="match-page">
{_teams_box(plan, countdown, is_over=is_over)}
{_format_box(plan)}
{_veto_box(plan) if is_over else ""}
{blocks}
{_lineups(plan)}
<a class="stream-box" data-demo-link-button="" data-demo-link="{demo_url(plan)}"><div>GOTV Demo</div></a>
</div>"""
    url = escape(match_url(plan))
    own_address = f'<link href="{url}" rel="canonical"><meta property="og:url" content="{url}">'
    page = render_page("Invented Counter-Strike match", f"/matches/{plan.match_id}/{plan.slug}", content)
    return page.replace("</head>", f"{own_address}</head>", 1)


def demo_url(plan: PlannedMatch) -> str:
    """The link to the demo."""
    return f"/download/demo/{plan.match_id}"


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _teams_box(plan: PlannedMatch, countdown: str, *, is_over: bool) -> str:
    first, second = (_team_box(plan, number, is_over=is_over) for number in (1, 2))
    stamp = _ms(plan.started_at)
    return f"""\
<div class="standard-box teamsBox">
{first}
<div class="timeAndEvent">
<div class="time" data-time-format="HH:mm" data-unix="{stamp}">{plan.started_at:%H:%M}</div>
<div class="date" data-time-format="do 'of' MMMM y" data-unix="{stamp}">{plan.started_at:%d %B %Y}</div>
<div class="event text-ellipsis"><a href="/events/{plan.event.event_id}/{plan.event.slug}">\
{escape(plan.event.name)}</a></div>
<div class="text dummy-spacer">&nbsp;</div>
{countdown}
</div>
{second}
</div>"""


def _team_box(plan: PlannedMatch, number: int, *, is_over: bool) -> str:
    team = plan.teams[number - 1]
    score = ""
    if is_over and plan.score:
        own, other = plan.score[number - 1], plan.score[2 - number]
        score = f'<div class="{"tie" if own == other else "won" if own > other else "lost"}">{own}</div>'
    return f"""\
<div class="team">{FLAG}
<div class="team{number}-gradient"><a href="/team/{team.team_id}/{team.slug}">{team_logos(team, "logo")}
<div class="teamName">{escape(team.name)}</div></a>
{score}</div>
</div>"""


def _format_box(plan: PlannedMatch) -> str:
    lines = [f"Best of {plan.best_of} ({'LAN' if plan.is_lan else 'Online'})", ""]
    lines += [f"* {plan.stage}"] if plan.stage else []
    lines += [f"** {plan.forfeit_note}"] if plan.forfeit_note else []
    text = escape("\n".join(lines))
    return f'<div class="standard-box veto-box"><div class="padding preformatted-text">{text}</div></div>'


def _veto_box(plan: PlannedMatch) -> str:
    if not plan.vetoes:
        return ""
    steps = "\n".join(
        f"<div>{number}. {escape(f'{team.name} {action} {name}' if team else f'{name} was left over')}</div>"
        for number, (team, action, name) in enumerate(plan.vetoes, start=1)
    )
    return f'<div class="standard-box veto-box"><div class="padding">\n{steps}\n</div></div>'


def _map_holder(plan: PlannedMatch, planned: PlannedMap, invented: InventedMap | None) -> str:
    state = "optional" if planned.rounds is None else "played"
    rounds = planned.rounds or ("-", "-")
    halves = _half_scores(planned, invented) if planned.score else ""
    stats = ""
    if invented:
        path = f"/stats/matches/mapstatsid/{invented.mapstatsid}/{invented.map_slug}"
        stats = f'<div class="results-center-stats"><a href="{path}" class="results-stats">STATS</a></div>'
    picks = [" pick" if planned.picked_by is team else "" for team in plan.teams]
    return f"""\
<div class="mapholder"><div class="{state}"><div class="map-name-holder">\
<div class="mapname">{escape(planned.map_name)}</div></div></div>
<div class="results {state}"><div class="results-left{picks[0]}">{_score_box(rounds[0], plan.team1)}</div>
<div class="results-center">{stats}{halves}</div>
<span class="results-right{picks[1]}">{_score_box(rounds[1], plan.team2)}</span></div></div>"""


def _score_box(rounds: int | str, team: Team) -> str:
    return (
        f'<div class="results-teamname-container"><div class="results-teamname">{escape(team.name)}</div>'
        f'<div class="results-team-score">{rounds}</div></div>'
    )


def team1_starting_side(planned: PlannedMap, invented: InventedMap | None) -> Side:
    """The side on which team 1 began; of a map without a page, CT."""
    if invented is None:
        return Side.CT
    return invented.right.starting_side if planned.team1_is_right else invented.left.starting_side


def half_scores(planned: PlannedMap) -> list[tuple[int, int]]:
    """Both halves and the overtimes together, team 1 first."""
    if planned.score is None:
        return []
    parts = [planned.score.first_half, planned.score.second_half, planned.score.overtime]
    return [_of_team1(part, planned) for part in parts]


def _of_team1(part: RoundsWon, planned: PlannedMap) -> tuple[int, int]:
    return (part.right, part.left) if planned.team1_is_right else (part.left, part.right)


def _half_scores(planned: PlannedMap, invented: InventedMap | None) -> str:
    first, second, overtime = half_scores(planned)
    side = team1_starting_side(planned, invented)
    own, other = side.value.lower(), side.other.value.lower()
    colon = '<span class="">:</span>'
    text = (
        f'<span> (</span><span class="{own}">{first[0]}</span>{colon}<span class="{other}">{first[1]}</span>'
        f'<span>; </span><span class="{other}">{second[0]}</span>{colon}<span class="{own}">{second[1]}</span>'
        "<span></span><span>)</span>"
    )
    if any(overtime):
        text += f"<span> (</span><span>{overtime[0]}</span>{colon}<span>{overtime[1]}</span><span>)</span>"
    return f'<div class="results-center-half-score">{text}</div>'


def _lineups(plan: PlannedMatch) -> str:
    if not plan.has_lineups:
        return ""
    boxes = "\n".join(_lineup(plan, number) for number in (1, 2))
    return f'<div class="lineups" id="lineups">{boxes}</div>'


def _lineup(plan: PlannedMatch, number: int) -> str:
    team, rank = plan.teams[number - 1], plan.ranks[number - 1]
    ranking = (
        f'<a href="/ranking/teams/{team.team_id}" class="a-reset"><span>World rank: </span>#{rank}</a>'
        if rank
        else '<div class="a-reset"><span>Unranked</span></div>'
    )
    players = plan.lineup(number)
    pictures = "".join(
        f'<td class="player player-image"><a href="{_player_path(player)}"><div></div></a></td>' for player in players
    )
    names = "".join(
        f'<td class="player"><a href="{_player_path(player)}"><div class="flagAlign" '
        f'data-player-id="{player.player_id}"><img alt="{COUNTRY}" class="flag" title="{COUNTRY}">'
        f'<div class="text-ellipsis">{escape(player.name)}</div></div></a></td>'
        for player in players
    )
    return f"""\
<div class="lineup standard-box"><div class="box-headline flex-align-center">\
<div class="flex-align-center">{team_logos(team, "logo")}\
<a href="/team/{team.team_id}/{team.slug}" class="text-ellipsis">{escape(team.name)}</a></div>
<div class="teamRanking">{ranking}</div></div>
<div class="players"><table class="table"><tbody><tr>{pictures}</tr><tr>{names}</tr></tbody></table></div></div>"""


def _player_path(player: Player) -> str:
    return f"/player/{player.player_id}/{player.slug}"
