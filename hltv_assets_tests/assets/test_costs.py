"""What a batch costs, counted and not timed: how often the file of the warehouse is opened."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hltv_assets.warehouse.connection import Connection
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from testkit.world import World

KINDS = 3


class Openings:
    """Counts how often the file is opened; a connection beside another one of this process opens nothing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._open = 0
        connect = FileWarehouse.connect

        @contextmanager
        def counted(warehouse: FileWarehouse) -> Iterator[Connection]:
            self.count += self._open == 0
            self._open += 1
            try:
                with connect(warehouse) as connection:
                    yield connection
            finally:
                self._open -= 1

        monkeypatch.setattr(FileWarehouse, "connect", counted)


def test_a_batch_opens_the_warehouse_once_to_plan_and_five_times_per_page_kind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.with_rules = True
    world.add_maps(2)
    assert world.plan().success
    openings = Openings(monkeypatch)
    assert world.run_all().success
    # Before and after the fetch, to parse, to load, to check.
    assert openings.count <= 1 + 5 * KINDS
