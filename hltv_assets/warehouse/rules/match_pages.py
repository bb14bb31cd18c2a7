"""Rules about what a match page says."""

from hltv_assets.pages import PageKind
from hltv_assets.warehouse.rules.rule import MATCHES, Rule, without_parent

_MATCH_KEYS = Rule(
    name="keys_resolve",
    kind=PageKind.MATCH,
    table="matches",
    meaning="Each row belongs to a known match, and each scoreboard row to one of its maps.",
    disagreements=f"""
    {without_parent("maps", "matches", "match_id")}
    UNION ALL {without_parent("vetoes", "matches", "match_id")}
    UNION ALL {without_parent("lineups", "matches", "match_id")}
    UNION ALL {without_parent("match_player_stats", "maps")}
    """,
)
_MATCH_TEAMS = Rule(
    name="teams_belong_to_match",
    kind=PageKind.MATCH,
    table="matches",
    meaning="Winners, vetoes, line-ups and scoreboards name only the two teams of the match.",
    disagreements=f"""
    SELECT match_id, map_number, source AS about, team_id AS found, concat_ws(' or ', team1_id, team2_id) AS expected
    FROM {MATCHES} JOIN matches USING (match_id) JOIN (
        SELECT match_id, NULL AS map_number, 'winner' AS source, winner_team_id AS team_id FROM matches
        UNION ALL SELECT match_id, map_number, 'picked the map', picked_by_team_id FROM maps
        UNION ALL SELECT match_id, NULL, 'veto', team_id FROM vetoes
        UNION ALL SELECT match_id, NULL, 'line-up of ' || player_name, team_id FROM lineups
        UNION ALL SELECT match_id, map_number, 'scoreboard of ' || player_name, team_id FROM match_player_stats
    ) AS used USING (match_id)
    WHERE used.team_id NOT IN (team1_id, team2_id)
    """,
)
_SERIES = Rule(
    name="maps_match_series_score",
    kind=PageKind.MATCH,
    table="maps",
    meaning="The score of a match is the number of maps won, or of rounds in a best of 1.",
    is_between_pages=True,
    disagreements=f"""
    SELECT match_id, NULL AS map_number, 'score' AS about, team1_score || ':' || team2_score AS found,
        team1_maps_won || ':' || team2_maps_won AS expected
    FROM {MATCHES} JOIN matches USING (match_id)
    WHERE best_of > 1 AND team1_score IS NOT NULL AND team1_maps_won IS NOT NULL
        AND (team1_score, team2_score) <> (team1_maps_won, team2_maps_won)
    UNION ALL
    SELECT match_id, map_number, 'score', team1_score || ':' || team2_score, team1_rounds || ':' || team2_rounds
    FROM checked JOIN matches USING (match_id) JOIN maps USING (match_id, map_number)
    WHERE best_of = 1 AND team1_score IS NOT NULL AND team1_rounds IS NOT NULL AND team2_rounds IS NOT NULL
        AND (team1_score, team2_score) <> (team1_rounds, team2_rounds)
    """,
)

MATCH_RULES = (
    _MATCH_KEYS,
    _MATCH_TEAMS,
    _SERIES,
)
