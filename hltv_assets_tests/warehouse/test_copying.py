"""A warehouse is copied whole or not at all, from a file to a lake and back."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hltv_assets.lake.warehouse import LakeWarehouse
from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.copying import copy_tables
from hltv_assets.warehouse.errors import WarehouseError
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.schema.tables import TABLES
from testkit.loopback_site import page
from testkit.synced import world_in

pytestmark = pytest.mark.lake

Rows = Mapping[str, list[tuple[Any, ...]]]


def _rows(warehouse: Warehouse) -> Rows:
    with warehouse.connect() as connection:
        return {table.name: connection.execute(f"FROM {table.name} ORDER BY ALL").fetchall() for table in TABLES}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A file with two maps, one of which cannot be read, and what the project keeps for itself; only read here."""
    with world_in(tmp_path_factory.mktemp("filled"), batch_size=1) as world:
        world.add_maps(2)
        world.site.publish(world.maps[1].mapstatsid, page("<html><body>no map page</body></html>"))
        world.plan()
        for key in world.keys("map_batches"):
            world.run_batch(key)
        yield world.warehouse


def test_a_file_goes_into_a_lake_and_back_with_every_row(
    filled: Warehouse, lake_warehouse: LakeWarehouse, tmp_path: Path
) -> None:
    back = FileWarehouse(str(tmp_path / "back.duckdb"), wait=120)
    rows = _rows(filled)
    told: list[tuple[int, int]] = []
    assert sum(map(len, rows.values())) > 10
    assert copy_tables(filled, lake_warehouse, lambda *done: told.append(done)) == sum(map(len, rows.values()))
    assert _rows(lake_warehouse) == rows
    copy_tables(lake_warehouse, back)
    assert _rows(back) == rows
    assert told[0] == (0, len(TABLES))
    assert told[-1] == (len(TABLES), len(TABLES))


def test_nothing_is_copied_to_where_rows_are(filled: Warehouse, lake_warehouse: LakeWarehouse) -> None:
    with lake_warehouse.transaction() as connection:
        connection.execute("INSERT INTO refreshes VALUES (1, now())")
    with pytest.raises(WarehouseError, match="has rows already"):
        copy_tables(filled, lake_warehouse)
    assert sum(map(len, _rows(lake_warehouse).values())) == 1


def test_a_copy_that_fails_half_way_leaves_nothing(filled: Warehouse, lake_warehouse: LakeWarehouse) -> None:
    def fails(done: int, _: int) -> None:
        if done == len(TABLES) // 2:
            raise KeyError

    with pytest.raises(KeyError):
        copy_tables(filled, lake_warehouse, fails)
    assert not lake_warehouse.is_there()
