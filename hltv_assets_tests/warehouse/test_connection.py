"""Connections are short, always closed, and transactions whole."""

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.errors import WarehouseBusyError, WarehouseError
from hltv_assets.warehouse.file_warehouse import FileWarehouse

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
    with pytest.raises(WarehouseError) as raised, FileWarehouse(str(file), wait=0).connect():
        pass
    assert str(file) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_folder_that_cannot_be_made_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(WarehouseError, match="cannot open the warehouse"),
        FileWarehouse(str(tmp_path / "file" / "hltv.duckdb"), wait=0).connect(),
    ):
        pass


def test_while_another_thread_holds_the_file_opening_waits_and_then_says_so(file_warehouse: Warehouse) -> None:
    short_of_patience = FileWarehouse(file_warehouse.place, wait=0.1)
    with duckdb.connect() as another:
        # So it is for a moment, too, when one thread opens the file while another one closes it.
        another.execute(f"ATTACH '{file_warehouse.place}' AS held")
        with pytest.raises(WarehouseBusyError, match="held by another thread"), short_of_patience.connect():
            pass
    with file_warehouse.connect() as connection:
        assert connection.execute("FROM site_state").fetchall() == []


def test_rows_are_written_on_one_thread(file_warehouse: Warehouse) -> None:
    written_on = file_warehouse.write(
        lambda connection: connection.execute("SELECT current_setting('threads')").fetchone()
    )
    assert written_on == (1,)


# Becoming what another file holds


KILLED_WRITER = """
import duckdb, os, sys

with duckdb.connect(sys.argv[1]) as connection:
    connection.execute("INSERT INTO matches (match_id) VALUES (1)")
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def aside(tmp_path: Path, file_without_rows: Path) -> Path:
    """A file with a match, made beside the place of a warehouse."""
    file = shutil.copyfile(file_without_rows, tmp_path / "aside.duckdb")
    with FileWarehouse(str(file), wait=120).connect() as connection:
        connection.execute("INSERT INTO matches (match_id) VALUES (7)")
    return file


def matches_in(warehouse: Warehouse) -> list[tuple[int]]:
    with warehouse.connect() as connection:
        return connection.execute("SELECT match_id FROM matches").fetchall()


def test_what_is_made_aside_takes_the_place_of_nothing(aside: Path, new_file_warehouse: Warehouse) -> None:
    warehouse = new_file_warehouse
    Path(warehouse.place).parent.mkdir()
    warehouse.check_is_not_there()
    warehouse.adopt_file(aside)
    assert not aside.exists()
    assert matches_in(warehouse) == [(7,)]


def test_a_warehouse_that_came_in_between_is_not_overwritten(aside: Path, file_warehouse: Warehouse) -> None:
    with file_warehouse.connect() as connection:
        connection.execute("INSERT INTO matches (match_id) VALUES (1)")
    with pytest.raises(WarehouseError, match="never overwritten"):
        file_warehouse.adopt_file(aside)
    assert aside.exists()
    assert matches_in(file_warehouse) == [(1,)]


@pytest.mark.kill
def test_the_log_of_a_killed_process_is_not_played_into_another_warehouse(
    aside: Path, file_warehouse: Warehouse
) -> None:
    warehouse = file_warehouse
    subprocess.run([sys.executable, "-c", KILLED_WRITER, warehouse.place], check=False)
    Path(warehouse.place).unlink()
    log = Path(f"{warehouse.place}.wal")
    assert log.exists()
    for refused in (warehouse.check_is_not_there, lambda: warehouse.adopt_file(aside)):
        with pytest.raises(WarehouseError, match=r"hltv\.duckdb\.wal"):
            refused()
    log.unlink()
    warehouse.adopt_file(aside)
    assert matches_in(warehouse) == [(7,)]
