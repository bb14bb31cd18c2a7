"""The scoreboards of a map page: six tables, for each team both sides together, CT and T.

A table's header says which columns the layout has and in which form (`K (hs)`: a count with headshots in brackets);
every row must have a readable cell for each. Two layouts are known, told apart by their columns. A number that a
layout does not have is None.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import TypeVar

import msgspec

from hltv_assets.pages.cells import (
    read_count,
    read_count_pair,
    read_count_with_part,
    read_decimal,
    read_difference,
    read_percentage,
)
from hltv_assets.pages.document import Document
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.map_head import Team
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.records import PlayerSide, PlayerSideStats, PlayerStats
from hltv_assets.pages.scoreboard_table import ECO, Cell, PlayerRow, ScoreboardTable, read_scoreboard_table

Number = int | float | None
Line = TypeVar("Line", bound=PlayerStats)

_TABLES: dict[str, PlayerSide | None] = {"totalstats": None, "ctstats": "ct", "tstats": "t"}

_LAYOUT_UP_TO_2024 = frozenset(
    ["st-kills", "st-assists", "st-deaths", "st-kdratio", "st-kddiff", "st-adr", "st-fkdiff", "st-rating"]
)
_LAYOUT_SINCE_2025 = frozenset(
    ["st-opkd", "st-mks", "st-kast", "st-clutches", "st-kills", "st-assists", "st-deaths", "st-adr", "st-rating"]
)
_ONLY_UP_TO_2024 = _LAYOUT_UP_TO_2024 - _LAYOUT_SINCE_2025
_ECO_COLUMNS = frozenset(ECO + name for name in ("st-opkd", "st-kast", "st-kills", "st-deaths", "st-adr"))
_SWING = "st-roundSwing"
_WITH_SWING = "3.0"

_OPENING_DUELS = re.compile(r"([0-9]{1,9}) first kills?, ([0-9]{1,9}) first deaths? in a round")
# A column of which the older layout has another form; of the two it alone is read.
_INSTEAD_OF = {"st-kdratio": "st-kast", "st-fkdiff": "st-opkd"}
_PRINTED_KD_DIFF, _PRINTED_FK_DIFF = "printed_kd_diff", "printed_fk_diff"
_NUMBERS: Mapping[str, tuple[str, Callable[[str, str], Number]]] = {
    "st-kddiff": (_PRINTED_KD_DIFF, read_difference),
    "st-adr": ("adr", read_decimal),
    "st-kast": ("kast", read_percentage),
    "st-kdratio": ("kast", read_percentage),  # so the class is called; the text is KAST
    "st-mks": ("multi_kills", read_count),
    "st-clutches": ("clutch_wins", read_count),
    _SWING: ("round_swing", read_percentage),
    "st-rating": ("rating", read_decimal),
    ECO + "st-adr": ("e_adr", read_decimal),
    ECO + "st-kast": ("e_kast", read_percentage),
}
_PAIRS = {
    "st-opkd": ("opening_kills", "opening_deaths"),
    ECO + "st-opkd": ("e_opening_kills", "e_opening_deaths"),
}
_WITH_PART = {  # the part is in brackets, if the header announces one
    "st-kills": ("kills", "hs_kills"),
    "st-deaths": ("deaths", "traded_deaths"),
    "st-assists": ("assists", "flash_assists"),
    ECO + "st-kills": ("e_kills", "e_hs_kills"),
    ECO + "st-deaths": ("e_deaths", "e_traded_deaths"),
}
_NOTHING: Mapping[str, Number] = dict.fromkeys(
    [
        *(field for field, _ in _NUMBERS.values()),
        *(field for fields in (*_PAIRS.values(), *_WITH_PART.values()) for field in fields),
        _PRINTED_FK_DIFF,
    ]
)
_HIGHEST_KAST = 100.0
_ECO_NO_NUMBER = re.compile(r"\bnull\b")


class Scoreboards(msgspec.Struct, frozen=True):
    """The players' lines of both teams."""

    rating_version: str
    both_sides: tuple[PlayerStats, ...]
    by_side: tuple[PlayerSideStats, ...]


def read_scoreboards(page: Document, teams: tuple[Team, Team]) -> Scoreboards:
    """Read all six tables.

    Raises `PageError`: `incomplete` if a team or a side is missing; `parse_error` for a cell that cannot be read or
    an unknown layout; `inconsistent` where tables contradict each other or a row contradicts itself.
    """
    boards = _tables_by_team_and_side(page, teams)
    versions = {board.rating_version for board in boards.values()}
    if len(versions) != 1:
        raise PageError(Outcome.INCONSISTENT, f"the scoreboards state several rating versions: {sorted(versions)}")
    both: list[PlayerStats] = []
    by_side: list[PlayerSideStats] = []
    for team in teams:
        for side in _TABLES.values():
            board = boards[team.team_id, side]
            if side is None:
                for line in _read_lines(board, team, PlayerStats, "both sides"):
                    _check_line(line, f"{line.player_name}, both sides", "player_stats")
                    both.append(line)
            else:
                for side_line in _read_lines(board, team, partial(PlayerSideStats, side=side), side):
                    _check_line(side_line, f"{side_line.player_name}, {side}", "player_side_stats")
                    by_side.append(side_line)
    _check_players(both, by_side)
    return Scoreboards(versions.pop(), tuple(both), tuple(by_side))


def _tables_by_team_and_side(
    page: Document, teams: tuple[Team, Team]
) -> dict[tuple[int, PlayerSide | None], ScoreboardTable]:
    boards: dict[tuple[int, PlayerSide | None], ScoreboardTable] = {}
    for css_class, side in _TABLES.items():
        for element in page.css(f"table.{css_class}"):
            board = read_scoreboard_table(element)
            owners = [team.team_id for team in teams if team.name == board.team_name]
            if not owners:
                raise PageError(Outcome.INCONSISTENT, f"a scoreboard of {board.team_name!r}, a team that did not play")
            if (owners[0], side) in boards:
                raise PageError(Outcome.INCONSISTENT, f"two {css_class} tables of {board.team_name!r}")
            _check_layout(board)
            boards[owners[0], side] = board
    for team in teams:
        for css_class, side in _TABLES.items():
            if (team.team_id, side) not in boards or not boards[team.team_id, side].rows:
                raise PageError(Outcome.INCOMPLETE, f"no scoreboard {css_class} of {team.name!r}")
    return boards


def _check_layout(board: ScoreboardTable) -> None:
    columns = board.columns.keys()
    layout = _LAYOUT_UP_TO_2024 if columns & _ONLY_UP_TO_2024 else _LAYOUT_SINCE_2025
    expected = set(layout)
    if layout is _LAYOUT_SINCE_2025 and (columns & _ECO_COLUMNS or board.rating_version == _WITH_SWING):
        expected |= _ECO_COLUMNS
    if layout is _LAYOUT_SINCE_2025 and board.rating_version == _WITH_SWING:
        expected.add(_SWING)
    missing = expected - columns
    if missing:
        raise PageError(
            Outcome.PARSE_ERROR, f"scoreboard of {board.team_name!r}: no column {', '.join(sorted(missing))}"
        )


def _read_lines(board: ScoreboardTable, team: Team, form: Callable[..., Line], sides: str) -> list[Line]:
    columns = dict(board.columns)
    for column, same in _INSTEAD_OF.items():
        if column in columns:
            columns.pop(same, None)
    return [
        _read_line(row, columns, board.rating_version, team.team_id, form, f"{row.player.name} of {team.name}, {sides}")
        for row in board.rows
    ]


def _read_line(
    row: PlayerRow,
    columns: Mapping[str, str],
    rating_version: str,
    team_id: int,
    form: Callable[..., Line],
    where: str,
) -> Line:
    said = dict(_NOTHING)
    for column, header in columns.items():
        cell = row.cells[column]
        try:
            said.update(_read_before(cell, header))
        except PageError:
            said.update(_read_cell(cell, header, f"{where}, {column}"))
    kd_diff = _difference(said["kills"], said["deaths"])
    fk_diff = _difference(said["opening_kills"], said["opening_deaths"])
    _check_difference(said.pop(_PRINTED_KD_DIFF), kd_diff, f"{where}, st-kddiff")
    _check_difference(said.pop(_PRINTED_FK_DIFF), fk_diff, f"{where}, st-fkdiff")
    return form(
        player_id=row.player.player_id,
        player_name=row.player.name,
        team_id=team_id,
        kd_diff=kd_diff,
        fk_diff=fk_diff,
        e_kd_diff=_difference(said["e_kills"], said["e_deaths"]),
        e_fk_diff=_difference(said["e_opening_kills"], said["e_opening_deaths"]),
        rating_version=rating_version,
        rating_2=said["rating"] if rating_version in {"2.0", "2.1"} else None,
        rating_3=said["rating"] if rating_version == "3.0" else None,
        **said,
    )


def _read_cell(cell: Cell, header: str, where: str) -> Mapping[str, Number]:
    """What a cell says by field; nothing if its column is none that is read."""
    text = _ECO_NO_NUMBER.sub("-", cell.text) if cell.column.startswith(ECO) else cell.text
    if cell.column == "st-fkdiff":
        return _read_opening_duels(cell, where)
    if cell.column in _NUMBERS:
        field, form = _NUMBERS[cell.column]
        return {field: form(text, where)}
    if cell.column in _PAIRS:
        fields = _PAIRS[cell.column]
        return dict(zip(fields, read_count_pair(text, where), strict=True))
    if cell.column in _WITH_PART:
        whole, part = _WITH_PART[cell.column]
        if "(" not in header:
            return {whole: read_count(text, where)}
        return dict(zip((whole, part), read_count_with_part(text, where), strict=True))
    return {}


_read_before = lru_cache(maxsize=10_000)(partial(_read_cell, where=""))  # a page repeats most of its cells


def _read_opening_duels(cell: Cell, where: str) -> Mapping[str, Number]:
    """The older layout prints their difference, and the duels in the title."""
    difference = read_difference(cell.text, where)
    if difference is None:
        return {}
    found = _OPENING_DUELS.fullmatch(cell.title)
    if found is None:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {cell.title[:60]!r} does not tell the opening duels")
    return {"opening_kills": int(found[1]), "opening_deaths": int(found[2]), _PRINTED_FK_DIFF: difference}


def _check_difference(printed: Number, computed: Number, where: str) -> None:
    """Compare a difference that the older layout prints with the numbers beside it."""
    if printed is not None and printed != computed:
        raise PageError(Outcome.INCONSISTENT, f"{where}: printed {printed}, computed {computed}")


def _difference(first: Number, second: Number) -> Number:
    return None if first is None or second is None else first - second


def _check_line(line: PlayerStats, where: str, table: str) -> None:
    for name, part, whole in (
        ("headshots", line.hs_kills, line.kills),
        ("traded deaths", line.traded_deaths, line.deaths),
    ):
        if part is not None and whole is not None and part > whole:
            raise PageError(Outcome.INCONSISTENT, f"{where}: {part} {name} of {whole}", {table: [line]})
    if line.kast is not None and not 0 <= line.kast <= _HIGHEST_KAST:
        raise PageError(Outcome.INCONSISTENT, f"{where}: KAST of {line.kast} %", {table: [line]})


def _check_players(both: Iterable[PlayerStats], by_side: Iterable[PlayerSideStats]) -> None:
    """Each player stands once in each of his team's three tables, and CT + T make both."""
    totals = _by_player(both, "both sides")
    sides = {side: _by_player((line for line in by_side if line.side == side), side) for side in ("ct", "t")}
    for side, lines in sides.items():
        if lines.keys() != totals.keys():
            names = sorted({**totals, **lines}[player].player_name for player in lines.keys() ^ totals.keys())
            raise PageError(Outcome.INCONSISTENT, f"not in all tables ({side}): {', '.join(names)}")
    for player_id, total in totals.items():
        ct, t = sides["ct"][player_id], sides["t"][player_id]
        if {ct.team_id, t.team_id} != {total.team_id}:
            raise PageError(Outcome.INCONSISTENT, f"{total.player_name} stands in the tables of both teams")
        for name, whole, parts in (
            ("kills", total.kills, (ct.kills, t.kills)),
            ("deaths", total.deaths, (ct.deaths, t.deaths)),
        ):
            if whole is None or None in parts:
                continue
            if sum(part for part in parts if part is not None) != whole:
                raise PageError(
                    Outcome.INCONSISTENT,
                    f"{total.player_name}: {parts[0]} {name} as CT and {parts[1]} as T do not make {whole}",
                    {"player_stats": [total], "player_side_stats": [ct, t]},
                )


def _by_player(lines: Iterable[Line], where: str) -> dict[int, Line]:
    found: dict[int, Line] = {}
    for line in lines:
        if line.player_id in found:
            raise PageError(Outcome.INCONSISTENT, f"{line.player_name} stands twice in the scoreboards ({where})")
        found[line.player_id] = line
    return found
