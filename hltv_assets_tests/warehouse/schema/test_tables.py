"""The tables come into being on first use, are what schema.py says, and old files are brought forward."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from hltv_assets.pages.records import MapStats, PlayerSideStats, PlayerStats, Record, Round
from hltv_assets.warehouse.connection import Connection, Warehouse
from hltv_assets.warehouse.errors import WarehouseError
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.schema.columns import Table, View
from hltv_assets.warehouse.schema.map_tables import MAP_STATS, PLAYER_SIDE_STATS, PLAYER_STATS, ROUND_HISTORY
from hltv_assets.warehouse.schema.tables import TABLES, VIEWS
from testkit.lake import FILE_AND_LAKE, lake_in


@pytest.fixture(scope="module")
def inspected_file(file_without_rows: Path) -> Iterator[Connection]:
    """A file that is only looked into."""
    with duckdb.connect(str(file_without_rows), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def inspected_lake(lake_without_rows: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A lake that is only looked into."""
    with (
        lake_in(tmp_path_factory.mktemp("inspected"), template=lake_without_rows) as lake,
        lake.connect() as connection,
    ):
        yield connection


@pytest.fixture(params=FILE_AND_LAKE)
def inspected(request: pytest.FixtureRequest) -> Connection:
    """Either of them."""
    found = request.getfixturevalue(f"inspected_{request.param}")
    assert isinstance(found, Connection)
    return found


def columns_of(connection: Connection, described: Table | View, column: str) -> list[tuple[str, str | None]]:
    """What DuckDB knows of each column of a table or view."""
    return connection.execute(
        f"SELECT column_name, {column} FROM duckdb_columns()"
        " WHERE database_name = current_database() AND table_name = ? ORDER BY column_index",
        [described.name],
    ).fetchall()


def meaning_of(connection: Connection, described: Table | View) -> list[tuple[str | None]]:
    """What DuckDB knows of a table or view itself."""
    return connection.execute(
        "SELECT comment FROM duckdb_tables() WHERE database_name = current_database() AND table_name = $name"
        " UNION ALL"
        " SELECT comment FROM duckdb_views() WHERE database_name = current_database() AND view_name = $name",
        {"name": described.name},
    ).fetchall()


def test_all_tables_are_there_after_the_first_connection(new_warehouse: Warehouse) -> None:
    with new_warehouse.connect() as connection:
        for table in TABLES:
            columns = [row[0] for row in connection.execute(f"DESCRIBE {table.name}").fetchall()]
            assert columns == table.column_names()


def test_only_key_columns_must_have_a_value(inspected: Connection) -> None:
    keys = {}
    for table in TABLES:
        rows = inspected.execute(f"DESCRIBE {table.name}").fetchall()
        keys[table.name] = {row[0] for row in rows if row[2] == "NO"}
    assert keys == {table.name: set(table.key) for table in TABLES}


def test_every_column_says_what_it_means() -> None:
    assert [(table.name, column.name) for table in TABLES for column in table.columns if not column.meaning] == []
    assert [table.name for table in TABLES if len(set(table.column_names())) != len(table.columns)] == []


def test_views_have_the_columns_that_they_are_said_to_have(inspected: Connection) -> None:
    types = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
    assert {view.name: columns_of(inspected, view, "data_type") for view in VIEWS} == {
        view.name: [(column.name, types.get(column.type, column.type)) for column in view.columns] for view in VIEWS
    }


def test_every_view_is_described(inspected: Connection) -> None:
    rows = inspected.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    assert {row[0] for row in rows} == {view.name for view in VIEWS}


def test_the_file_itself_says_what_every_column_means(inspected_file: Connection) -> None:
    described = (*TABLES, *VIEWS)
    assert {one.name: columns_of(inspected_file, one, "comment") for one in described} == {
        one.name: [(column.name, column.meaning) for column in one.columns] for one in described
    }
    assert {one.name: meaning_of(inspected_file, one) for one in described} == {
        one.name: [(one.meaning,)] for one in described
    }


@pytest.mark.lake
def test_the_lake_itself_says_what_every_column_of_a_table_means(inspected_lake: Connection) -> None:
    assert {table.name: columns_of(inspected_lake, table, "comment") for table in TABLES} == {
        table.name: [(column.name, column.meaning) for column in table.columns] for table in TABLES
    }


@pytest.mark.parametrize(
    ("table", "record"),
    [
        (MAP_STATS, MapStats),
        (PLAYER_STATS, PlayerStats),
        (PLAYER_SIDE_STATS, PlayerSideStats),
        (ROUND_HISTORY, Round),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_everything_that_a_record_knows_has_a_column(table: Table, record: type[Record]) -> None:
    provenance = {"scraped_at", "updated_at", "source_url", "page_sha256", "parser_version"}
    not_on_the_page = {"match_id", "map_number", "economy_rounds"}
    assert set(table.column_names()) - provenance - not_on_the_page == set(record.__struct_fields__)


def test_a_value_that_cannot_be_is_refused_by_the_table(file_warehouse: Warehouse) -> None:
    with file_warehouse.connect() as connection:
        for values in ("0, 1", "1, 0"):
            with pytest.raises(duckdb.ConstraintException):
                connection.execute(f"INSERT INTO maps (match_id, map_number) VALUES ({values})")
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("INSERT INTO maps (match_id, map_number, status) VALUES (1, 1, 'lost')")


def test_a_column_that_a_newer_version_added_is_added_to_an_old_file_and_its_rows_stay(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("INSERT INTO maps (match_id, map_number) VALUES (1, 1)")
        connection.execute("DROP VIEW pending_maps")
        connection.execute("ALTER TABLE maps DROP COLUMN picked_by_team_id")
        connection.execute("UPDATE applied_schema SET fingerprint = 'of an older version'")
    with warehouse.connect() as connection:
        assert connection.execute("SELECT match_id, picked_by_team_id FROM maps").fetchall() == [(1, None)]
        assert connection.execute("SELECT count(*) FROM pending_maps").fetchone() == (0,)


def test_a_file_of_a_newer_version_is_refused_and_left_alone(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("UPDATE applied_schema SET version = version + 1, fingerprint = 'of a newer version'")
    with pytest.raises(WarehouseError, match="update it"), warehouse.connect():
        pass


def test_sides_of_an_older_version_are_spelt_in_capitals_so_that_tables_join_on_them(warehouse: Warehouse) -> None:
    definitions = {"player_side_stats": "'ct', 't'", "match_player_stats": "'both', 'ct', 't'"}
    with warehouse.connect() as connection:
        for table, sides in definitions.items():
            connection.execute(f"DROP TABLE {table}")
            condition = f"CHECK (side IN ({sides}))" if isinstance(warehouse, FileWarehouse) else ""
            keys = "match_id INTEGER, map_number INTEGER, player_id INTEGER"
            connection.execute(f"CREATE TABLE {table} ({keys}, side VARCHAR {condition})")
            for number, side in enumerate(sides.split(", "), 1):
                connection.execute(f"INSERT INTO {table} VALUES (1, 1, {number}, {side})")
        connection.execute("UPDATE applied_schema SET version = 1, fingerprint = 'of an older version'")
    with warehouse.connect() as connection:
        found = {
            table: connection.execute(f"SELECT side, kills FROM {table} ORDER BY player_id").fetchall()
            for table in definitions
        }
        assert found == {
            "player_side_stats": [("CT", None), ("T", None)],
            "match_player_stats": [("both", None), ("CT", None), ("T", None)],
        }
        if isinstance(warehouse, FileWarehouse):
            with pytest.raises(duckdb.ConstraintException):
                connection.execute("UPDATE player_side_stats SET side = 'ct'")
