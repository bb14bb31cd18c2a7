"""The rows that reading an invented match page, or its row of the listing, must yield."""

from testkit.invented.expected import Row
from testkit.invented.facts import InventedMap, Player, StatLine, Team
from testkit.invented.match_facts import InventedMatch, PlannedMap, PlannedMatch
from testkit.invented.match_page import COUNTRY, demo_url, half_scores, match_url, team1_starting_side
from testkit.invented.match_scoreboards import side_lines
from testkit.invented.results_page import listed
from testkit.invented.score_shape import Side

SIDES = {"totalstats": "both", "ctstats": "CT", "tstats": "T"}


def expected_match_tables(match: InventedMatch) -> dict[str, list[Row]]:
    """Rows by table, without the provenance columns."""
    plan = match.plan
    return {
        "matches": [_match_row(plan)],
        "maps": [
            _map_row(plan, number, planned, match.played.get(number))
            for number, planned in enumerate(plan.maps, start=1)
        ],
        "vetoes": [
            {
                "match_id": plan.match_id,
                "step_number": number,
                "team_id": team.team_id if team else None,
                "action": action,
                "map_name": name,
            }
            for number, (team, action, name) in enumerate(plan.vetoes, start=1)
        ],
        "lineups": [
            {
                "match_id": plan.match_id,
                "player_id": player.player_id,
                "player_name": player.name,
                "team_id": plan.teams[number - 1].team_id,
                "country": COUNTRY,
            }
            for number in ((1, 2) if plan.has_lineups else ())
            for player in plan.lineup(number)
        ],
        "match_player_stats": [
            _player_row(invented, team, player, line, SIDES[css_class])
            for invented in match.played.values()
            for team in plan.teams
            for css_class, lines in side_lines(invented, team)
            for player, line in lines
        ],
    }


def expected_listed_row(plan: PlannedMatch) -> Row:
    """The row of `discovered_matches`, without its address and the columns that say when it was seen."""
    row = listed(plan)
    return {
        "match_id": row.match_id,
        "ended_at": row.ended_at,
        "event_name": row.event_name,
        "team1_name": row.team1_name,
        "team2_name": row.team2_name,
        "team1_score": row.team1_score,
        "team2_score": row.team2_score,
        "map_text": row.map_text,
        "stars": row.stars,
        "is_forfeit": plan.is_deleted,
    }


def _match_row(plan: PlannedMatch) -> Row:
    score = plan.score or (None, None)
    won = plan.maps_won
    winner = None if won[0] == won[1] else plan.teams[0 if won[0] > won[1] else 1].team_id
    ranks = plan.ranks if plan.has_lineups else (None, None)
    row: Row = {
        "match_id": plan.match_id,
        "match_url": match_url(plan),
        "started_at": plan.started_at,
        "event_id": plan.event.event_id,
        "event_name": plan.event.name,
        "stage": plan.stage,
        "best_of": plan.best_of,
        "is_lan": plan.is_lan,
        "status": "forfeit" if plan.is_deleted else "finished",
        "winner_team_id": winner,
        "forfeit_note": plan.forfeit_note,
        "demo_url": demo_url(plan),
    }
    for number, team in enumerate(plan.teams, start=1):
        row |= {
            f"team{number}_id": team.team_id,
            f"team{number}_name": team.name,
            f"team{number}_rank": ranks[number - 1],
            f"team{number}_score": score[number - 1],
            f"team{number}_maps_won": won[number - 1],
        }
    return row


def _map_row(plan: PlannedMatch, map_number: int, planned: PlannedMap, invented: InventedMap | None) -> Row:
    rounds = planned.rounds or (None, None)
    halves = half_scores(planned)
    side = team1_starting_side(planned, invented) if halves else None
    row: Row = {
        "match_id": plan.match_id,
        "map_number": map_number,
        "mapstatsid": invented.mapstatsid if invented else None,
        "map_slug": invented.map_slug if invented else None,
        "map_name": planned.map_name,
        "status": planned.status,
        "picked_by_team_id": planned.picked_by.team_id if planned.picked_by else None,
        "team1_starting_side": side.value if side else None,
    }
    for number in (1, 2):
        own: list[int | None] = [part[number - 1] for part in halves] or [None] * 3
        starts_ct = (side is Side.CT) == (number == 1)
        row |= {
            f"team{number}_rounds": rounds[number - 1],
            f"team{number}_ct_rounds": own[0] if starts_ct else own[1],
            f"team{number}_t_rounds": own[1] if starts_ct else own[0],
            f"team{number}_ot_rounds": own[2],
        }
    return row


def _player_row(invented: InventedMap, team: Team, player: Player, line: StatLine, side: str) -> Row:
    eco = line.eco
    return {
        "match_id": invented.match_id,
        "map_number": invented.map_number,
        "player_id": player.player_id,
        "side": side,
        "team_id": team.team_id,
        "player_name": player.name,
        "kills": line.kills,
        "deaths": line.deaths,
        "e_kills": eco and eco.kills,
        "e_deaths": eco and eco.deaths,
        "round_swing": line.round_swing,
        "adr": line.adr,
        "e_adr": eco and eco.adr,
        "kast": line.kast,
        "e_kast": eco and eco.kast,
        "rating": line.rating,
        "rating_version": invented.rating_version,
    }
