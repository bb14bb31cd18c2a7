"""The scoreboards of a match page: a block over all maps, then one per map, each with three tables per team."""

from collections.abc import Sequence
from html import escape

from testkit.invented.facts import InventedMap, Player, StatLine, Team
from testkit.invented.markup import FLAG, team_logos
from testkit.invented.match_facts import InventedMatch
from testkit.invented.stat_lines import RATING_WITH_SWING

PLAIN = " traditional-data"
ECO = " eco-adjusted-data hidden"
COLUMNS = (("kd", "K-D", True), ("roundSwing", "Swing", False), ("adr", "ADR", True), ("kast", "KAST", True))
Cells = list[tuple[str, str]]


def render_match_scoreboards(match: InventedMatch) -> str:
    """All blocks; the first, over all maps, repeats the first map's numbers, which nobody should read."""
    maps = list(match.played.values())
    blocks = [("all", one) for one in maps[:1]] + [(str(one.mapstatsid), one) for one in maps]
    return "\n".join(_block(name, one, match) for name, one in blocks)


def side_lines(invented: InventedMap, team: Team) -> list[tuple[str, list[tuple[Player, StatLine]]]]:
    """A team's lines, by the class of their table."""
    players = invented.sheet_of(team.team_id).players
    return [
        ("totalstats", [(of.player, of.both) for of in players]),
        ("ctstats", [(of.player, of.ct) for of in players]),
        ("tstats", [(of.player, of.t) for of in players]),
    ]


def _block(name: str, invented: InventedMap, match: InventedMatch) -> str:
    tables = "\n".join(
        _table(css_class, lines, team, invented.rating_version)
        for team in match.plan.teams
        for css_class, lines in side_lines(invented, team)
    )
    return f'<div class="stats-content" id="{name}-content">\n{tables}\n</div>'


def _table(css_class: str, lines: Sequence[tuple[Player, StatLine]], team: Team, version: str) -> str:
    is_new = version == RATING_WITH_SWING
    heads: Cells = []
    for name, label, has_twin in COLUMNS:
        if name == "roundSwing" and not is_new:
            continue
        heads.append((f"{name} text-center{PLAIN if is_new and has_twin else ''}", label))
        if is_new and has_twin:
            heads.append((f"{name} text-center{ECO}", f"e{label}"))
    heads.append(("rating text-center", f'Rating<span class="ratingDesc">{version}</span>'))
    classes = [css for css, _ in heads]
    rows = "\n".join(
        f'<tr><td class="players">{FLAG}<a href="/player/{player.player_id}/{player.slug}" class="flagAlign">'
        f"<div class=\"gtSmartphone-only statsPlayerName\">'{escape(player.name)}'</div>"
        f'<div class="smartphone-only statsPlayerName">{escape(player.name)}</div></a></td>'
        f"{_cells(classes, line)}</tr>"
        for player, line in lines
    )
    return f"""\
<table class="table {css_class}"><tbody>
<tr class="header-row"><td class="players">{team_logos(team, "logo")}\
<a href="/team/{team.team_id}/{team.slug}" class="teamName team">{escape(team.name)}</a></td>\
{"".join(f'<td class="{css}">{label}</td>' for css, label in heads)}</tr>
{rows}
</tbody></table>"""


def _cells(classes: Sequence[str], line: StatLine) -> str:
    eco = line.eco
    texts = {
        "kd": f"{line.kills}-{line.deaths}",
        "roundSwing": f"{line.round_swing or 0:+.2f}%",
        "adr": f"{line.adr:.1f}",
        "kast": f"{line.kast:.1f}%",
        "rating": f"{line.rating:.2f}",
    }
    twins = {"kd": f"{eco.kills}-{eco.deaths}", "adr": f"{eco.adr:.1f}", "kast": f"{eco.kast:.1f}%"} if eco else {}
    return "".join(
        f'<td class="{css}">{(twins if css.endswith(ECO) else texts)[css.split()[0]]}</td>' for css in classes
    )
