"""The six scoreboards of a map page (both sides, CT, T for each team), in either layout.

Belongs here: which columns a layout has, and how their cells are written.
"""

from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

from testkit.invented.facts import (
    EcoLine,
    InventedMap,
    Layout,
    Player,
    StatLine,
    TeamSheet,
)
from testkit.invented.markup import FLAG, player_link, player_tooltip, team_logos
from testkit.invented.stat_lines import RATING_WITH_SWING

DESKTOP = " gtSmartphone-only"
PHONE = " smartphone-only"
PLAIN = " traditional-data"
ECO = " eco-adjusted-data hidden"

KAST_TITLE = "Percentage of rounds in which the player either had a kill, assist, survived or was traded"
FIRST_PLAYER_TOOLTIP = 101
AVERAGE_RATING = (0.95, 1.05)


class Column(NamedTuple):
    """A column: its header cell, and a body cell for a player's line."""

    header: str
    cell: Callable[[StatLine], str]


class Table(NamedTuple):
    """One scoreboard: a team, the table's class, and each player's line in it."""

    sheet: TeamSheet
    css_class: str
    lines: Sequence[tuple[Player, StatLine]]


def render_scoreboards(invented_map: InventedMap) -> str:
    """All six tables, each followed by the hidden menus of its player links."""
    columns = _columns(invented_map)
    blocks: list[str] = []
    tooltip = FIRST_PLAYER_TOOLTIP
    for table in _tables(invented_map):
        blocks.append(_render_table(table, columns, tooltip))
        for player, _ in table.lines:
            blocks.append(player_tooltip(invented_map, player, tooltip))
            tooltip += 1
    return "\n".join(blocks)


def _tables(invented_map: InventedMap) -> list[Table]:
    tables = []
    for sheet in invented_map.teams:
        for css_class, lines in (
            ("totalstats ", [(of.player, of.both) for of in sheet.players]),
            ("ctstats hidden", [(of.player, of.ct) for of in sheet.players]),
            ("tstats hidden", [(of.player, of.t) for of in sheet.players]),
        ):
            best_first = sorted(lines, key=lambda player_and_line: -player_and_line[1].rating)
            tables.append(Table(sheet, css_class, best_first))
    return tables


def _render_table(table: Table, columns: Sequence[Column], first_tooltip: int) -> str:
    team = table.sheet.team
    headers = "\n".join(column.header for column in columns)
    rows = "\n".join(
        f'<tr>\n<td class="st-player"><div class="flag-align"><span class="gtSmartphone-only">{FLAG}</span>'
        f"{player_link(player, tooltip, 'text-ellipsis')}</div></td>\n"
        + "\n".join(column.cell(line) for column in columns)
        + "\n</tr>"
        for tooltip, (player, line) in enumerate(table.lines, start=first_tooltip)
    )
    return f"""\
<div class="stats-content ">
<table class="stats-table {table.css_class}">
<thead>
<tr>
<th class="st-teamname text-ellipsis">{team_logos(team, "logo")}{escape(team.name)}</th>
{headers}
</tr>
</thead>
<tbody>
{rows}
</tbody>
</table>
</div>"""


def _columns(invented_map: InventedMap) -> list[Column]:
    if invented_map.layout is Layout.UNTIL_2024:
        return [*_columns_until_2024(), _rating_column(invented_map.rating_version)]
    columns = _columns_since_2025()
    if invented_map.rating_version == RATING_WITH_SWING:
        columns.append(Column(_th("roundSwing", "Swing"), _swing_cell))
    return [*columns, _rating_column(invented_map.rating_version)]


def _columns_until_2024() -> list[Column]:
    """The columns up to 2024. `st-kdratio` holds KAST, whatever its name says."""
    flash_title = "Flash assists, a teammate killed an opponent while blinded by a flash of this player."
    return [
        Column(
            _th("kills", f"K{_on_desktop(' (hs)')}", title="Kills"),
            lambda line: _td("kills", f"{line.kills}{_on_desktop(f' ({line.headshots})')}"),
        ),
        Column(
            _th("assists", f"A{_on_desktop(' (f)', title='Flash assists')}", title="Assists"),
            lambda line: _td("assists", f"{line.assists} {_on_desktop(f'({line.flash_assists})', title=flash_title)}"),
        ),
        Column(_th("deaths", "D", title="Death"), lambda line: _td("deaths", str(line.deaths))),
        Column(_th("kdratio", "KAST", title=KAST_TITLE), lambda line: _td("kdratio", f"{line.kast:.1f}%")),
        Column(
            _th("kddiff", "K-D Diff", title="Kills deaths difference"),
            lambda line: _difference_cell("kddiff", line.kill_difference, title=""),
        ),
        Column(
            _th("adr", "ADR", title="Average damage per round"),
            lambda line: _td("adr", f"{line.adr:.1f}"),
        ),
        Column(
            _th("fkdiff", "FK Diff", title="First kills difference"),
            lambda line: _difference_cell(
                "fkdiff",
                line.opening_difference,
                title=f"{line.opening_kills} first kills, {line.opening_deaths} first deaths in a round",
            ),
        ),
    ]


def _columns_since_2025() -> list[Column]:
    """The columns of 2025 and later but for swing and rating. Most have an eco-adjusted twin."""
    return [
        *_twins("opkd", DESKTOP, ("Op.K-D", "Op.eK-eD"), lambda of: f"{of.opening_kills} : {of.opening_deaths}"),
        Column(_th("mks", "MKs", DESKTOP), lambda line: _td("mks", str(line.multi_kills), DESKTOP)),
        *_twins("kast", DESKTOP, ("KAST", "eKAST"), lambda of: f"{of.kast:.1f}%"),
        Column(_th("clutches", "1vsX", DESKTOP), lambda line: _td("clutches", str(line.clutches), DESKTOP)),
        *_twins(
            "kills",
            "",
            (f"K{_on_desktop(' (hs)')}", "eK (hs)"),
            lambda of: f"{of.kills}{_on_desktop(f' ({of.headshots})')}",
        ),
        Column(
            _th("assists", "A (f)"),
            lambda line: _td(
                "assists", f"{line.assists}{_on_desktop(f' ({line.flash_assists})', title='Flash assists')}"
            ),
        ),
        *_twins(
            "deaths",
            "",
            ("D (t)", "eD (t)"),
            lambda of: f"{of.deaths}{_on_desktop(f' ({of.traded_deaths})')}",
        ),
        *_twins("adr", "", ("ADR", "eADR"), lambda of: f"{of.adr:.1f}", no_eco="null"),
        *_twins("kast", PHONE, ("KAST", "eKAST"), lambda of: f"{of.kast:.1f}%"),
    ]


def _twins(
    name: str,
    extra_class: str,
    labels: tuple[str, str],
    text_of: Callable[[StatLine | EcoLine], str],
    no_eco: str = "-",
) -> tuple[Column, Column]:
    """A plain column and its eco-adjusted twin, which is there even without such numbers."""
    plain_label, eco_label = labels
    plain_class, eco_class = extra_class + PLAIN, extra_class + ECO
    return (
        Column(
            _th(name, plain_label, plain_class),
            lambda line: _td(name, text_of(line), plain_class),
        ),
        Column(
            _th(name, eco_label, eco_class),
            lambda line: _td(name, text_of(line.eco) if line.eco else no_eco, eco_class),
        ),
    )


def _rating_column(version: str) -> Column:
    return Column(_th("rating", f'Rating<span class="ratingDesc">{version}</span>'), _rating_cell)


def _rating_cell(line: StatLine) -> str:
    lowest_average, highest_average = AVERAGE_RATING
    if line.rating < lowest_average:
        tone = "ratingNegative"
    else:
        tone = "ratingPositive" if line.rating > highest_average else "ratingNeutral"
    return _td("rating", f"{line.rating:.2f}", f" {tone}")


def _swing_cell(line: StatLine) -> str:
    if line.round_swing is None:
        return _td("roundSwing", "-")
    return _td("roundSwing", f"{line.round_swing:+.2f}%", _tone(line.round_swing))


def _difference_cell(name: str, difference: int, title: str) -> str:
    """A difference as the layout up to 2024 prints it: "+2", "0", "-3"."""
    attributes = f' data-sort="{difference}" data-sort-method="number"'
    if title:
        attributes += f' title="{title}"'
    text = f"{difference:+}" if difference else "0"
    return f'<td class="st-{name}{_tone(difference)}"{attributes}>{text}</td>'


def _tone(number: float) -> str:
    if not number:
        return ""
    return " won" if number > 0 else " lost"


def _th(name: str, label: str, extra_class: str = "", title: str = "") -> str:
    title_attribute = f' title="{title}"' if title else ""
    return f'<th class="st-{name}{extra_class}"{title_attribute}>{label}</th>'


def _td(name: str, text: str, extra_class: str = "") -> str:
    return f'<td class="st-{name}{extra_class}">{text}</td>'


def _on_desktop(text: str, title: str = "") -> str:
    title_attribute = f' title="{title}"' if title else ""
    return f'<span class="gtSmartphone-only"{title_attribute}>{text}</span>'
