"""The one way to the DuckDB file: short connections that wait their turn, always closed, on the present schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from hltv_assets.warehouse.errors import WarehouseBusyError, WarehouseError
from hltv_assets.warehouse.migration import apply_schema

Connection = duckdb.DuckDBPyConnection

_HELD = "Could not set lock on file"
_LONGEST_PAUSE = 1.0  # seconds between two tries


class Warehouse:
    """The DuckDB file at `path`; `wait` is how many seconds to wait while another process holds it."""

    def __init__(self, path: str, *, wait: float) -> None:
        self.path = path
        self.wait = wait

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Open a connection, on tables that exist and have their present form.

        Raises `WarehouseBusyError` if another process still holds the file after the wait, `WarehouseError` if it
        cannot be opened or was made by a newer version.
        """
        connection = self._open()
        try:
            apply_schema(connection)
            yield connection
        finally:
            connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a connection for one transaction: all of it is written at the end, or nothing if anything is raised."""
        with self.connect() as connection:
            connection.begin()
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def _open(self) -> Connection:
        tries = Retrying(
            retry=retry_if_exception(_is_held_by_another),
            stop=stop_after_delay(self.wait),
            wait=wait_random_exponential(multiplier=0.05, max=_LONGEST_PAUSE),
            reraise=True,
        )
        try:
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            return tries(duckdb.connect, self.path)
        except duckdb.IOException as error:
            if not _is_held_by_another(error):
                raise WarehouseError(f"cannot open the warehouse {self.path}: {_first_line(error)}") from None
            raise WarehouseBusyError(
                f"the warehouse {self.path} is held by another process, still after {self.wait:g} s: "
                f"{_holder(error)}; close it there, or raise HLTV_LOCK_WAIT"
            ) from None
        except (duckdb.Error, OSError) as error:
            raise WarehouseError(f"cannot open the warehouse {self.path}: {_first_line(error)}") from None


def _is_held_by_another(error: BaseException) -> bool:
    return isinstance(error, duckdb.IOException) and _HELD in str(error)


def _holder(error: duckdb.Error) -> str:
    """DuckDB's own words on who holds the file: `Conflicting lock is held in /usr/bin/python3 (PID 42)`."""
    _, _, rest = _first_line(error).partition("Conflicting lock is held in ")
    return rest.split(". ")[0] or "DuckDB does not say by whom"


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
