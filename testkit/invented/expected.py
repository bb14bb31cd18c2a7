"""The rows that reading an invented map page must yield.

Belongs here: the link between facts and the tables of the warehouse, for what a map page states.
What the layout does not print is None, even where the facts know it.
"""

from collections.abc import Mapping

from testkit.invented.economy import buy_type, draw_money
from testkit.invented.facts import InventedMap, Layout, Player, StatLine, TeamSheet
from testkit.invented.performance_page import kill_matrices, rates

Row = dict[str, object]


def expected_tables(invented_map: InventedMap) -> dict[str, list[Row]]:
    """Rows by table, without the provenance columns and `economy_rounds`, in the page's order."""
    player_stats: list[Row] = []
    player_side_stats: list[Row] = []
    for team in invented_map.teams:
        for sheet in team.players:
            player_stats.append(_player_row(invented_map, team, sheet.player, sheet.both))
            for side, line in (("CT", sheet.ct), ("T", sheet.t)):
                row = _player_row(invented_map, team, sheet.player, line)
                player_side_stats.append({**row, "side": side})
    return {
        "player_stats": player_stats,
        "player_side_stats": player_side_stats,
        "map_stats": [_map_row(invented_map)],
        "round_history": _round_rows(invented_map),
    }


def _player_row(invented_map: InventedMap, team: TeamSheet, player: Player, line: StatLine) -> Row:
    version = invented_map.rating_version
    return {
        "match_id": invented_map.match_id,
        "map_number": invented_map.map_number,
        "player_id": player.player_id,
        "player_name": player.name,
        "team_id": team.team.team_id,
        "kills": line.kills,
        "deaths": line.deaths,
        "assists": line.assists,
        "flash_assists": line.flash_assists,
        "hs_kills": line.headshots,
        "kd_diff": line.kill_difference,
        "adr": line.adr,
        "kast": line.kast,
        "opening_kills": line.opening_kills,
        "opening_deaths": line.opening_deaths,
        "fk_diff": line.opening_difference,
        "rating": line.rating,
        "rating_2": line.rating if version in ("2.0", "2.1") else None,
        "rating_3": line.rating if version == "3.0" else None,
        "rating_version": version,
        **_columns_since_2025(invented_map, line),
        **_eco_columns(line),
    }


def _columns_since_2025(invented_map: InventedMap, line: StatLine) -> Row:
    is_printed = invented_map.layout is Layout.SINCE_2025
    return {
        "multi_kills": line.multi_kills if is_printed else None,
        "clutch_wins": line.clutches if is_printed else None,
        "traded_deaths": line.traded_deaths if is_printed else None,
        "round_swing": line.round_swing,
    }


def _eco_columns(line: StatLine) -> Row:
    eco = line.eco
    return {
        "e_kills": eco and eco.kills,
        "e_deaths": eco and eco.deaths,
        "e_hs_kills": eco and eco.headshots,
        "e_adr": eco and eco.adr,
        "e_kast": eco and eco.kast,
        "e_traded_deaths": eco and eco.traded_deaths,
        "e_opening_kills": eco and eco.opening_kills,
        "e_opening_deaths": eco and eco.opening_deaths,
        "e_kd_diff": eco and eco.kills - eco.deaths,
        "e_fk_diff": eco and eco.opening_kills - eco.opening_deaths,
    }


def _map_row(invented_map: InventedMap) -> Row:
    row: Row = {
        "match_id": invented_map.match_id,
        "map_number": invented_map.map_number,
        "mapstatsid": invented_map.mapstatsid,
        "map_name": invented_map.map_name,
        "played_at": invented_map.played_at,
        "event_id": invented_map.event.event_id,
        "event_name": invented_map.event.name,
        "team_left_starting_side": invented_map.left.starting_side.value,
        "rating_version": invented_map.rating_version,
    }
    for sheet in invented_map.teams:
        row |= {
            f"team_{sheet.seat}_id": sheet.team.team_id,
            f"team_{sheet.seat}_rounds": sheet.rounds,
            f"team_{sheet.seat}_ct_rounds": sheet.ct_rounds,
            f"team_{sheet.seat}_t_rounds": sheet.t_rounds,
            f"team_{sheet.seat}_ot_rounds": sheet.overtime_rounds,
            f"team_{sheet.seat}_rating": sheet.rating,
            f"team_{sheet.seat}_first_kills": sheet.first_kills,
            f"team_{sheet.seat}_clutches": sheet.clutches,
        }
    return row


def _round_rows(invented_map: InventedMap) -> list[Row]:
    return [
        {
            "match_id": invented_map.match_id,
            "map_number": invented_map.map_number,
            "round_number": played.number,
            "winner_team_id": invented_map.sheet_at(played.winner).team.team_id,
            "winner_side": played.winner_side.value,
            "win_type": played.win_type.value,
            "team_left_score": played.score.left,
            "team_right_score": played.score.right,
            "is_overtime": played.is_overtime,
        }
        for played in invented_map.rounds
    ]


def expected_performance_tables(invented_map: InventedMap) -> dict[str, list[Row]]:
    """Rows that reading the performance page must yield, by table."""
    key: Row = {"match_id": invented_map.match_id, "map_number": invented_map.map_number}
    left, right = ([of.player.player_id for of in sheet.players] for sheet in invented_map.teams)
    pairs = [pair for one in left for other in right for pair in ((one, other), (other, one))]
    return {
        "player_performance": [
            {**key, "player_id": of.player.player_id, **_printed_rates(rates(invented_map, of))}
            for sheet in invented_map.teams
            for of in sheet.players
        ],
        "kill_matrix": [
            {
                **key,
                "matrix_type": name.lower(),
                "killer_id": killer,
                "victim_id": victim,
                "kills": duels.get((killer, victim), 0),
            }
            for name, duels in kill_matrices(invented_map).items()
            for killer, victim in pairs
        ],
    }


def _printed_rates(bars: Mapping[str, str]) -> Row:
    return {
        "kpr": float(bars["KPR"]),
        "dpr": float(bars["DPR"]),
        "impact": float(bars["Impact"]) if "Impact" in bars else None,
        "mk_rating": float(bars["MK rating"]) if "MK rating" in bars else None,
    }


def expected_economy_tables(invented_map: InventedMap) -> dict[str, list[Row]]:
    """Rows that reading the economy page must yield, by table."""
    return {
        "round_economy": [
            {
                "match_id": invented_map.match_id,
                "map_number": invented_map.map_number,
                "round_number": one.number,
                "team_id": invented_map.sheet_at(seat).team.team_id,
                "side": money.side.value,
                "won": money.won,
                "equipment_value": money.value,
                "buy_type": buy_type(money.value),
                "buy_class": money.buy_class,
            }
            for one in draw_money(invented_map)
            for seat, money in one.teams
        ]
    }
