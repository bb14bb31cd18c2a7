"""Rules between a map page and the match page: the same map, seen twice."""

from hltv_assets.pages import PageKind
from hltv_assets.warehouse.rules.rule import Rule

_SCORES_OF_BOTH_PAGES = Rule(
    name="map_score_matches_match_page",
    kind=PageKind.MAP_STATS,
    table="map_stats",
    meaning="The map page and the match page state the same rounds and halves for each team.",
    is_between_pages=True,
    disagreements="""
    SELECT match_id, map_number, 'rounds of team ' || team_id || ': all, CT, T, overtime' AS about,
        on_map.line AS found, on_match.line AS expected
    FROM on_map JOIN on_match USING (match_id, map_number, team_id)
    WHERE on_map.line <> on_match.line
    """,
    common="""
    on_map AS (
        SELECT match_id, map_number, team_left_id AS team_id,
            concat_ws(' ', team_left_rounds, team_left_ct_rounds, team_left_t_rounds, team_left_ot_rounds) AS line
        FROM checked JOIN map_stats USING (match_id, map_number)
        UNION ALL
        SELECT match_id, map_number, team_right_id,
            concat_ws(' ', team_right_rounds, team_right_ct_rounds, team_right_t_rounds, team_right_ot_rounds)
        FROM checked JOIN map_stats USING (match_id, map_number)
    ),
    on_match AS (
        SELECT match_id, map_number, team1_id AS team_id,
            concat_ws(' ', team1_rounds, team1_ct_rounds, team1_t_rounds, team1_ot_rounds) AS line
        FROM checked JOIN maps USING (match_id, map_number) JOIN matches USING (match_id)
        UNION ALL
        SELECT match_id, map_number, team2_id,
            concat_ws(' ', team2_rounds, team2_ct_rounds, team2_t_rounds, team2_ot_rounds)
        FROM checked JOIN maps USING (match_id, map_number) JOIN matches USING (match_id)
    )
    """,
)
_MAP_AND_MATCH_PAGE = Rule(
    name="scoreboard_matches_match_page",
    kind=PageKind.MAP_STATS,
    table="player_side_stats",
    meaning="The map page and the match page state the same numbers for each player, on both sides and on each.",
    is_between_pages=True,
    disagreements="""
    SELECT
        match_id, map_number, on_map.player_name || ', ' || side || ': kills-deaths, ADR, KAST, rating' AS about,
        on_map.line AS found, on_match.line AS expected
    FROM on_map JOIN on_match USING (match_id, map_number, player_id, side)
    WHERE on_map.line <> on_match.line
    UNION ALL
    SELECT match_id, map_number, coalesce(on_map.player_name, on_match.player_name) || ', ' || side,
        on_map.line, on_match.line
    FROM on_map FULL JOIN on_match USING (match_id, map_number, player_id, side)
    WHERE (on_map.line IS NULL OR on_match.line IS NULL) AND (match_id, map_number) IN (FROM on_both)
    """,
    common="""
    on_map AS (
        SELECT match_id, map_number, player_id, side, player_name,
            concat_ws(' ', kills, deaths, adr, kast, rating) AS line
        FROM checked JOIN (
            SELECT match_id, map_number, player_id, 'both' AS side, player_name, kills, deaths, adr, kast, rating
            FROM player_stats
            UNION ALL
            SELECT match_id, map_number, player_id, side, player_name, kills, deaths, adr, kast, rating
            FROM player_side_stats
        ) USING (match_id, map_number)
    ),
    on_match AS (
        SELECT match_id, map_number, player_id, side, player_name,
            concat_ws(' ', kills, deaths, adr, kast, rating) AS line
        FROM checked JOIN match_player_stats USING (match_id, map_number)
    ),
    on_both AS (
        SELECT match_id, map_number FROM on_map INTERSECT SELECT match_id, map_number FROM on_match
    )
    """,
)
_STAND_INS = Rule(
    name="players_in_lineup",
    kind=PageKind.MAP_STATS,
    table="player_stats",
    meaning="Players are in the line-up of their team; the others are stand-ins.",
    is_between_pages=True,
    disagreements="""
    SELECT match_id, map_number, 'stand-in ' || any_value(stats.player_name) AS about,
        'team ' || any_value(stats.team_id) AS found, NULL AS expected
    FROM checked JOIN player_stats AS stats USING (match_id, map_number)
    WHERE match_id IN (SELECT match_id FROM lineups)
      AND (match_id, stats.player_id) NOT IN (SELECT (match_id, player_id) FROM lineups)
    GROUP BY match_id, map_number, stats.player_id
    """,
)

MAP_AND_MATCH_RULES = (
    _SCORES_OF_BOTH_PAGES,
    _MAP_AND_MATCH_PAGE,
    _STAND_INS,
)
