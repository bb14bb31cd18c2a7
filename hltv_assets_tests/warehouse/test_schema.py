"""The tables come into being on first use, are what schema.py says, and old files are brought forward."""

import duckdb
import pytest

from hltv_assets.pages.records import MapStats, PlayerSideStats, PlayerStats, Record, Round
from hltv_assets.warehouse.columns import Table, View
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.errors import WarehouseError
from hltv_assets.warehouse.map_tables import MAP_STATS, PLAYER_SIDE_STATS, PLAYER_STATS, ROUND_HISTORY
from hltv_assets.warehouse.schema import TABLES, VIEWS


def test_all_tables_are_there_after_the_first_connection(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        for table in TABLES:
            columns = [row[0] for row in connection.execute(f"DESCRIBE {table.name}").fetchall()]
            assert columns == table.column_names()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_only_key_columns_must_have_a_value(warehouse: Warehouse, table: Table) -> None:
    with warehouse.connect() as connection:
        rows = connection.execute(f"DESCRIBE {table.name}").fetchall()
    assert {row[0] for row in rows if row[2] == "NO"} == set(table.key)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_says_what_it_means(table: Table) -> None:
    assert all(column.meaning for column in table.columns)
    assert len(set(table.column_names())) == len(table.columns)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_has_the_columns_that_it_is_said_to_have(warehouse: Warehouse, view: View) -> None:
    with warehouse.connect() as connection:
        rows = connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?", [view.name]
        ).fetchall()
    types = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
    assert rows == [(column.name, types.get(column.type, column.type)) for column in view.columns]


def test_every_view_of_the_file_is_described(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        rows = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    assert {row[0] for row in rows} == {view.name for view in VIEWS}


@pytest.mark.parametrize("described", [*TABLES, *VIEWS], ids=lambda described: described.name)
def test_the_file_itself_says_what_every_column_means(file_warehouse: Warehouse, described: Table | View) -> None:
    with file_warehouse.connect() as connection:
        rows = connection.execute(
            "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = ?", [described.name]
        ).fetchall()
        (meaning,) = connection.execute(
            "SELECT comment FROM duckdb_tables() WHERE table_name = $name"
            " UNION ALL SELECT comment FROM duckdb_views() WHERE view_name = $name",
            {"name": described.name},
        ).fetchall()
    assert rows == [(column.name, column.meaning) for column in described.columns]
    assert meaning == (described.meaning,)


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


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_lake_itself_says_what_every_column_of_a_table_means(lake_warehouse: Warehouse, table: Table) -> None:
    with lake_warehouse.connect() as connection:
        rows = connection.execute(
            "SELECT column_name, comment FROM duckdb_columns() WHERE database_name = 'hltv' AND table_name = ?",
            [table.name],
        ).fetchall()
    assert rows == [(column.name, column.meaning) for column in table.columns]


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
