"""What a rule about the tables is; the rules themselves stand in the modules beside this one, by page kind.

A page that contradicts itself never gets into the tables, its parser refuses it; rules look across tables and pages.
"""

import msgspec

from hltv_assets.pages import PageKind

MATCHES = "(SELECT DISTINCT match_id FROM checked)"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A query of what does not agree, about the maps in `checked` (match_id, map_number).

    It returns for each disagreement match_id, map_number, about, found and expected. `kind` is the page kind after
    which it can be checked, `table` the one that it is shown at, `also` are tables of other page kinds that it reads,
    `common` the common table expressions that it begins with. `is_between_pages`: HLTV's own pages differ at times,
    so that a disagreement is a warning, no error.
    """

    name: str
    kind: PageKind
    table: str
    meaning: str
    disagreements: str
    common: str = ""
    also: tuple[str, ...] = ()
    is_between_pages: bool = False


def known_sum(column: str, where: str = "true") -> str:
    """Return the sum of a column over rows, NULL where one of them is: what is unknown disagrees with nothing."""
    return f"if(count({column}) FILTER ({where}) = count(*) FILTER ({where}), sum({column}) FILTER ({where}), NULL)"


def without_parent(child: str, parent: str, key: str = "match_id, map_number") -> str:
    """Return the query of a table's rows that refer to no row of another."""
    maps, number = ("checked", "map_number") if "map_number" in key else (MATCHES, "NULL AS map_number")
    own = "match_id, map_number" if "map_number" in key else "match_id"
    return f"""
    SELECT match_id, {number}, '{child} that are not in {parent}' AS about, count(*) AS found, 0 AS expected
    FROM {maps} JOIN {child} USING ({own}) ANTI JOIN {parent} USING ({key}) GROUP BY ALL
    """
