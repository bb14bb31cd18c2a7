"""The round history of a map page: a block for regulation, another for overtime.

Belongs here: which icon stands for which round, and where a row has bars and padding.
"""

from collections.abc import Sequence

from testkit.invented.facts import InventedMap, Layout, PlayedRound, TeamSheet, WinType
from testkit.invented.markup import team_logos
from testkit.invented.score_shape import OVERTIME_HALF_LENGTH, Side

BAR = '<div class="round-history-bar"></div>'


def render_round_history(invented_map: InventedMap) -> str:
    """Both blocks. The layout until 2024 pads regulation to its full length."""
    half_length = invented_map.score.half_length
    regulation = [played for played in invented_map.rounds if not played.is_overtime]
    overtime = [played for played in invented_map.rounds if played.is_overtime]
    slots = 2 * half_length if invented_map.layout is Layout.UNTIL_2024 else len(regulation)
    blocks = _block(invented_map, "Round history", "", regulation, half_length, slots)
    if overtime:
        blocks += "\n<br>\n" + _block(
            invented_map,
            "Overtime",
            " round-history-overtime",
            overtime,
            OVERTIME_HALF_LENGTH,
            len(overtime),
        )
    return blocks


def _block(
    invented_map: InventedMap,
    headline: str,
    extra_class: str,
    rounds: Sequence[PlayedRound],
    half_length: int,
    slots: int,
) -> str:
    rows = "\n".join(_row(sheet, rounds, half_length, slots) for sheet in invented_map.teams)
    return f"""\
<div class="standard-headline">{headline}</div>
<div class="standard-box round-history-con{extra_class}">
{rows}
</div>"""


def _row(sheet: TeamSheet, rounds: Sequence[PlayedRound], half_length: int, slots: int) -> str:
    icons = [_icon(sheet, played) for played in rounds]
    icons += [_image("emptyHistory", "")] * (slots - len(rounds))
    halves = "\n".join(
        f"{BAR}\n{''.join(icons[start : start + half_length])}" for start in range(0, slots, half_length)
    )
    return f'<div class="round-history-team-row">{team_logos(sheet.team, "round-history-team")}\n{halves}</div>'


def _icon(sheet: TeamSheet, played: PlayedRound) -> str:
    """The team's icon of a round: how it won, with the score after the round; empty if it lost."""
    if played.winner is not sheet.seat:
        return _image("emptyHistory", "")
    if played.win_type is WinType.ELIMINATION:
        name = "ct_win" if played.winner_side is Side.CT else "t_win"
    elif played.win_type is WinType.TIME:
        name = "stopwatch"
    else:
        name = played.win_type
    return _image(name, f"{played.score.left}-{played.score.right}")


def _image(name: str, title: str) -> str:
    return f'<img src="/img/static/scoreboard/{name}.svg" class="round-history-outcome" title="{title}">'
