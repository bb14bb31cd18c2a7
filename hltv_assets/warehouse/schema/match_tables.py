"""The tables that the results listing and the match page fill."""

from hltv_assets.warehouse.schema.columns import (
    KAST,
    MAP_NUMBER,
    MATCH_ID,
    PLAYER_ID,
    PROVENANCE,
    Column,
    Table,
    a_choice,
    a_count,
    a_number,
    a_side,
    a_text,
    a_time,
    an_id,
)

DISCOVERED_MATCHES = Table(
    "discovered_matches",
    "The matches of the results listing",
    ("match_id",),
    (
        MATCH_ID,
        a_text("match_url", "Address of the match page"),
        a_time("ended_at", "When the match ended"),
        a_text("event_name", "Name of the event"),
        a_text("team1_name", "Name of team 1"),
        a_text("team2_name", "Name of team 2"),
        a_count("team1_score", "Maps won by team 1, in a best of 1 its rounds; NULL: none printed"),
        a_count("team2_score", "Maps won by team 2, in a best of 1 its rounds; NULL: none printed"),
        a_text("map_text", "bo2, bo3, bo5, a map's short name for a best of 1, or def for a forfeit"),
        Column("stars", "INTEGER", "Stars of the match", "stars BETWEEN 0 AND 5"),
        Column("is_forfeit", "BOOLEAN", "Whether the match was forfeited"),
        a_time("discovered_at", "When the match was first seen"),
        Column("in_scope", "BOOLEAN", "Whether the settings ask for the pages of this match"),
        *PROVENANCE,
    ),
)


def _a_rank(name: str, team: str) -> Column:
    meaning = f"Rank of {team} in the world at that time; NULL: unranked, or the page has no line-ups"
    return Column(name, "INTEGER", meaning, f"{name} >= 1")


MATCHES = Table(
    "matches",
    "Every match that is over: a series of maps between two teams",
    ("match_id",),
    (
        MATCH_ID,
        a_text("match_url", "Address of the match page"),
        a_time("started_at", "Scheduled start of the match"),
        an_id("event_id", "HLTV's id of the event"),
        a_text("event_name", "Name of the event"),
        a_text("stage", "Stage of the event, as named on the page; NULL: none"),
        Column("best_of", "INTEGER", "Maximum number of maps", "best_of BETWEEN 1 AND 9"),
        Column("is_lan", "BOOLEAN", "Whether the match was played on LAN; NULL: the page does not say"),
        a_choice("status", ("finished", "forfeit"), "Whether it was played, or forfeited as a whole"),
        an_id("team1_id", "Team 1: on the left of the match page"),
        a_text("team1_name", "Name of team 1"),
        _a_rank("team1_rank", "team 1"),
        an_id("team2_id", "Team 2: on the right of the match page"),
        a_text("team2_name", "Name of team 2"),
        _a_rank("team2_rank", "team 2"),
        a_count("team1_score", "Score of team 1 as printed: maps, in a best of 1 rounds; NULL: none printed"),
        a_count("team2_score", "Score of team 2 as printed: maps, in a best of 1 rounds; NULL: none printed"),
        a_count("team1_maps_won", "Maps won by team 1; NULL: the page has no map scores"),
        a_count("team2_maps_won", "Maps won by team 2; NULL: the page has no map scores"),
        an_id("winner_team_id", "Team that won; NULL: a draw, or a forfeit without a stated winner"),
        a_text("forfeit_note", "What the page says about a forfeit; NULL: nothing"),
        a_text("demo_url", "Address of the demo, never fetched; NULL: there is none"),
        *PROVENANCE,
    ),
)

MAPS = Table(
    "maps",
    "The maps of every match, played or not",
    ("match_id", "map_number"),
    (
        MATCH_ID,
        MAP_NUMBER,
        an_id("mapstatsid", "Id of the map's own pages; NULL: it has none"),
        a_text("map_slug", "Last part of the map page's address; NULL: it has none"),
        a_text("map_name", "Name of the map, e.g. Nuke; NULL: never decided"),
        a_choice(
            "status",
            ("played", "unplayed", "forfeit", "no_stats"),
            "Status of the map; unplayed: it has no score; no_stats: it has a score, but no page (yet)",
        ),
        an_id("picked_by_team_id", "Team that picked the map; NULL: left over or not known"),
        a_count(
            "team1_rounds", "Rounds won by team 1 of the match, of a forfeited map the score as printed; NULL: none"
        ),
        a_count(
            "team2_rounds", "Rounds won by team 2 of the match, of a forfeited map the score as printed; NULL: none"
        ),
        a_side("team1_starting_side", "Side on which team 1 started"),
        a_count("team1_ct_rounds", "Rounds won by team 1 as CT, in regulation"),
        a_count("team1_t_rounds", "Rounds won by team 1 as T, in regulation"),
        a_count("team2_ct_rounds", "Rounds won by team 2 as CT, in regulation"),
        a_count("team2_t_rounds", "Rounds won by team 2 as T, in regulation"),
        a_count("team1_ot_rounds", "Rounds won by team 1 in all overtimes; 0 without overtime"),
        a_count("team2_ot_rounds", "Rounds won by team 2 in all overtimes; 0 without overtime"),
        *PROVENANCE,
    ),
)

VETOES = Table(
    "vetoes",
    "The veto steps of every match",
    ("match_id", "step_number"),
    (
        MATCH_ID,
        Column("step_number", "INTEGER", "Number of the step, from 1", "step_number >= 1"),
        an_id("team_id", "Team that chose; NULL: the map was left over"),
        a_choice("action", ("removed", "picked", "left_over"), "What was done with the map"),
        a_text("map_name", "Name of the map, e.g. Nuke"),
        *PROVENANCE,
    ),
)

LINEUPS = Table(
    "lineups",
    "The line-ups of every match, as announced; the scoreboards say who played",
    ("match_id", "player_id"),
    (
        MATCH_ID,
        PLAYER_ID,
        a_text("player_name", "Name of the player, as on the page"),
        an_id("team_id", "Team in whose line-up the player is"),
        a_text("country", "Country of the player; NULL: the page does not say"),
        *PROVENANCE,
    ),
)

MATCH_PLAYER_STATS = Table(
    "match_player_stats",
    "The scoreboards of the match page: three rows per player and map",
    ("match_id", "map_number", "player_id", "side"),
    (
        MATCH_ID,
        MAP_NUMBER,
        PLAYER_ID,
        a_choice("side", ("both", "CT", "T"), "Side that the numbers are of"),
        an_id("team_id", "Team that the player played for"),
        a_text("player_name", "Name of the player, as on the page"),
        a_count("kills", "Kills"),
        a_count("deaths", "Deaths"),
        a_count("e_kills", "Eco-adjusted kills; as in all columns that start with e_, NULL: before rating 3.0"),
        a_count("e_deaths", "Eco-adjusted deaths"),
        a_number("round_swing", "Round swing in percent; NULL: before rating 3.0"),
        a_number("adr", "Average damage per round"),
        a_number("e_adr", "Eco-adjusted average damage per round"),
        KAST,
        a_number("e_kast", "Eco-adjusted KAST in percent; above 100 is normal"),
        a_number("rating", "Rating of the version in rating_version"),
        a_text("rating_version", "Version of the rating: 1.0, 2.0, 2.1 or 3.0"),
        *PROVENANCE,
    ),
)
