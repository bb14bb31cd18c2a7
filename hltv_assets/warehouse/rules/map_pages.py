"""Rules about what a map page says: scores, rounds and scoreboards that must fit each other."""

from hltv_assets.pages import PageKind
from hltv_assets.warehouse.rules.rule import Rule, known_sum, without_parent

_SCORE = Rule(
    name="rounds_match_score",
    kind=PageKind.MAP_STATS,
    table="round_history",
    meaning="The number of rounds matches the score, and the score after the last round is the final score. HLTV has "
    "no rounds of some old maps with rating 1.0.",
    disagreements="""
    SELECT match_id, map_number, 'rounds' AS about, played AS found, left_rounds + right_rounds AS expected
    FROM ends WHERE played <> left_rounds + right_rounds AND NOT (played = 0 AND rating_version = '1.0')
    UNION ALL
    SELECT match_id, map_number, 'score after the last round', last_score, left_rounds || ':' || right_rounds
    FROM ends WHERE last_score <> left_rounds || ':' || right_rounds
    """,
    common="""
    ends AS (
        SELECT
            match_id, map_number, count(round_number) AS played,
            any_value(team_left_rounds) AS left_rounds, any_value(team_right_rounds) AS right_rounds,
            any_value(rating_version) AS rating_version,
            arg_max(team_left_score || ':' || team_right_score, round_number) AS last_score
        FROM checked JOIN map_stats USING (match_id, map_number)
        LEFT JOIN round_history USING (match_id, map_number)
        GROUP BY match_id, map_number
    )
    """,
)
_HALVES = Rule(
    name="halves_match_score",
    kind=PageKind.MAP_STATS,
    table="map_stats",
    meaning="Rounds won as CT, as T and in overtime add up to the team's rounds.",
    disagreements="""
    SELECT match_id, map_number, 'left team' AS about,
        team_left_ct_rounds + team_left_t_rounds + team_left_ot_rounds AS found, team_left_rounds AS expected
    FROM checked JOIN map_stats USING (match_id, map_number)
    WHERE team_left_ct_rounds + team_left_t_rounds + team_left_ot_rounds <> team_left_rounds
    UNION ALL
    SELECT match_id, map_number, 'right team',
        team_right_ct_rounds + team_right_t_rounds + team_right_ot_rounds, team_right_rounds
    FROM checked JOIN map_stats USING (match_id, map_number)
    WHERE team_right_ct_rounds + team_right_t_rounds + team_right_ot_rounds <> team_right_rounds
    """,
)
_SIDES = Rule(
    name="sides_sum_to_both",
    kind=PageKind.MAP_STATS,
    table="player_side_stats",
    meaning="A player's kills and deaths as CT and as T add up to those of both sides.",
    disagreements=f"""
    SELECT match_id, map_number, 'kills and deaths of ' || any_value(total.player_name) AS about,
        sum(side.kills) || ' and ' || sum(side.deaths) AS found,
        any_value(total.kills) || ' and ' || any_value(total.deaths) AS expected
    FROM checked JOIN player_stats AS total USING (match_id, map_number)
    LEFT JOIN player_side_stats AS side USING (match_id, map_number, player_id)
    GROUP BY match_id, map_number, player_id
    HAVING {known_sum("side.kills")} <> any_value(total.kills)
        OR {known_sum("side.deaths")} <> any_value(total.deaths)
        OR count(side.side) <> 2
    """,
)
_KILLS_AND_DEATHS = Rule(
    name="kills_match_opponent_deaths",
    kind=PageKind.MAP_STATS,
    table="player_stats",
    meaning="A team's kills match its opponents' deaths, but for suicides and team kills in at most one of six rounds.",
    disagreements="""
    SELECT match_id, map_number, 'kills of team ' || team_id AS about, kills AS found, opponent_deaths AS expected
    FROM sums JOIN map_stats USING (match_id, map_number)
    WHERE abs(kills - opponent_deaths) > greatest(3, (team_left_rounds + team_right_rounds) / 6)
    """,
    common=f"""
    teams AS (
        SELECT match_id, map_number, team_id, {known_sum("kills")} AS kills, {known_sum("deaths")} AS deaths
        FROM checked JOIN player_stats USING (match_id, map_number) GROUP BY ALL
    ),
    sums AS (
        SELECT own.match_id, own.map_number, own.team_id, own.kills, opponents.deaths AS opponent_deaths
        FROM teams AS own JOIN teams AS opponents
            ON (own.match_id, own.map_number) = (opponents.match_id, opponents.map_number)
            AND own.team_id <> opponents.team_id
    )
    """,
)
_OPENING_KILLS = Rule(
    name="opening_kills_match_first_kills",
    kind=PageKind.MAP_STATS,
    table="player_stats",
    meaning="The opening kills of a team's players add up to the team's first kills.",
    is_between_pages=True,
    disagreements=f"""
    SELECT match_id, map_number, 'opening kills of team ' || team_id AS about, summed AS found, printed AS expected
    FROM (
        SELECT match_id, map_number, team_id, {known_sum("opening_kills")} AS summed,
            CASE team_id WHEN any_value(team_left_id) THEN any_value(team_left_first_kills)
                WHEN any_value(team_right_id) THEN any_value(team_right_first_kills) END AS printed
        FROM checked JOIN map_stats USING (match_id, map_number) JOIN player_stats USING (match_id, map_number)
        GROUP BY match_id, map_number, team_id
    )
    WHERE summed <> printed
    """,
)
_MAP_KEYS = Rule(
    name="keys_resolve",
    kind=PageKind.MAP_STATS,
    table="map_stats",
    meaning="The map belongs to a known match, and its teams, in every row, are those of the match.",
    disagreements=f"""
    {without_parent("player_stats", "map_stats")}
    UNION ALL {without_parent("round_history", "map_stats")}
    UNION ALL {without_parent("player_side_stats", "player_stats", "match_id, map_number, player_id")}
    UNION ALL
    SELECT match_id, map_number, 'map of the match page' AS about,
        map_stats.mapstatsid AS found, maps.mapstatsid AS expected
    FROM checked JOIN map_stats USING (match_id, map_number) LEFT JOIN maps USING (match_id, map_number)
    WHERE map_stats.mapstatsid IS DISTINCT FROM maps.mapstatsid
    UNION ALL
    SELECT match_id, map_number, 'teams of the match', concat_ws(' and ', team_left_id, team_right_id),
        concat_ws(' and ', team1_id, team2_id)
    FROM checked JOIN map_stats USING (match_id, map_number) JOIN matches USING (match_id)
    WHERE list_sort([team_left_id, team_right_id]) <> list_sort([team1_id, team2_id])
    UNION ALL
    SELECT match_id, map_number, 'team of ' || source, used.team_id, concat_ws(' or ', team_left_id, team_right_id)
    FROM checked JOIN map_stats USING (match_id, map_number) JOIN (
        SELECT DISTINCT match_id, map_number, 'a player' AS source, team_id FROM player_stats
        UNION ALL SELECT DISTINCT match_id, map_number, 'a round''s winner', winner_team_id FROM round_history
    ) AS used USING (match_id, map_number)
    WHERE used.team_id NOT IN (team_left_id, team_right_id)
    """,
)

MAP_RULES = (
    _SCORE,
    _HALVES,
    _SIDES,
    _KILLS_AND_DEATHS,
    _OPENING_KILLS,
    _MAP_KEYS,
)
