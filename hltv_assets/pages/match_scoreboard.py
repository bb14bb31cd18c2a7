"""The scoreboards of a match page: for each played map a block `#<mapstatsid>-content`, one table per team and side."""

import re
from collections.abc import Iterator, Mapping, Sequence

from hltv_assets.pages.document import Document, Element, children, has_class, linked_id, select_one, text_of
from hltv_assets.pages.errors import PageError
from hltv_assets.pages.match_head import MatchTeam
from hltv_assets.pages.numbers import read_decimal, read_percentage
from hltv_assets.pages.outcomes import Outcome
from hltv_assets.pages.records import MatchMap, MatchPlayerStats, SideOrBoth

_TABLES: Mapping[str, SideOrBoth] = {"totalstats": "both", "ctstats": "CT", "tstats": "T"}
_COLUMNS = ("kd", "roundSwing", "adr", "kast", "rating")
_REQUIRED = {"kd", "adr", "kast", "rating"}
_ECO = "eco-adjusted-data"
_WITH_SWING = "3.0"
_SINCE_3 = {"roundSwing", "eco kd", "eco adr", "eco kast"}
_BLOCK = re.compile(r"([1-9][0-9]*)-content", re.ASCII)
_KILLS_AND_DEATHS = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
_VERSION = re.compile(r"[0-9]\.[0-9]", re.ASCII)
_ECO_NO_NUMBER = re.compile(r"\bnull\b")
_HIGHEST_KAST = 100


def read_match_scoreboards(
    page: Document, maps: Sequence[MatchMap], teams: Sequence[MatchTeam]
) -> tuple[MatchPlayerStats, ...]:
    """Read the scoreboards of all played maps, both sides and each side; the block over all maps is left out.

    Raises `PageError`: `incomplete` where a played map lacks a block, a team's table or a player's line;
    `parse_error` for a cell that cannot be read; `inconsistent` where CT and T do not make both.
    """
    numbers = {one.mapstatsid: one.map_number for one in maps if one.mapstatsid is not None}
    blocks: dict[int, Element] = {}
    for block in page.css(".stats-content"):
        if found := _BLOCK.fullmatch(block.attributes.get("id") or ""):
            mapstatsid = int(found[1])
            if mapstatsid not in numbers or mapstatsid in blocks:
                raise PageError(Outcome.INCONSISTENT, f"scoreboards of map {mapstatsid}, which is not of the match")
            blocks[mapstatsid] = block
    if missing := numbers.keys() - blocks.keys():
        raise PageError(Outcome.INCOMPLETE, f"no scoreboards of map {', '.join(map(str, sorted(missing)))}")
    lines: list[MatchPlayerStats] = []
    for mapstatsid, number in numbers.items():
        of_map = list(_read_block(blocks[mapstatsid], number, teams))
        _check_map(of_map, f"map {number}")
        lines += of_map
    return tuple(lines)


def _read_block(block: Element, map_number: int, teams: Sequence[MatchTeam]) -> Iterator[MatchPlayerStats]:
    names = {team.team_id: team.name for team in teams}
    for css_class, side in _TABLES.items():
        seen: set[int] = set()
        for table in block.css(f"table.{css_class}"):
            header = select_one(table, "tr.header-row", f"map {map_number}, {css_class}")
            team_id = linked_id(select_one(header, "a.teamName", f"map {map_number}, {css_class}"), "/team/", css_class)
            if team_id not in names or team_id in seen:
                raise PageError(
                    Outcome.INCONSISTENT, f"map {map_number}, {css_class}: one table of team {team_id} too many"
                )
            seen.add(team_id)
            yield from _read_table(table, header, map_number, side, team_id, f"map {map_number}, {names[team_id]}")
        if missing := names.keys() - seen:
            raise PageError(
                Outcome.INCOMPLETE,
                f"map {map_number}, {css_class}: no table of {', '.join(names[team] for team in sorted(missing))}",
            )


def _read_table(
    table: Element,
    header: Element,
    map_number: int,
    side: SideOrBoth,
    team_id: int,
    where: str,
) -> Iterator[MatchPlayerStats]:
    version = text_of(select_one(header, ".ratingDesc", where))
    if not _VERSION.fullmatch(version):
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {version[:20]!r} is not a rating version")
    columns = [_column(cell) for cell in children(header)]
    expected = _REQUIRED | _SINCE_3 if version == _WITH_SWING else _REQUIRED
    if missing := expected - set(columns):
        raise PageError(Outcome.PARSE_ERROR, f"{where}: no column {', '.join(sorted(missing))}")
    if len(named := [column for column in columns if column]) != len(set(named)):
        raise PageError(Outcome.PARSE_ERROR, f"{where}: a column is in it twice")
    rows = [row for row in table.css("tr") if not has_class(row, "header-row")]
    if not rows:
        raise PageError(Outcome.INCOMPLETE, f"{where}: no players ({side})")
    for row in rows:
        cells = children(row)
        if [_column(cell) for cell in cells] != columns:
            raise PageError(Outcome.PARSE_ERROR, f"{where}: the cells of a player are not those of the header ({side})")
        texts = {
            column: _ECO_NO_NUMBER.sub("-", text_of(cell)) if column.startswith("eco ") else text_of(cell)
            for column, cell in zip(columns, cells, strict=True)
            if column
        }
        yield _read_line(row, texts, map_number=map_number, side=side, team_id=team_id, version=version, where=where)


def _column(cell: Element) -> str:
    """The name of a cell's column by its class; empty for one that is not read."""
    name = next((column for column in _COLUMNS if has_class(cell, column)), "")
    return f"eco {name}" if name and has_class(cell, _ECO) else name


def _read_line(
    row: Element,
    texts: Mapping[str, str],
    *,
    map_number: int,
    side: SideOrBoth,
    team_id: int,
    version: str,
    where: str,
) -> MatchPlayerStats:
    player_id = linked_id(select_one(row, 'a[href*="/player/"]', where), "/player/", where)
    name = text_of(select_one(row, ".statsPlayerName.smartphone-only", f"{where}, player {player_id}"))
    if not name:
        raise PageError(Outcome.PARSE_ERROR, f"{where}, player {player_id}: the name is empty")
    where = f"{where}, {name}, {side}"
    kills, deaths = _read_kills_and_deaths(texts["kd"], f"{where}, kd")
    e_kills, e_deaths = _read_kills_and_deaths(texts.get("eco kd", "-"), f"{where}, eco kd")
    kast = read_percentage(texts["kast"], f"{where}, kast")
    if kast is not None and not 0 <= kast <= _HIGHEST_KAST:
        raise PageError(Outcome.INCONSISTENT, f"{where}: KAST of {kast} %")
    return MatchPlayerStats(
        map_number=map_number,
        player_id=player_id,
        side=side,
        team_id=team_id,
        player_name=name,
        kills=kills,
        deaths=deaths,
        e_kills=e_kills,
        e_deaths=e_deaths,
        round_swing=read_percentage(texts.get("roundSwing", "-"), f"{where}, roundSwing"),
        adr=read_decimal(texts["adr"], f"{where}, adr"),
        e_adr=read_decimal(texts.get("eco adr", "-"), f"{where}, eco adr"),
        kast=kast,
        e_kast=read_percentage(texts.get("eco kast", "-"), f"{where}, eco kast"),
        rating=read_decimal(texts["rating"], f"{where}, rating"),
        rating_version=version,
    )


def _read_kills_and_deaths(text: str, where: str) -> tuple[int | None, int | None]:
    if text in {"-", "---"}:
        return None, None
    found = _KILLS_AND_DEATHS.fullmatch(text)
    if found is None:
        raise PageError(Outcome.PARSE_ERROR, f"{where}: {text[:60]!r} is not kills and deaths")
    return int(found[1]), int(found[2])


def _check_map(lines: Sequence[MatchPlayerStats], where: str) -> None:
    """Every player stands once in each of his team's three tables, and CT + T make both."""
    by_side: dict[str, dict[int, MatchPlayerStats]] = {"both": {}, "CT": {}, "T": {}}
    for line in lines:
        if line.player_id in by_side[line.side]:
            raise PageError(Outcome.INCONSISTENT, f"{where}: {line.player_name} is in the scoreboards twice")
        by_side[line.side][line.player_id] = line
    for player_id in {player for of_side in by_side.values() for player in of_side}:
        of_player = [of_side[player_id] for of_side in by_side.values() if player_id in of_side]
        name = of_player[0].player_name
        if len(of_player) != len(by_side):
            raise PageError(Outcome.INCOMPLETE, f"{where}: {name} is not in all tables")
        if len({(line.team_id, line.rating_version) for line in of_player}) != 1:
            raise PageError(Outcome.INCONSISTENT, f"{where}: {name} is in the tables of both teams")
        both, ct, t = of_player
        for what, whole, parts in (
            ("kills", both.kills, (ct.kills, t.kills)),
            ("deaths", both.deaths, (ct.deaths, t.deaths)),
        ):
            known = [part for part in parts if part is not None]
            if whole is not None and len(known) == len(parts) and sum(known) != whole:
                raise PageError(
                    Outcome.INCONSISTENT,
                    f"{where}: {name}, {what} as CT and as T ({known[0]} and {known[1]}) do not make {whole}",
                    {"match_player_stats": of_player},
                )
