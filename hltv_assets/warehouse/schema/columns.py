"""What a table consists of: names, keys, columns with type, meaning and what must hold, all as data.

DDL, the comments in the DuckDB file, what Dagster shows and docs/data-dictionary.md come from here, and from the tables
that are made of it.
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


class View(msgspec.Struct, frozen=True):
    """A view and its columns; `views` holds its query."""

    name: str
    meaning: str
    columns: tuple[Column, ...]


def _one_of(name: str, values: Sequence[str]) -> str:
    return f"{name} IN ({', '.join(repr(value) for value in values)})"


def an_id(name: str, meaning: str) -> Column:
    """Return a column of ids as HLTV gives them."""
    return Column(name, "INTEGER", meaning, f"{name} > 0")


def a_count(name: str, meaning: str) -> Column:
    """Return a column of counts."""
    return Column(name, "INTEGER", meaning, f"{name} >= 0")


def a_whole_number(name: str, meaning: str) -> Column:
    """Return a column of whole numbers that may be negative."""
    return Column(name, "INTEGER", meaning)


def a_number(name: str, meaning: str) -> Column:
    """Return a column of numbers with a fraction."""
    return Column(name, "DOUBLE", meaning)


def a_text(name: str, meaning: str) -> Column:
    """Return a column of texts."""
    return Column(name, "VARCHAR", meaning)


def a_choice(name: str, values: Sequence[str], meaning: str) -> Column:
    """Return a column with one of a few words."""
    return Column(name, "VARCHAR", meaning, _one_of(name, values))


def a_time(name: str, meaning: str) -> Column:
    """Return a column of times."""
    return Column(name, "TIMESTAMPTZ", meaning)


def a_side(name: str, meaning: str) -> Column:
    """Return a column with the side of a round or of a start."""
    return a_choice(name, ("CT", "T"), meaning)


MATCH_ID = an_id("match_id", "HLTV's id of the match (a series of maps)")
PLAYER_ID = an_id("player_id", "HLTV's id of the player")
MAP_NUMBER = Column("map_number", "INTEGER", "Number of the map in the match, from 1", "map_number >= 1")
KAST = Column("kast", "DOUBLE", "Rounds with a kill, assist, survival or trade, in percent", "kast BETWEEN 0 AND 100")

PROVENANCE = (
    a_time("scraped_at", "When the page arrived; parsing it again does not change it"),
    a_time("updated_at", "When this row was last written"),
    a_text("source_url", "Address that the page came from"),
    a_text("page_sha256", "SHA-256 of the page in the archive"),
    a_whole_number("parser_version", "Version of the parser that parsed the page"),
)
