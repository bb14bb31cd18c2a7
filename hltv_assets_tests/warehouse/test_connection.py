"""Connections are short, always closed, and transactions whole."""

from pathlib import Path

import duckdb
import pytest

from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.errors import WarehouseBusyError, WarehouseError

INSERT = "INSERT INTO site_state (host) VALUES ('example.invalid')"


def test_a_transaction_is_undone_when_anything_is_raised(warehouse: Warehouse) -> None:
    def write_and_fail() -> None:
        with warehouse.transaction() as connection:
            connection.execute(INSERT)
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    with warehouse.connect() as connection:
        assert connection.execute("FROM site_state").fetchall() == []


def test_a_transaction_is_kept_when_nothing_is_raised(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        connection.execute(INSERT)
    with warehouse.connect() as connection:
        assert connection.execute("SELECT host FROM site_state").fetchall() == [("example.invalid",)]


def test_the_file_is_free_after_an_error(file_warehouse: Warehouse) -> None:
    with pytest.raises(KeyError), file_warehouse.connect():
        raise KeyError
    duckdb.connect(file_warehouse.place, read_only=True).close()


def test_a_file_that_is_no_warehouse_is_named_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "hltv.duckdb"
    file.write_text("this is no DuckDB file, but long enough to be looked at" * 100)
    with pytest.raises(WarehouseError) as raised, Warehouse(str(file), wait=0).connect():
        pass
    assert str(file) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_folder_that_cannot_be_made_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(WarehouseError, match="cannot open the warehouse"),
        Warehouse(str(tmp_path / "file" / "hltv.duckdb"), wait=0).connect(),
    ):
        pass


def test_while_another_thread_holds_the_file_opening_waits_and_then_says_so(file_warehouse: Warehouse) -> None:
    with file_warehouse.connect():
        pass
    short_of_patience = Warehouse(file_warehouse.place, wait=0.1)
    with duckdb.connect() as another:
        # So it is for a moment, too, when one thread opens the file while another one closes it.
        another.execute(f"ATTACH '{file_warehouse.place}' AS held")
        with pytest.raises(WarehouseBusyError, match="held by another thread"), short_of_patience.connect():
            pass
    with short_of_patience.connect() as connection:
        assert connection.execute("FROM site_state").fetchall() == []


def test_rows_are_written_on_one_thread(file_warehouse: Warehouse) -> None:
    written_on = file_warehouse.write(
        lambda connection: connection.execute("SELECT current_setting('threads')").fetchone()
    )
    assert written_on == (1,)
