"""The tables, as data: names, keys, columns with type, meaning and what must hold. DDL and docs come from here.

NULL means "HLTV does not say", 0 means zero; percentages are 0-100; times are in UTC. Only key columns are NOT NULL.
"""

from collections.abc import Sequence

import msgspec


class Column(msgspec.Struct, frozen=True):
    """A column; `check` is a condition that every value, if there is one, must fulfil."""

    name: str
    type: str
    meaning: str
    check: str | None = None


class Table(msgspec.Struct, frozen=True):
    """A table, its key, and its columns."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column_names(self) -> list[str]:
        """Return the names of all columns, in order."""
        return [column.name for column in self.columns]


def _one_of(name: str, values: Sequence[str]) -> str:
    return f"{name} IN ({', '.join(repr(value) for value in values)})"


def _id(name: str, meaning: str) -> Column:
    return Column(name, "INTEGER", meaning, f"{name} > 0")


def _count(name: str, meaning: str) -> Column:
    return Column(name, "INTEGER", meaning, f"{name} >= 0")


def _whole(name: str, meaning: str) -> Column:
    return Column(name, "INTEGER", meaning)


def _number(name: str, meaning: str) -> Column:
    return Column(name, "DOUBLE", meaning)


def _text(name: str, meaning: str) -> Column:
    return Column(name, "VARCHAR", meaning)


def _choice(name: str, values: Sequence[str], meaning: str) -> Column:
    return Column(name, "VARCHAR", meaning, _one_of(name, values))


def _time(name: str, meaning: str) -> Column:
    return Column(name, "TIMESTAMPTZ", meaning)


def _side(name: str, meaning: str) -> Column:
    return _choice(name, ("CT", "T"), meaning)


MATCH_ID = _id("match_id", "Match (a series of maps) on HLTV")
MAP_NUMBER = Column("map_number", "INTEGER", "Number of the map in the match, from 1", "map_number >= 1")

PROVENANCE = (
    _time("scraped_at", "When the page arrived; a later reading of the same page does not change it"),
    _time("updated_at", "When this row was last written"),
    _text("source_url", "Address that the page came from"),
    _text("page_sha256", "SHA-256 of the page, as it lies in the archive"),
    _whole("parser_version", "Version of the parser that read the page"),
)

MAPS = Table(
    "maps",
    "The maps of every match, played or not",
    ("match_id", "map_number"),
    (
        MATCH_ID,
        MAP_NUMBER,
        _id("mapstatsid", "Id of the map's own pages; NULL: it has none"),
        _text("map_slug", "Last part of the map page's address"),
        _text("map_name", "Name of the map, e.g. Nuke"),
        _choice("status", ("played", "unplayed", "forfeit", "no_stats"), "What became of the map"),
        _id("picked_by_team_id", "Team that picked the map; NULL: left over, or not known"),
        _count("team1_rounds", "Rounds won by team 1 of the match"),
        _count("team2_rounds", "Rounds won by team 2 of the match"),
        _side("team1_starting_side", "Side on which team 1 began"),
        _count("team1_ct_rounds", "Rounds won by team 1 as CT, in regulation"),
        _count("team1_t_rounds", "Rounds won by team 1 as T, in regulation"),
        _count("team2_ct_rounds", "Rounds won by team 2 as CT, in regulation"),
        _count("team2_t_rounds", "Rounds won by team 2 as T, in regulation"),
        _count("team1_ot_rounds", "Rounds won by team 1 in all overtimes; 0 without overtime"),
        _count("team2_ot_rounds", "Rounds won by team 2 in all overtimes; 0 without overtime"),
        *PROVENANCE,
    ),
)

MAP_STATS = Table(
    "map_stats",
    "The head of every map page; left and right are the page's, not team 1 and 2 of the match",
    ("match_id", "map_number"),
    (
        MATCH_ID,
        MAP_NUMBER,
        _id("mapstatsid", "Id of the map's own pages"),
        _text("map_name", "Name of the map, e.g. Nuke"),
        _time("played_at", "When the map was played"),
        _id("event_id", "Event on HLTV"),
        _text("event_name", "Name of the event"),
        _id("team_left_id", "Team on the left of the page"),
        _id("team_right_id", "Team on the right of the page"),
        _count("team_left_rounds", "Rounds won by the left team"),
        _count("team_right_rounds", "Rounds won by the right team"),
        _side("team_left_starting_side", "Side on which the left team began"),
        _count("team_left_ct_rounds", "Rounds won by the left team as CT, in regulation"),
        _count("team_left_t_rounds", "Rounds won by the left team as T, in regulation"),
        _count("team_right_ct_rounds", "Rounds won by the right team as CT, in regulation"),
        _count("team_right_t_rounds", "Rounds won by the right team as T, in regulation"),
        _count("team_left_ot_rounds", "Rounds won by the left team in all overtimes; 0 without overtime"),
        _count("team_right_ot_rounds", "Rounds won by the right team in all overtimes; 0 without overtime"),
        _number("team_left_rating", "Team rating of the left team"),
        _number("team_right_rating", "Team rating of the right team"),
        _count("team_left_first_kills", "Rounds in which the left team had the first kill"),
        _count("team_right_first_kills", "Rounds in which the right team had the first kill"),
        _count("team_left_clutches", "Clutches won by the left team"),
        _count("team_right_clutches", "Clutches won by the right team"),
        _text("rating_version", "Version of the rating on the page: 1.0, 2.0, 2.1 or 3.0"),
        _count("economy_rounds", "Rounds that the economy page has; NULL: not read yet, 0: HLTV has none"),
        *PROVENANCE,
    ),
)

PLAYER_ID = _id("player_id", "Player on HLTV")
_PLAYER_COLUMNS = (
    _text("player_name", "Name of the player, as on the page"),
    _id("team_id", "Team that the player played for"),
    _count("kills", "Kills"),
    _count("deaths", "Deaths"),
    _count("assists", "Assists, flash assists included"),
    _count("flash_assists", "Flash assists"),
    _count("hs_kills", "Kills by headshot"),
    _whole("kd_diff", "Kills less deaths"),
    _number("adr", "Average damage per round"),
    Column("kast", "DOUBLE", "Rounds with a kill, assist, survival or trade, in per cent", "kast BETWEEN 0 AND 100"),
    _count("opening_kills", "Opening kills: first kill of a round"),
    _count("opening_deaths", "Opening deaths: first death of a round"),
    _whole("fk_diff", "Opening kills less opening deaths"),
    _count("multi_kills", "Rounds with two kills or more (pages of 2025 and later)"),
    _count("clutch_wins", "Clutches won (pages of 2025 and later)"),
    _count("traded_deaths", "Deaths that a team mate avenged (pages of 2025 and later)"),
    _number("round_swing", "Round swing in per cent (rating 3.0)"),
    _number("rating", "Rating, of the version beside it"),
    _text("rating_version", "Version of the rating: 1.0, 2.0, 2.1 or 3.0"),
    _number("rating_2", "Rating, if its version is 2.0 or 2.1"),
    _number("rating_3", "Rating, if its version is 3.0"),
    _count("e_kills", "Eco-adjusted kills (rating 3.0), as all columns that begin with e_"),
    _count("e_deaths", "Eco-adjusted deaths"),
    _count("e_hs_kills", "Eco-adjusted kills by headshot"),
    _whole("e_kd_diff", "Eco-adjusted kills less deaths"),
    _number("e_adr", "Eco-adjusted average damage per round"),
    _number("e_kast", "Eco-adjusted KAST in per cent; above 100 is normal"),
    _count("e_opening_kills", "Eco-adjusted opening kills"),
    _count("e_opening_deaths", "Eco-adjusted opening deaths"),
    _whole("e_fk_diff", "Eco-adjusted opening kills less opening deaths"),
    _count("e_traded_deaths", "Eco-adjusted traded deaths"),
)

PLAYER_STATS = Table(
    "player_stats",
    "The scoreboard of every map: one row a player, both sides together",
    ("match_id", "map_number", "player_id"),
    (MATCH_ID, MAP_NUMBER, PLAYER_ID, *_PLAYER_COLUMNS, *PROVENANCE),
)

PLAYER_SIDE_STATS = Table(
    "player_side_stats",
    "The scoreboard of every map by side: two rows a player",
    ("match_id", "map_number", "player_id", "side"),
    (
        MATCH_ID,
        MAP_NUMBER,
        PLAYER_ID,
        _choice("side", ("ct", "t"), "Side that the numbers are of"),
        *_PLAYER_COLUMNS,
        *PROVENANCE,
    ),
)

ROUND_HISTORY = Table(
    "round_history",
    "Every round: who won it, from which side, and how",
    ("match_id", "map_number", "round_number"),
    (
        MATCH_ID,
        MAP_NUMBER,
        Column("round_number", "INTEGER", "Number of the round, from 1, overtime included", "round_number >= 1"),
        _id("winner_team_id", "Team that won the round"),
        _side("winner_side", "Side that the winner played on"),
        _choice("win_type", ("elimination", "bomb_exploded", "bomb_defused", "time"), "How the round was won"),
        _count("team_left_score", "Rounds of the page's left team after this round"),
        _count("team_right_score", "Rounds of the page's right team after this round"),
        Column("is_overtime", "BOOLEAN", "Whether the round belongs to overtime"),
        *PROVENANCE,
    ),
)

PAGE_KIND = _choice(
    "page_kind", ("results", "match", "map_stats", "map_performance", "map_economy"), "Kind of the page"
)

BATCH_MEMBERS = Table(
    "batch_members",
    "Which batch a match or map belongs to, for good",
    ("page_group", "page_id"),
    (
        _choice("page_group", ("match", "map"), "Whether page_id counts matches or maps"),
        _id("page_id", "match_id or mapstatsid"),
        _text("batch_key", "Partition key of the batch"),
        _time("added_at", "When it was put into the batch"),
    ),
)

PAGE_FAILURES = Table(
    "page_failures",
    "Pages that failed to arrive, to be read or to be written, until they succeed",
    ("page_kind", "page_id"),
    (
        PAGE_KIND,
        _id("page_id", "match_id or mapstatsid"),
        _id("match_id", "Match that the page belongs to"),
        _whole("map_number", "Number of the map in the match"),
        _choice("stage", ("fetch", "parse", "write"), "What failed"),
        _text("reason", "Name of the outcome, e.g. truncated"),
        _text("message", "What was wrong, and where"),
        _count("attempts", "How often the page failed in a row"),
        _time("last_attempt_at", "When it last failed"),
        _time("retry_after", "When it is due again; NULL: when a person releases it"),
        _choice("status", ("waiting", "held", "missing"), "What becomes of it"),
        _text("page_sha256", "SHA-256 of the page that failed to be read or written"),
        _whole("parser_version", "Version of the parser that failed; a newer one tries again"),
    ),
)

REJECTED_ROWS = Table(
    "rejected_rows",
    "Rows that were read and then refused, because they contradict the page or the table",
    ("rejected_id",),
    (
        _text("rejected_id", "Id of this refusal"),
        PAGE_KIND,
        _id("page_id", "match_id or mapstatsid"),
        _id("match_id", "Match that the page belongs to"),
        _whole("map_number", "Number of the map in the match"),
        _text("table_name", "Table that the rows were meant for"),
        _text("reason", "inconsistent or write_error"),
        _text("message", "What was wrong"),
        Column("raw", "JSON", "The rows as they were read"),
        _whole("parser_version", "Version of the parser that read them"),
        _time("rejected_at", "When they were refused"),
        _time("resolved_at", "When the page was written after all"),
    ),
)

IMPORTED_PAGES = Table(
    "imported_pages",
    "Pages that were brought, not fetched: they lie in the archive, whether their match is known yet or not",
    ("page_kind", "page_id"),
    (
        PAGE_KIND,
        _id("page_id", "match_id or mapstatsid"),
        _id("match_id", "Match that the page belongs to"),
        _time("scraped_at", "When the page was saved"),
        _text("page_sha256", "SHA-256 of the page"),
        _time("imported_at", "When it was imported"),
    ),
)

SITE_STATE = Table(
    "site_state",
    "The sites that this warehouse knows; one of them is its source",
    ("host",),
    (
        _text("host", "Host of the site, without port"),
        _time("cool_down_until", "Until when the site is left alone"),
        _count("blocks_in_a_row", "How often it blocked since it last answered"),
        _text("last_block_reason", "What it said when it last blocked"),
        Column("is_source", "BOOLEAN", "Whether this warehouse is filled from this site"),
    ),
)

TABLES = (
    MAPS,
    MAP_STATS,
    PLAYER_STATS,
    PLAYER_SIDE_STATS,
    ROUND_HISTORY,
    BATCH_MEMBERS,
    PAGE_FAILURES,
    REJECTED_ROWS,
    IMPORTED_PAGES,
    SITE_STATE,
)
