"""What must agree in the tables, as data: each rule is a query of what does not.

A page that contradicts itself never gets here, its parser refuses it; these rules look across tables and pages. A
query is about the maps in `checked` (match_id, map_number), and returns for each disagreement the match, the map, what
it is about, and both sides of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from hltv_assets.pages import PageKind
from hltv_assets.pages.kinds import PageGroup
from hltv_assets.warehouse.connection import Connection

_MOST_EXAMPLES = 20


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule; `kind` is the page kind after which it can be checked, `table` the one that it is shown at.

    `also` are tables of other page kinds that it reads. `common` are the common table expressions that the query
    begins with. `is_between_pages`: HLTV's own pages differ at times, so that a disagreement is a warning, no error.
    """

    name: str
    kind: PageKind
    table: str
    meaning: str
    disagreements: str
    common: str = ""
    also: tuple[str, ...] = ()
    is_between_pages: bool = False


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """One place where a rule does not hold."""

    match_id: int
    map_number: int | None
    about: str
    found: str | None
    expected: str | None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """How often a rule does not hold, and the first examples of it."""

    count: int
    examples: tuple[Disagreement, ...]


@contextmanager
def checked_maps(connection: Connection, group: PageGroup, batch_key: str | None) -> Iterator[None]:
    """Let the rules look at the maps of a batch; without a key, at all that the warehouse has."""
    page = "match_id" if group == "match" else "mapstatsid"
    in_batch = (
        ""
        if batch_key is None
        else f" WHERE {page} IN (SELECT page_id FROM batch_members WHERE page_group = $group AND batch_key = $key)"
    )
    values = {} if batch_key is None else {"group": group, "key": batch_key}
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE checked AS SELECT DISTINCT match_id, map_number FROM"
        " (SELECT match_id, map_number, mapstatsid FROM maps"
        f" UNION ALL SELECT match_id, map_number, mapstatsid FROM map_stats){in_batch}",
        values,
    )
    try:
        yield
    finally:
        connection.execute("DROP TABLE checked")


def find_disagreements(connection: Connection, rule: Rule) -> Finding:
    """Return where a rule does not hold; to be called within `checked_maps`."""
    columns = "match_id, map_number, about::VARCHAR, found::VARCHAR, expected::VARCHAR"
    begin = f"WITH {rule.common}" if rule.common else ""
    rows = connection.execute(f"{begin} SELECT {columns} FROM ({rule.disagreements}) ORDER BY ALL").fetchall()
    fields = Disagreement.__struct_fields__
    return Finding(
        count=len(rows),
        examples=tuple(Disagreement(**dict(zip(fields, row, strict=True))) for row in rows[:_MOST_EXAMPLES]),
    )


_SCORE = Rule(
    name="rounds_make_the_score",
    kind=PageKind.MAP_STATS,
    table="round_history",
    meaning="A map has as many rounds as its score says, and the running score after the last is the final one.",
    disagreements="""
    SELECT match_id, map_number, 'rounds' AS about, played AS found, left_rounds + right_rounds AS expected
    FROM ends WHERE played <> left_rounds + right_rounds
    UNION ALL
    SELECT match_id, map_number, 'score after the last round', last_score, left_rounds || ':' || right_rounds
    FROM ends WHERE last_score <> left_rounds || ':' || right_rounds
    """,
    common="""
    ends AS (
        SELECT
            match_id, map_number, count(round_number) AS played,
            any_value(team_left_rounds) AS left_rounds, any_value(team_right_rounds) AS right_rounds,
            arg_max(team_left_score || ':' || team_right_score, round_number) AS last_score
        FROM checked JOIN map_stats USING (match_id, map_number)
        LEFT JOIN round_history USING (match_id, map_number)
        GROUP BY match_id, map_number
    )
    """,
)
_HALVES = Rule(
    name="halves_make_the_score",
    kind=PageKind.MAP_STATS,
    table="map_stats",
    meaning="Rounds won as CT, as T and in overtime make the rounds of a team.",
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
    name="sides_make_both",
    kind=PageKind.MAP_STATS,
    table="player_side_stats",
    meaning="A player's kills and deaths as CT and as T make those of both sides.",
    disagreements="""
    SELECT match_id, map_number, 'kills and deaths of ' || any_value(total.player_name) AS about,
        sum(side.kills) || ' and ' || sum(side.deaths) AS found,
        any_value(total.kills) || ' and ' || any_value(total.deaths) AS expected
    FROM checked JOIN player_stats AS total USING (match_id, map_number)
    LEFT JOIN player_side_stats AS side USING (match_id, map_number, player_id)
    GROUP BY match_id, map_number, player_id
    HAVING sum(side.kills) <> any_value(total.kills) OR sum(side.deaths) <> any_value(total.deaths)
        OR count(side.side) <> 2
    """,
)
_KILLS_AND_DEATHS = Rule(
    name="kills_are_the_foes_deaths",
    kind=PageKind.MAP_STATS,
    table="player_stats",
    meaning="A team's kills are its foes' deaths, but for suicides and team kills: one in six rounds at the most.",
    disagreements="""
    SELECT match_id, map_number, 'kills of team ' || team_id AS about, kills AS found, foes_deaths AS expected
    FROM sums JOIN map_stats USING (match_id, map_number)
    WHERE abs(kills - foes_deaths) > greatest(3, (team_left_rounds + team_right_rounds) / 6)
    """,
    common="""
    teams AS (
        SELECT match_id, map_number, team_id, sum(kills) AS kills, sum(deaths) AS deaths
        FROM checked JOIN player_stats USING (match_id, map_number) GROUP BY ALL
    ),
    sums AS (
        SELECT own.match_id, own.map_number, own.team_id, own.kills, foes.deaths AS foes_deaths
        FROM teams AS own JOIN teams AS foes
            ON own.match_id = foes.match_id AND own.map_number = foes.map_number AND own.team_id <> foes.team_id
    )
    """,
)
_OPENING_KILLS = Rule(
    name="opening_kills_are_first_kills",
    kind=PageKind.MAP_STATS,
    table="player_stats",
    meaning="The opening kills of a team's players make the first kills of the team.",
    is_between_pages=True,
    disagreements="""
    SELECT match_id, map_number, 'opening kills of team ' || team_id AS about, summed AS found, printed AS expected
    FROM (
        SELECT match_id, map_number, team_id, sum(opening_kills) AS summed,
            CASE team_id WHEN any_value(team_left_id) THEN any_value(team_left_first_kills)
                WHEN any_value(team_right_id) THEN any_value(team_right_first_kills) END AS printed
        FROM checked JOIN map_stats USING (match_id, map_number) JOIN player_stats USING (match_id, map_number)
        GROUP BY match_id, map_number, team_id
    )
    WHERE summed <> printed
    """,
)
_MAP_AND_MATCH_PAGE = Rule(
    name="map_page_is_match_page",
    kind=PageKind.MAP_STATS,
    table="player_side_stats",
    meaning="Map page and match page state the same of a player on a map, for both sides and each of them.",
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
_SCORES_OF_BOTH_PAGES = Rule(
    name="map_score_is_match_score",
    kind=PageKind.MAP_STATS,
    table="map_stats",
    meaning="Map page and match page state the same rounds and halves of each team.",
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
_STAND_INS = Rule(
    name="stand_ins",
    kind=PageKind.MAP_STATS,
    table="player_stats",
    meaning="Who played stands in the line-up of his team; the others are stand-ins.",
    is_between_pages=True,
    disagreements="""
    SELECT match_id, map_number, 'stand-in ' || any_value(stats.player_name) AS about,
        any_value(stats.team_id) AS found, NULL AS expected
    FROM checked JOIN player_stats AS stats USING (match_id, map_number)
    WHERE match_id IN (SELECT match_id FROM lineups)
      AND (match_id, stats.player_id) NOT IN (SELECT (match_id, player_id) FROM lineups)
    GROUP BY match_id, map_number, stats.player_id
    """,
)
_MAP_KEYS = Rule(
    name="keys_resolve",
    kind=PageKind.MAP_STATS,
    table="map_stats",
    meaning="The map is a map of a known match, its teams are those of the match, and so are the teams of its rows.",
    disagreements="""
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
_KILL_MATRIX = Rule(
    name="kill_matrix_is_scoreboard",
    kind=PageKind.MAP_PERFORMANCE,
    table="kill_matrix",
    also=("map_stats", "player_stats"),
    meaning="A player's kills in the matrix are those of his scoreboard, his first kills its opening kills, and all of "
    "its players stand there.",
    is_between_pages=True,
    disagreements="""
    SELECT match_id, map_number, 'kills of player ' || player_id AS about,
        in_matrix.all_kills AS found, stats.kills AS expected
    FROM in_matrix LEFT JOIN player_stats AS stats USING (match_id, map_number, player_id)
    WHERE in_matrix.all_kills IS DISTINCT FROM stats.kills
    UNION ALL
    SELECT match_id, map_number, 'opening kills of ' || stats.player_name, in_matrix.first_kills, stats.opening_kills
    FROM in_matrix JOIN player_stats AS stats USING (match_id, map_number, player_id)
    WHERE in_matrix.first_kills <> stats.opening_kills
    """,
    common="""
    in_matrix AS (
        SELECT match_id, map_number, killer_id AS player_id,
            sum(kills) FILTER (matrix_type = 'all') AS all_kills,
            sum(kills) FILTER (matrix_type = 'first_kill') AS first_kills
        FROM checked JOIN kill_matrix USING (match_id, map_number)
        WHERE (match_id, map_number) IN (SELECT (match_id, map_number) FROM map_stats)
        GROUP BY ALL
    )
    """,
)
_RATES = Rule(
    name="rates_are_kills_and_deaths",
    kind=PageKind.MAP_PERFORMANCE,
    table="player_performance",
    also=("map_stats", "player_stats"),
    meaning="Kills and deaths per round, times the rounds, are the kills and deaths of the scoreboard.",
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
_ECONOMY = Rule(
    name="economy_is_round_history",
    kind=PageKind.MAP_ECONOMY,
    table="round_economy",
    also=("round_history",),
    meaning="Who won a round, and on which side each team played it, is the same on the economy page and the map page.",
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
_MATCH_KEYS = Rule(
    name="teams_are_of_the_match",
    kind=PageKind.MATCH,
    table="matches",
    meaning="Whoever won, picked, removed, played or stands in a line-up belongs to one of the two teams.",
    disagreements="""
    SELECT match_id, map_number, source AS about, team_id AS found, concat_ws(' or ', team1_id, team2_id) AS expected
    FROM (SELECT DISTINCT match_id FROM checked) JOIN matches USING (match_id) JOIN (
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
    name="maps_make_the_series",
    kind=PageKind.MATCH,
    table="maps",
    meaning="The score of a match is that of its maps, in a best of 1 the rounds; who has more has won.",
    is_between_pages=True,
    disagreements="""
    SELECT match_id, NULL AS map_number, 'score' AS about, team1_score || ':' || team2_score AS found,
        team1_maps_won || ':' || team2_maps_won AS expected
    FROM (SELECT DISTINCT match_id FROM checked) JOIN matches USING (match_id)
    WHERE best_of > 1 AND team1_score IS NOT NULL AND (team1_score, team2_score) <> (team1_maps_won, team2_maps_won)
    UNION ALL
    SELECT match_id, map_number, 'score', team1_score || ':' || team2_score, team1_rounds || ':' || team2_rounds
    FROM checked JOIN matches USING (match_id) JOIN maps USING (match_id, map_number)
    WHERE best_of = 1 AND team1_score IS NOT NULL AND (team1_score, team2_score) <> (team1_rounds, team2_rounds)
    """,
)

RULES = (
    _MATCH_KEYS,
    _SERIES,
    _SCORE,
    _HALVES,
    _SIDES,
    _KILLS_AND_DEATHS,
    _OPENING_KILLS,
    _MAP_KEYS,
    _SCORES_OF_BOTH_PAGES,
    _MAP_AND_MATCH_PAGE,
    _STAND_INS,
    _KILL_MATRIX,
    _RATES,
    _ECONOMY,
)
