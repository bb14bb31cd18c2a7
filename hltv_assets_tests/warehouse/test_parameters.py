"""Many values in one parameter arrive as they are, or are refused, and no value makes DuckDB look for pandas."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from importlib.machinery import ModuleSpec
from types import ModuleType

import duckdb
import pytest

from hltv_assets.warehouse.parameters import IDS, ids_parameter, rows_parameter, rows_query
from hltv_assets.warehouse.schema.columns import Column

_COLUMNS = [
    Column("id", "INTEGER", "id"),
    Column("arrived_at", "TIMESTAMPTZ", "time"),
    Column("share", "DOUBLE", "number"),
    Column("name", "VARCHAR", "text"),
    Column("is_so", "BOOLEAN", "yes or no"),
]
_HERE = timezone(timedelta(hours=2))
_ROWS = [
    (1, datetime(2026, 1, 2, 3, 4, 5, 678901, UTC), 0.1 + 0.2, "a\x00b ü 😀", True),
    (2_147_483_647, datetime(1969, 12, 31, 23, 59, 59, 1, _HERE), 1e-320, "", False),
    (-5, None, 1.7976931348623157e308, '[{"\\', None),
    (None, datetime(2026, 1, 1, tzinfo=UTC), -0.0, "null", None),
]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory."""
    with duckdb.connect() as connection:
        yield connection


def _rows(*rows: Sequence[object]) -> list[dict[str, object]]:
    return [dict(zip((column.name for column in _COLUMNS), row, strict=True)) for row in rows]


def test_rows_arrive_as_they_were_given(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute(rows_query(_COLUMNS), [rows_parameter(_rows(*_ROWS))]).fetchall()
    assert found == _ROWS


@pytest.mark.parametrize(
    "refused",
    [("seven", None, None, None, None), (3_000_000_000, None, None, None, None), (1, "noon", None, None, None)],
    ids=["no number", "too large", "no time"],
)
def test_what_is_no_value_of_its_column_is_refused(
    connection: duckdb.DuckDBPyConnection, refused: Sequence[object]
) -> None:
    with pytest.raises(duckdb.ConversionException):
        connection.execute(rows_query(_COLUMNS), [rows_parameter(_rows(_ROWS[0], refused))])


@pytest.mark.parametrize("ids", [[], [7], [3, 1, 2, 3]], ids=str)
def test_ids_arrive_as_they_were_given(connection: duckdb.DuckDBPyConnection, ids: list[int]) -> None:
    assert connection.execute(IDS, [ids_parameter(ids)]).fetchall() == [(one,) for one in ids]


class _Looks:
    """Counts how often Python looks for a module, and finds none."""

    def __init__(self) -> None:
        self.count = 0

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """What Python asks of a finder in `sys.meta_path`."""
        del path, target
        self.count += name == "pandas"
        return None


@pytest.mark.skipif("pandas" in sys.modules, reason="pandas is there, and not looked for")
def test_a_thousand_ids_make_duckdb_look_for_pandas_no_more_often_than_one(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = _Looks()
    monkeypatch.setattr(sys, "meta_path", [looks, *sys.meta_path])
    counts = []
    for many in (1, 1_000):
        before = looks.count
        connection.execute(IDS, [ids_parameter(range(many))])
        counts.append(looks.count - before)
    assert counts[0] == counts[1] > 0
