"""Many values as one parameter of a query: as JSON, which DuckDB takes apart itself.

Of a Python list, DuckDB looks at each value, and for each looks twice for pandas, which is not there: a list of a
thousand ids takes 125 ms, the same as JSON 1 ms.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from hltv_assets.warehouse.schema.columns import Column

# The query of the ids of a parameter that `ids_parameter` made.
IDS = """SELECT unnest(from_json(?, '["INTEGER"]'))"""


def ids_parameter(ids: Iterable[int]) -> str:
    """Return ids as a parameter for `IDS`."""
    return msgspec.json.encode(list(ids)).decode()


def rows_query(columns: Sequence[Column]) -> str:
    """Return the query of the rows of a parameter that `rows_parameter` made, with these columns.

    It raises `duckdb.ConversionException` for what is no value of its column.
    """
    # As texts first: JSON itself would make a number that is none NULL.
    texts = ", ".join(f'"{column.name}": "VARCHAR"' for column in columns)
    values = ", ".join(f"CAST({column.name} AS {column.type}) AS {column.name}" for column in columns)
    return f"SELECT {values} FROM (SELECT unnest(from_json(?, '[{{{texts}}}]'), recursive := true))"


def rows_parameter(rows: Iterable[Mapping[str, object]]) -> str:
    """Return rows, each a value a column, as a parameter for `rows_query`."""
    return msgspec.json.encode(list(rows)).decode()
