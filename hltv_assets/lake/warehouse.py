"""The warehouse in DuckLake: tables in Parquet files, their catalogue in Postgres; many processes write at once.

DuckLake notices when two transactions change the same rows, but not when they insert the same key. So what decides over
more than its own batch (`transaction`) has its turn alone, and what writes the pages of a batch (`write`) goes side by
side with its like, each batch under its own lock, and is done again if it met another. Readers never wait.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files as package_files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import duckdb
import msgspec
import psycopg2
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from hltv_assets.lake.advisory_lock import LockHeldError, exclusive_lock, shared_lock
from hltv_assets.warehouse.connection import Connection, Result, in_transaction
from hltv_assets.warehouse.copying import copy_tables
from hltv_assets.warehouse.errors import WarehouseBusyError, WarehouseError
from hltv_assets.warehouse.file_warehouse import FileWarehouse
from hltv_assets.warehouse.quoting import quoted
from hltv_assets.warehouse.schema.migration import apply_schema, is_applied, lake_form
from hltv_assets.warehouse.schema.tables import TABLES

if TYPE_CHECKING:
    from botocore.session import Session

_TURN = "hltv_assets.warehouse"
_EXTENSIONS = ("ducklake", "postgres_scanner", "httpfs")
_BUCKET = "s3://"
_MAX_PAUSE = 1.0  # seconds between two tries


class Tidied(msgspec.Struct, frozen=True, kw_only=True):
    """How many files were merged or written anew, into how many, and how many were removed."""

    merged: int
    written: int
    removed: int


class LakeWarehouse:
    """The lake whose catalogue is in the database at `address`, as libpq names it.

    `files` is the folder or URL of its Parquet files, `snapshot` the file for a copy of it, `wait` how many seconds to
    wait for others who write.
    """

    def __init__(self, address: str, *, files: str, snapshot: Path, wait: float) -> None:
        self.place = f"ducklake:postgres:{address}"
        self.wait = wait
        self.address = address
        self.files = files
        self._snapshot = snapshot

    @property
    def snapshot(self) -> Path:
        """The file of a copy for readers without DuckLake."""
        return self._snapshot

    def is_there(self) -> bool:
        """Return whether the lake has rows."""
        with self.connect() as connection:
            return any(connection.execute(f"FROM {table.name} LIMIT 1").fetchone() for table in TABLES)

    def copy_to(self, file: Path) -> None:
        """Copy the lake as it is at one moment to a DuckDB file, whose time is that of the last writing.

        Raises `WarehouseError` if there are no rows.
        """
        if not self.is_there():
            raise WarehouseError(f"there is nothing in the warehouse {self.place} yet: run `hltv-assets sync` first")
        file.unlink(missing_ok=True)
        written_at = self._written_at()
        copy_tables(self, FileWarehouse(str(file), wait=self.wait))
        os.utime(file, ns=(written_at, written_at))

    def is_same_as(self, file: Path) -> bool:
        """Return whether a copy is of all that was written since."""
        return file.exists() and file.stat().st_mtime_ns == self._written_at()

    def _written_at(self) -> int:
        with self.connect() as connection:
            row = connection.execute("SELECT epoch_ns(max(snapshot_time)) FROM ducklake_snapshots('hltv')").fetchone()
        return int(row[0]) if row else 0

    def check_is_not_there(self) -> None:
        """Raise `WarehouseError` if the lake has rows."""
        if self.is_there():
            raise WarehouseError(
                f"{self.place} already has rows, and is never overwritten: choose another, or empty it"
            )

    def adopt_file(self, file: Path) -> None:
        """Move all rows of a DuckDB file here; raises `WarehouseError` if the lake has rows."""
        copy_tables(FileWarehouse(str(file), wait=self.wait), self)
        file.unlink()

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Open a connection, on tables that exist and have their current form.

        Raises `WarehouseError` if the catalogue or the files cannot be reached, or were made by a newer version.
        """
        connection = self._cursor()
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a connection for one transaction while nobody else writes.

        Raises `WarehouseBusyError` if others still write after the wait.
        """
        with self.connect() as connection, self._turn(exclusive_lock), in_transaction(connection):
            yield connection

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Do something in a transaction, side by side with others who write; do it again if it met one of them.

        Raises `WarehouseBusyError` if it still meets others after the wait.
        """
        again = Retrying(
            retry=retry_if_exception_type(duckdb.TransactionException),
            stop=stop_after_delay(self.wait),
            wait=wait_random_exponential(multiplier=0.05, max=_MAX_PAUSE),
            reraise=True,
        )

        def once(connection: Connection) -> Result:
            with in_transaction(connection):
                return work(connection)

        with self.connect() as connection, self._turn(shared_lock):
            try:
                return again(once, connection)
            except duckdb.TransactionException as error:
                raise WarehouseBusyError(
                    f"others still change the same rows of {self.place} after {self.wait:g} s: {_first_line(error)}"
                ) from None

    def tidy(self, keep: timedelta) -> Tidied:
        """Merge small files, write anew those with many deleted rows, and remove what only states before `keep` need.

        Raises `WarehouseBusyError` if others still write after the wait.
        """
        before = f"now() - INTERVAL {round(keep.total_seconds())} SECOND"
        with self.connect() as connection, self._turn(exclusive_lock):
            connection.execute("CALL ducklake_flush_inlined_data('hltv')")
            changes = [
                connection.execute(
                    f"SELECT sum(files_processed), sum(files_created) FROM {function}('hltv')"
                ).fetchone()
                for function in ("ducklake_rewrite_data_files", "ducklake_merge_adjacent_files")
            ]
            connection.execute(f"CALL ducklake_expire_snapshots('hltv', older_than => {before})")
            removed = connection.execute(f"CALL ducklake_cleanup_old_files('hltv', older_than => {before})").fetchall()
            # What a killed writer left; one that still writes is younger.
            lost = connection.execute(f"CALL ducklake_delete_orphaned_files('hltv', older_than => {before})").fetchall()
        merged, written = (sum(change[side] or 0 for change in changes if change) for side in (0, 1))
        return Tidied(merged=int(merged), written=int(written), removed=len(removed) + len(lost))

    @contextmanager
    def _turn(self, lock: Callable[..., AbstractContextManager[None]]) -> Iterator[None]:
        try:
            with lock(self.address, _TURN, wait=self.wait):
                yield
        except LockHeldError:
            raise WarehouseBusyError(
                f"others still write to {self.place} after {self.wait:g} s; try again later, or raise HLTV_LOCK_WAIT"
            ) from None
        except psycopg2.OperationalError as error:
            raise WarehouseError(f"cannot reach the catalogue of {self.place}: {_first_line(error)}") from None

    def _cursor(self) -> Connection:
        try:
            return self._ready()
        except duckdb.Error:
            # Postgres was restarted, say: DuckDB's connections to it are gone.
            _attached.cache_clear()
        try:
            return self._ready()
        except duckdb.Error as error:
            raise WarehouseError(f"cannot open the warehouse {self.place}: {_first_line(error)}") from None

    def _ready(self) -> Connection:
        connection = _attached(self.place, self.files, os.getpid()).cursor()
        connection.execute("USE hltv")
        if self.files.startswith(_BUCKET):
            connection.execute(s3_secret())  # keys may expire
        form = lake_form()
        if not is_applied(connection, form):
            with self._turn(exclusive_lock):
                apply_schema(connection, form)
        return connection


@lru_cache
def _attached(place: str, files: str, process: int) -> Connection:
    """A DuckDB with the lake attached, one per process: loading and attaching takes half a second, a cursor nothing."""
    del process  # a fork must not share it
    connection = duckdb.connect()
    load_extensions(connection)
    if files.startswith(_BUCKET):
        connection.execute(s3_secret())
    connection.execute(f"ATTACH {quoted(place)} AS hltv (DATA_PATH {quoted(files.rstrip('/') + '/')})")
    return connection


def s3_secret() -> str:
    """Return the statement that tells DuckDB the server and the keys of buckets, where the archive has them from, too.

    That is from the variables and files of AWS (`AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`, ...), as botocore finds them.
    """
    session = _aws()
    keys, client = session.get_credentials(), session.create_client("s3")
    server = urlsplit(client.meta.endpoint_url)
    values = {
        "REGION": client.meta.region_name,
        "ENDPOINT": server.netloc,
        "USE_SSL": server.scheme == "https",
        "URL_STYLE": "path",
    }
    if keys:
        frozen = keys.get_frozen_credentials()
        values |= {"KEY_ID": frozen.access_key, "SECRET": frozen.secret_key, "SESSION_TOKEN": frozen.token}
    said = ", ".join(f"{name} {quoted(str(value))}" for name, value in values.items() if value is not None)
    return f"CREATE OR REPLACE SECRET buckets (TYPE s3, {said})"


@lru_cache
def _aws() -> "Session":
    import botocore.session

    return botocore.session.get_session()


def load_extensions(connection: Connection) -> None:
    """Load what DuckDB needs for a lake: from wheels, or where there are none, as DuckDB itself installs it."""
    for name in _EXTENSIONS:
        package = f"duckdb_extension_{name}"
        if find_spec(package):
            file = package_files(package) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
            connection.execute(f"LOAD {quoted(str(file))}")
        else:
            connection.execute(f"INSTALL {name}; LOAD {name}")


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
