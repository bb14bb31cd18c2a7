"""Readers have a copy of their own: whole at any time, replaced while they read, never in the way of a run."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from hltv_assets.warehouse.connection import Warehouse
from hltv_assets.warehouse.errors import WarehouseBusyError, WarehouseError
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.snapshot import publish_snapshot, snapshot_state

INSERT = "INSERT INTO site_state (host) VALUES (?)"

# Opens the snapshot, and prints the hosts each time that a line comes in.
READER = """
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    for line in sys.stdin:
        rows = connection.execute("SELECT host FROM site_state ORDER BY host").fetchall()
        print(*(row[0] for row in rows), flush=True)
"""
# How often a snapshot is published while it is read.
PUBLISHED = 12
# Opens the snapshot again and again, and says how many rows it had each time.
RESTLESS = """
import duckdb, sys
print("reading", flush=True)
seen = []
while not seen or seen[-1] < int(sys.argv[2]):
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        seen.append(connection.execute("SELECT count(*) FROM site_state").fetchone()[0])
print(*seen, flush=True)
"""


def write(warehouse: Warehouse, host: str) -> None:
    with warehouse.transaction() as connection:
        connection.execute(INSERT, [host])


def snapshot_of(warehouse: Warehouse) -> str:
    return str(warehouse.snapshot)


def hosts_in(path: str) -> list[str]:
    """The hosts in a snapshot, as a reader finds them who opens it now."""
    with duckdb.connect(path, read_only=True) as connection:
        return [row[0] for row in connection.execute("SELECT host FROM site_state ORDER BY host").fetchall()]


@contextmanager
def reader(path: str) -> Iterator[subprocess.Popen[str]]:
    """A process that opens the snapshot, and keeps it open."""
    command = [sys.executable, "-c", READER, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def what_it_reads(process: subprocess.Popen[str]) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("again\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_a_snapshot_has_every_table_view_and_row_of_the_warehouse(warehouse: Warehouse) -> None:
    write(warehouse, "a.invalid")
    assert publish_snapshot(warehouse)
    everything = "SELECT table_name, table_type FROM information_schema.tables ORDER BY ALL"
    with warehouse.connect() as connection, duckdb.connect(snapshot_of(warehouse), read_only=True) as copy:
        assert copy.execute(everything).fetchall() == connection.execute(everything).fetchall()
        assert copy.execute("FROM site_state").fetchall() == connection.execute("FROM site_state").fetchall()
        assert copy.execute("FROM pending_maps").fetchall() == []


def test_nothing_is_copied_until_something_is_written(warehouse: Warehouse) -> None:
    write(warehouse, "a.invalid")
    assert publish_snapshot(warehouse)
    first = warehouse.snapshot.stat()
    with warehouse.transaction() as connection:
        connection.execute("DELETE FROM site_state WHERE host = 'unknown.invalid'")
    assert snapshot_state(warehouse).is_current
    assert not publish_snapshot(warehouse)
    assert warehouse.snapshot.stat() == first
    write(warehouse, "b.invalid")
    assert not snapshot_state(warehouse).is_current
    assert publish_snapshot(warehouse)
    assert hosts_in(snapshot_of(warehouse)) == ["a.invalid", "b.invalid"]


def test_what_a_killed_process_left_in_the_log_counts_as_written(file_warehouse: Warehouse) -> None:
    write(file_warehouse, "a.invalid")
    publish_snapshot(file_warehouse)
    code = "import duckdb, os, signal, sys; c = duckdb.connect(sys.argv[1]); c.execute(sys.argv[2], ['b.invalid']);"
    subprocess.run([sys.executable, "-c", f"{code} os.kill(os.getpid(), 9)", file_warehouse.place, INSERT], check=False)
    assert not snapshot_state(file_warehouse).is_current
    assert publish_snapshot(file_warehouse)
    assert hosts_in(snapshot_of(file_warehouse)) == ["a.invalid", "b.invalid"]


def test_a_reader_keeps_the_copy_that_it_has_open_and_a_new_one_gets_the_new(warehouse: Warehouse) -> None:
    write(warehouse, "a.invalid")
    publish_snapshot(warehouse)
    with reader(snapshot_of(warehouse)) as process:
        assert what_it_reads(process) == "a.invalid"
        write(warehouse, "b.invalid")
        assert publish_snapshot(warehouse)
        assert what_it_reads(process) == "a.invalid"
        assert hosts_in(snapshot_of(warehouse)) == ["a.invalid", "b.invalid"]


def test_a_reader_who_opens_it_all_the_time_never_sees_half_a_file(file_warehouse: Warehouse) -> None:
    write(file_warehouse, "00.invalid")
    publish_snapshot(file_warehouse)
    command = [sys.executable, "-c", RESTLESS, snapshot_of(file_warehouse), str(PUBLISHED)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "reading\n"
        for number in range(1, PUBLISHED):
            write(file_warehouse, f"{number:02}.invalid")
            assert publish_snapshot(file_warehouse)
        seen = [int(count) for count in process.stdout.read().split()]
    assert process.returncode == 0
    assert seen == sorted(seen)
    assert seen[-1] == PUBLISHED


def test_nobody_can_write_while_the_copy_is_made(file_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    write(file_warehouse, "a.invalid")
    publish_snapshot(file_warehouse)
    write(file_warehouse, "b.invalid")
    said = []
    copy = shutil.copyfileobj

    def copy_and_try_to_write(*arguments: Any) -> None:
        copy(*arguments)
        code = "import duckdb, sys; duckdb.connect(sys.argv[1])"
        done = subprocess.run(
            [sys.executable, "-c", code, file_warehouse.place], capture_output=True, text=True, check=False
        )
        said.append(done.stderr)

    monkeypatch.setattr("shutil.copyfileobj", copy_and_try_to_write)
    assert publish_snapshot(file_warehouse)
    assert "Could not set lock" in said[0]


def test_a_snapshot_cannot_be_written_to_by_mistake(warehouse: Warehouse) -> None:
    write(warehouse, "a.invalid")
    publish_snapshot(warehouse)
    assert warehouse.snapshot.stat().st_mode & 0o222 == 0


def test_while_another_process_holds_the_warehouse_publishing_waits_and_then_says_so(file_warehouse: Warehouse) -> None:
    write(file_warehouse, "a.invalid")
    publish_snapshot(file_warehouse)
    write(file_warehouse, "b.invalid")
    held = FileWarehouse(file_warehouse.place, wait=0.1)
    with reader(file_warehouse.place) as process:
        assert what_it_reads(process) == "a.invalid b.invalid"
        with pytest.raises(WarehouseBusyError, match="held by another process"):
            publish_snapshot(held)
    assert hosts_in(snapshot_of(file_warehouse)) == ["a.invalid"]
    assert publish_snapshot(file_warehouse)


def test_without_a_warehouse_there_is_nothing_to_publish(new_warehouse: Warehouse) -> None:
    assert snapshot_state(new_warehouse).is_current
    with pytest.raises(WarehouseError, match="hltv-assets sync"):
        publish_snapshot(new_warehouse)
    assert not new_warehouse.snapshot.exists()
    assert not new_warehouse.is_there()


@pytest.mark.kill
def test_a_publisher_that_is_killed_at_any_line_leaves_the_old_snapshot_or_the_new_one(tmp_path: Path) -> None:
    template = FileWarehouse(str(tmp_path / "template" / "hltv.duckdb"), wait=60)
    write(template, "a.invalid")
    publish_snapshot(template)
    write(template, "b.invalid")
    command = [sys.executable, "-m", "hltv_assets_tests.warehouse.killed_publisher", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = int(done.stdout)
    assert lines > 10
    seen = set()
    for line in range(lines):
        killed = FileWarehouse(str(tmp_path / f"{line:03}" / "hltv.duckdb"), wait=60)
        seen.add(tuple(hosts_in(snapshot_of(killed))))
        publish_snapshot(killed)
        assert hosts_in(snapshot_of(killed)) == ["a.invalid", "b.invalid"]
        assert {file.name for file in (tmp_path / f"{line:03}").iterdir()} <= {
            "hltv.duckdb",
            "hltv-snapshot.duckdb",
            "hltv-snapshot.duckdb.lock",
        }
    assert seen == {("a.invalid",), ("a.invalid", "b.invalid")}
