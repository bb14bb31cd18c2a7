"""Many processes write to a lake at once: what decides for all has its turn alone, what meets is done again."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest

from hltv_assets.lake.warehouse import LakeWarehouse, load_extensions
from hltv_assets.warehouse.connection import Connection, Warehouse
from hltv_assets.warehouse.errors import WarehouseBusyError, WarehouseError
from hltv_assets.warehouse.schema.match_tables import MAPS
from hltv_assets.warehouse.upserting import put_rows

pytestmark = pytest.mark.lake


def _put(number: int, name: str) -> Callable[[Connection], None]:
    return lambda connection: put_rows(
        connection, MAPS, [{"match_id": 1, "map_number": number, "map_name": name, "map_slug": None}]
    )


def _rows(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute("SELECT map_number, map_name FROM maps ORDER BY ALL").fetchall()


def _other(warehouse: LakeWarehouse, *, wait: float) -> LakeWarehouse:
    return LakeWarehouse(warehouse.address, files=warehouse.files, snapshot=warehouse.snapshot, wait=wait)


def test_writers_who_change_the_same_row_are_both_heard_one_after_the_other(lake_warehouse: LakeWarehouse) -> None:
    lake_warehouse.write(_put(1, "Mirage"))
    together = threading.Barrier(2, timeout=120)
    tries: list[str] = []

    def writes(name: str) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            connection.execute("FROM maps").fetchall()  # both look before either writes
            tries.append(name)
            if len(tries) <= 2:
                together.wait()
            _put(1, name)(connection)

        return work

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: lake_warehouse.write(writes(name)), ["Nuke", "Inferno"]))
    assert len(tries) == 3  # one of them was done again
    assert _rows(lake_warehouse) == [(1, tries[-1])]


def test_a_writer_who_always_meets_others_says_so(lake_warehouse: LakeWarehouse) -> None:
    lake_warehouse.write(_put(1, "Mirage"))
    hasty = _other(lake_warehouse, wait=0.2)

    def meets_another(connection: Connection) -> None:
        connection.execute("FROM maps").fetchall()
        lake_warehouse.write(_put(1, "Nuke"))
        _put(1, "Inferno")(connection)

    with pytest.raises(WarehouseBusyError, match="others still change the same rows"):
        hasty.write(meets_another)
    assert _rows(lake_warehouse) == [(1, "Nuke")]


def test_many_who_decide_for_all_take_turns_so_that_none_inserts_a_key_twice(lake_warehouse: LakeWarehouse) -> None:
    def next_number(_: int) -> None:
        with lake_warehouse.transaction() as connection:
            row = connection.execute("SELECT coalesce(max(map_number), 0) + 1 FROM maps").fetchone()
            assert row is not None
            _put(int(row[0]), "Mirage")(connection)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(next_number, range(8)))
    assert _rows(lake_warehouse) == [(number, "Mirage") for number in range(1, 9)]


def test_a_turn_that_is_not_given_back_is_waited_for_and_then_told_of(lake_warehouse: LakeWarehouse) -> None:
    hasty = _other(lake_warehouse, wait=0.2)
    with (
        lake_warehouse.transaction(),
        pytest.raises(WarehouseBusyError, match="HLTV_LOCK_WAIT"),
        hasty.transaction(),
    ):
        pass
    with lake_warehouse.transaction(), pytest.raises(WarehouseBusyError):
        hasty.write(_put(1, "Mirage"))
    lake_warehouse.write(_put(1, "Mirage"))
    assert _rows(lake_warehouse) == [(1, "Mirage")]


def test_readers_see_what_was_there_before_while_others_write(lake_warehouse: LakeWarehouse) -> None:
    with lake_warehouse.transaction() as connection:
        _put(1, "Mirage")(connection)
        assert _rows(lake_warehouse) == []
    assert _rows(lake_warehouse) == [(1, "Mirage")]


def test_after_postgres_dropped_all_connections_the_next_one_is_made_anew(lake_warehouse: LakeWarehouse) -> None:
    lake_warehouse.write(_put(1, "Mirage"))
    administrator = psycopg2.connect(lake_warehouse.address)
    administrator.cursor().execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    administrator.close()
    assert _rows(lake_warehouse) == [(1, "Mirage")]
    lake_warehouse.write(_put(2, "Nuke"))


def test_a_catalogue_that_cannot_be_reached_is_named_in_one_line(tmp_path: Path) -> None:
    address = "host=127.0.0.1 port=1 dbname=nowhere user=nobody"
    warehouse = LakeWarehouse(address, files=str(tmp_path), snapshot=tmp_path / "snapshot", wait=0)
    with pytest.raises(WarehouseError, match="cannot open the warehouse") as raised, warehouse.connect():
        pass
    assert "\n" not in str(raised.value)


def test_any_duckdb_reads_it_while_it_is_written(lake_warehouse: LakeWarehouse) -> None:
    lake_warehouse.write(_put(1, "Mirage"))
    with lake_warehouse.transaction() as connection:
        _put(2, "Nuke")(connection)
        with duckdb.connect() as reader:
            load_extensions(reader)
            reader.execute(f"ATTACH '{lake_warehouse.place}' AS hltv (READ_ONLY)")
            assert reader.execute("SELECT map_number FROM hltv.maps").fetchall() == [(1,)]


def _files(warehouse: LakeWarehouse) -> set[str]:
    return {file.name for file in Path(warehouse.files).rglob("*.parquet")}


def test_upkeep_merges_small_files_and_removes_only_what_is_old(lake_warehouse: LakeWarehouse) -> None:
    def put_many(start: int) -> Callable[[Connection], None]:
        rows = [{"match_id": 1, "map_number": number, "map_name": "Mirage"} for number in range(start, start + 200)]
        return lambda connection: put_rows(connection, MAPS, rows)

    for start in (1, 101, 201, 301):
        lake_warehouse.write(put_many(start))
    rows, files = _rows(lake_warehouse), _files(lake_warehouse)
    assert len(rows) == 500
    tidied = lake_warehouse.tidy(timedelta(days=1))
    assert tidied.merged > tidied.written
    assert tidied.removed == 0
    assert _files(lake_warehouse) > files
    assert lake_warehouse.tidy(timedelta()).removed > 0
    assert len(_files(lake_warehouse)) < len(files)
    assert _rows(lake_warehouse) == rows
