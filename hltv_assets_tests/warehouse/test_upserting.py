"""Rows are inserted or updated by their key, and refused as a whole where one of them cannot be."""

from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.schema.match_tables import MAPS
from hltv_assets.warehouse.schema.state_tables import BATCH_MEMBERS, FETCH_RUNS
from hltv_assets.warehouse.upserting import put_rows


def _map(number: int, **more: object) -> dict[str, object]:
    return {"match_id": 1, "map_number": number, "map_name": "Mirage", **more}


def _maps(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute("SELECT map_number, map_name, map_slug FROM maps ORDER BY ALL").fetchall()


def test_a_row_with_a_new_key_is_inserted_and_one_with_a_known_key_updated(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        put_rows(connection, MAPS, [_map(1), _map(2)])
    with warehouse.transaction() as connection:
        put_rows(connection, MAPS, [_map(2, map_name="Inferno"), _map(3)])
    assert _maps(warehouse) == [(1, "Mirage", None), (2, "Inferno", None), (3, "Mirage", None)]


def test_a_column_that_is_not_given_keeps_its_value(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        put_rows(connection, MAPS, [_map(1, map_slug="a-vs-b")])
        put_rows(connection, MAPS, [_map(1, map_name="Nuke")])
    assert _maps(warehouse) == [(1, "Nuke", "a-vs-b")]


def test_a_column_to_keep_is_inserted_and_never_updated(warehouse: Warehouse) -> None:
    first, then = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    with warehouse.transaction() as connection:
        for key, at in (("maps-000001", first), ("maps-000002", then)):
            row = {"page_group": "map", "page_id": 7, "batch_key": key, "added_at": at}
            put_rows(connection, BATCH_MEMBERS, [row], keep=["batch_key", "added_at"])
        rows = connection.execute("SELECT batch_key, added_at FROM batch_members").fetchall()
    assert rows == [("maps-000001", first)]


def test_a_json_value_arrives_as_it_was_given(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        row = {"run_id": "r", "page_kind": "match", "outcomes": '{"ok": 3}', "bytes": 5_000_000_000, "seconds": 0.5}
        put_rows(connection, FETCH_RUNS, [row])
        found = connection.execute("SELECT outcomes->>'ok', bytes FROM fetch_runs").fetchall()
    assert found == [("3", 5_000_000_000)]


@pytest.mark.parametrize(
    "refused", [{"map_number": 0}, {"map_number": None}, {"status": "lost"}, {"mapstatsid": -1}], ids=str
)
def test_a_row_that_cannot_be_is_refused_and_nothing_of_the_transaction_stays(
    warehouse: Warehouse, refused: dict[str, object]
) -> None:
    rows = [{"status": None, "mapstatsid": None, **_map(1)}, {"status": None, "mapstatsid": None, **_map(2), **refused}]
    with pytest.raises(duckdb.ConstraintException), warehouse.transaction() as connection:
        put_rows(connection, MAPS, rows)
    assert _maps(warehouse) == []


def test_a_key_that_comes_twice_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(duckdb.ConstraintException), warehouse.transaction() as connection:
        put_rows(connection, MAPS, [_map(1), _map(1)])
    assert _maps(warehouse) == []


def test_what_is_no_value_of_the_column_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(duckdb.ConversionException), warehouse.transaction() as connection:
        put_rows(connection, MAPS, [_map(1, mapstatsid="seven")])
    assert _maps(warehouse) == []


def test_after_a_refusal_the_same_connection_can_write(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        with pytest.raises(duckdb.ConstraintException):
            put_rows(connection, MAPS, [_map(0)])
        put_rows(connection, MAPS, [_map(1)])
    assert _maps(warehouse) == [(1, "Mirage", None)]


def test_a_row_that_lacks_a_column_of_the_first_is_an_error_and_no_null(warehouse: Warehouse) -> None:
    with pytest.raises(KeyError, match="map_slug"), warehouse.transaction() as connection:
        put_rows(connection, MAPS, [_map(1, map_slug="a-vs-b"), _map(2)])
    assert _maps(warehouse) == []
