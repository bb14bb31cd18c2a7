"""The warehouse in a DuckDB file, which one process holds at a time: others wait their turn."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from hltv_assets.warehouse.connection import Connection, Result, in_transaction
from hltv_assets.warehouse.errors import WarehouseBusyError, WarehouseError
from hltv_assets.warehouse.schema.migration import apply_schema, file_form

_HELD_BY_A_PROCESS = "Could not set lock on file"
_HELD_BY_A_THREAD = "Unique file handle conflict"  # while it opens or closes the file; open twice it is one database
_MAX_PAUSE = 1.0  # seconds between two tries
_CHUNK = 2**22  # bytes


class FileWarehouse:
    """The DuckDB file at `place`; `wait` is how many seconds to wait while another process holds it."""

    def __init__(self, place: str, *, wait: float) -> None:
        self.place = place
        self.wait = wait

    @property
    def snapshot(self) -> Path:
        """The file of the copy for readers."""
        path = Path(self.place)
        return path.with_stem(f"{path.stem}-snapshot")

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Open a connection, on tables that exist and have their current form.

        Raises `WarehouseBusyError` if another process still holds the file after the wait, `WarehouseError` if it
        cannot be opened or was made by a newer version.
        """
        connection = self._open()
        try:
            apply_schema(connection, file_form())
            yield connection
        finally:
            connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a connection for one transaction: all of it is written at the end, or nothing if anything is raised."""
        with self.connect() as connection, in_transaction(connection):
            yield connection

    def is_there(self) -> bool:
        """Return whether there is a warehouse already, even without rows."""
        return Path(self.place).exists()

    def copy_to(self, file: Path) -> None:
        """Copy the warehouse as it is at one moment to a DuckDB file, whose time is that of the last writing.

        Raises `WarehouseBusyError` if another process still holds it after the wait, `WarehouseError` if there is none.
        """
        if not self.is_there():
            raise WarehouseError(f"there is no warehouse {self.place} yet: run `hltv-assets sync` first")
        # Closing a file ends all locks that the process has on it, DuckDB's too (POSIX says so): the source is closed
        # last.
        with Path(self.place).open("rb") as source, file.open("wb") as copy:
            with self.connect() as connection:
                connection.execute("CHECKPOINT")
                shutil.copyfileobj(source, copy, _CHUNK)
                written_at = os.fstat(source.fileno()).st_mtime_ns
            copy.flush()
            os.fsync(copy.fileno())
        os.utime(file, ns=(written_at, written_at))

    def is_same_as(self, file: Path) -> bool:
        """Return whether a copy contains everything that was written since, without opening either."""
        try:
            own, copy = Path(self.place).stat(), file.stat()
        except FileNotFoundError:
            return False
        return not self._log.exists() and (own.st_size, own.st_mtime_ns) == (copy.st_size, copy.st_mtime_ns)

    def check_is_not_there(self) -> None:
        """Raise `WarehouseError` if there is a warehouse, or the log of one, which DuckDB would play into the next."""
        if self.is_there() or self._log.exists():
            raise self._there_already()

    def adopt_file(self, file: Path) -> None:
        """Move a DuckDB file into place; raises `WarehouseError` if there is a warehouse, which stays as it is."""
        self.check_is_not_there()
        try:
            os.link(file, self.place)  # unlike a renaming, it overwrites nothing that came in between
        except FileExistsError:
            raise self._there_already() from None
        except OSError:  # a file system without hard links
            file.rename(self.place)
        else:
            file.unlink()

    @property
    def _log(self) -> Path:
        """What a killed process wrote, until somebody opens the warehouse."""
        return Path(f"{self.place}.wal")

    def _there_already(self) -> WarehouseError:
        return WarehouseError(
            f"{self.place} already exists, or its log {self._log}: a warehouse is never overwritten; "
            "move both away, and start again"
        )

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Do something in a transaction and return its result; it may be done again, so it must not do more."""
        with self.connect() as connection:
            # Rows of pages are few: several threads take as long for them, and a third more processor time.
            connection.execute("SET threads = 1")
            with in_transaction(connection):
                return work(connection)

    def _open(self) -> Connection:
        tries = Retrying(
            retry=retry_if_exception(_is_held),
            stop=stop_after_delay(self.wait),
            wait=wait_random_exponential(multiplier=0.05, max=_MAX_PAUSE),
            reraise=True,
        )
        try:
            Path(self.place).parent.mkdir(parents=True, exist_ok=True)
            return tries(duckdb.connect, self.place)
        except (duckdb.Error, OSError) as error:
            if not _is_held(error):
                raise WarehouseError(f"cannot open the warehouse {self.place}: {_first_line(error)}") from None
            raise WarehouseBusyError(
                f"the warehouse {self.place} is still held by another {_holder(error)} after {self.wait:g} s; "
                "close it there, or raise HLTV_LOCK_WAIT"
            ) from None


def _is_held(error: BaseException) -> bool:
    words = str(error)
    return isinstance(error, duckdb.Error) and (_HELD_BY_A_PROCESS in words or _HELD_BY_A_THREAD in words)


def _holder(error: BaseException) -> str:
    """DuckDB's own words on who holds the file: `Conflicting lock is held in /usr/bin/python3 (PID 42)`."""
    if _HELD_BY_A_THREAD in str(error):
        return "thread of this process"
    _, _, rest = _first_line(error).partition("Conflicting lock is held in ")
    return f"process: {rest.split('. ')[0] or 'DuckDB does not say by which'}"


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
