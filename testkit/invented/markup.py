"""Bits of markup that recur all over HLTV's pages: logos, flags, links with tooltips.

Belongs here: what more than one block of a page needs. All names pass through `escape` exactly
once, at the place where they enter the markup.
"""

from html import escape

from testkit.invented.facts import Event, InventedMap, Player, Team

FLAG = '<img alt="World" src="/img/static/flags/30x20/WORLD.gif" class="flag" title="World">'


def overview_path(invented_map: InventedMap) -> str:
    """The path of the map page itself."""
    return f"/stats/matches/mapstatsid/{invented_map.mapstatsid}/{invented_map.map_slug}"


def tooltip_id(number: int) -> str:
    """The id that ties a link to its tooltip."""
    return f"uniqueTooltipId-{number}"


def team_logos(team: Team, css_class: str) -> str:
    """A team's logo: a pair for day and night, or a single one that serves both."""
    if not team.has_night_logo:
        return _logo(team, f"{team.team_id}.png", css_class)
    day = _logo(team, f"{team.team_id}-day.png", f"{css_class} day-only")
    night = _logo(team, f"{team.team_id}-night.png", f"{css_class} night-only")
    return day + night


def player_link(player: Player, tooltip: int, css_class: str = "") -> str:
    """A link to a player's statistics."""
    class_attribute = f' class="{css_class}"' if css_class else ""
    return (
        f'<a href="/stats/players/{player.player_id}/{player.slug}"{class_attribute}'
        f' data-tooltip-id="{tooltip_id(tooltip)}">{escape(player.name)}</a>'
    )


def event_tooltip(event: Event, tooltip: int) -> str:
    """The hidden menu of an event link."""
    href = f"/stats?event={event.event_id}"
    return _tooltip(tooltip, ("fa-trophy", href, "Go to Event"), (href, "Add to filter"))


def team_tooltip(invented_map: InventedMap, team: Team, tooltip: int) -> str:
    """The hidden menu of a team link; it holds another link to the team."""
    context = f"{overview_path(invented_map)}?contextIds={team.team_id}&amp;contextTypes=team"
    href = f"/stats/teams/{team.team_id}/{team.slug}"
    return _tooltip(tooltip, ("fa-users", href, "Go to Team"), (context, "Add to context"))


def player_tooltip(invented_map: InventedMap, player: Player, tooltip: int) -> str:
    """The hidden menu of a player link; it holds another link to the player."""
    context = f"{overview_path(invented_map)}?contextIds={player.player_id}&amp;contextTypes=player"
    href = f"/stats/players/{player.player_id}/{player.slug}"
    return _tooltip(tooltip, ("fa-user", href, "Go to Player"), (context, "Add to context"))


def _logo(team: Team, file_name: str, css_class: str) -> str:
    name = escape(team.name)
    return f'<img alt="{name}" src="/img/teamlogo/{file_name}" class="{css_class}" title="{name}">'


def _tooltip(tooltip: int, go_to: tuple[str, str, str], add: tuple[str, str]) -> str:
    icon, go_to_href, go_to_label = go_to
    add_href, add_label = add
    return f"""\
<div class="hidden" id="{tooltip_id(tooltip)}">
  <div class="stats-section context-tooltip">\
<a href="{go_to_href}" class="context-button"><i class=" fa {icon}" aria-hidden="true"></i>{go_to_label}</a>\
<a href="{add_href}" class="context-button"><i class=" fa fa-bar-chart" aria-hidden="true"></i>{add_label}</a>\
</div>
</div>"""
