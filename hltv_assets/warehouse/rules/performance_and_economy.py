"""Rules between a map page and its sisters, the performance and the economy page."""

from hltv_assets.pages import PageKind
from hltv_assets.warehouse.rules.rule import Rule, known_sum, without_parent

_PERFORMANCE_KEYS = Rule(
    name="keys_resolve",
    kind=PageKind.MAP_PERFORMANCE,
    table="player_performance",
    meaning="Each row belongs to a map of a known match, and every player of the kill matrix has a performance row.",
    disagreements=f"""
    {without_parent("player_performance", "maps")}
    UNION ALL {without_parent("kill_matrix", "maps")}
    UNION ALL
    SELECT match_id, map_number, 'rates of player ' || player_id AS about, NULL AS found, 1 AS expected
    FROM (
        SELECT match_id, map_number, unnest([killer_id, victim_id]) AS player_id
        FROM checked JOIN kill_matrix USING (match_id, map_number)
    )
    ANTI JOIN player_performance USING (match_id, map_number, player_id)
    GROUP BY ALL
    """,
)
_KILL_MATRIX = Rule(
    name="kill_matrix_matches_scoreboard",
    kind=PageKind.MAP_PERFORMANCE,
    table="kill_matrix",
    also=("map_stats", "player_stats"),
    meaning="A player's kills in the matrix match the scoreboard, first kills match its opening kills, and all players "
    "of the scoreboard are in the matrix.",
    is_between_pages=True,
    disagreements="""
    SELECT match_id, map_number, 'kills of player ' || player_id AS about,
        in_matrix.all_kills AS found, stats.kills AS expected
    FROM in_matrix LEFT JOIN player_stats AS stats USING (match_id, map_number, player_id)
    WHERE in_matrix.all_kills <> stats.kills OR stats.player_name IS NULL
    UNION ALL
    SELECT match_id, map_number, 'opening kills of ' || stats.player_name, in_matrix.first_kills, stats.opening_kills
    FROM in_matrix JOIN player_stats AS stats USING (match_id, map_number, player_id)
    WHERE in_matrix.first_kills <> stats.opening_kills
    """,
    common=f"""
    in_matrix AS (
        SELECT match_id, map_number, killer_id AS player_id,
            {known_sum("kills", "matrix_type = 'all'")} AS all_kills,
            {known_sum("kills", "matrix_type = 'first_kill'")} AS first_kills
        FROM checked JOIN kill_matrix USING (match_id, map_number)
        WHERE (match_id, map_number) IN (SELECT (match_id, map_number) FROM map_stats)
        GROUP BY ALL
    )
    """,
)
_RATES = Rule(
    name="rates_match_scoreboard",
    kind=PageKind.MAP_PERFORMANCE,
    table="player_performance",
    also=("map_stats", "player_stats"),
    meaning="Kills and deaths per round, multiplied by the rounds, match the kills and deaths of the scoreboard.",
    is_between_pages=True,
    disagreements="""
    SELECT match_id, map_number, 'kills and deaths of ' || player_name AS about,
        round(kpr * rounds, 1) || ' and ' || round(dpr * rounds, 1) AS found, kills || ' and ' || deaths AS expected
    FROM (
        SELECT match_id, map_number, player_name, kpr, dpr, kills, deaths,
            team_left_rounds + team_right_rounds AS rounds
        FROM checked JOIN map_stats USING (match_id, map_number)
        JOIN player_performance USING (match_id, map_number)
        JOIN player_stats USING (match_id, map_number, player_id)
    )
    -- printed with two digits
    WHERE abs(kpr * rounds - kills) > 0.0051 * rounds OR abs(dpr * rounds - deaths) > 0.0051 * rounds
    """,
)
_ECONOMY_KEYS = Rule(
    name="keys_resolve",
    kind=PageKind.MAP_ECONOMY,
    table="round_economy",
    also=("map_stats",),
    meaning="Each row belongs to a map whose map page is loaded, and to one of its teams.",
    disagreements=f"""
    {without_parent("round_economy", "map_stats")}
    UNION ALL
    SELECT match_id, map_number, 'team' AS about, team_id, any_value(team_left_id || ' or ' || team_right_id)
    FROM checked JOIN round_economy USING (match_id, map_number) JOIN map_stats USING (match_id, map_number)
    WHERE team_id NOT IN (team_left_id, team_right_id)
    GROUP BY ALL
    """,
)
_ECONOMY = Rule(
    name="economy_matches_round_history",
    kind=PageKind.MAP_ECONOMY,
    table="round_economy",
    also=("round_history",),
    meaning="The economy page and the map page agree on the winner of each round and the side of each team.",
    is_between_pages=True,
    disagreements="""
    SELECT match_id, map_number, 'round ' || round_number || ', team ' || team_id || ': side, won' AS about,
        side || ' ' || won AS found, expected_side || ' ' || has_won AS expected
    FROM (
        SELECT match_id, map_number, economy.round_number, team_id, side, won, winner_team_id = team_id AS has_won,
            CASE WHEN winner_team_id = team_id THEN winner_side WHEN winner_side = 'CT' THEN 'T' ELSE 'CT' END
                AS expected_side
        FROM checked JOIN round_economy AS economy USING (match_id, map_number)
        LEFT JOIN round_history USING (match_id, map_number, round_number)
    )
    WHERE side IS DISTINCT FROM expected_side OR won IS DISTINCT FROM has_won
    """,
)

SISTER_PAGE_RULES = (
    _PERFORMANCE_KEYS,
    _KILL_MATRIX,
    _RATES,
    _ECONOMY_KEYS,
    _ECONOMY,
)
