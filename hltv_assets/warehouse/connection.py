"""The one way to the warehouse: short connections, always closed, on the current schema; a file or a lake."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import duckdb

Connection = duckdb.DuckDBPyConnection
Result = TypeVar("Result")


class Warehouse(Protocol):
    """A store of the tables.

    Every method raises `WarehouseBusyError` if others still hold it after `wait` seconds, and `WarehouseError` if it
    cannot be opened or was made by a newer version.
    """

    place: str
    wait: float

    @property
    def snapshot(self) -> Path:
        """The file of the copy for readers."""

    def connect(self) -> AbstractContextManager[Connection]:
        """Open a connection, on tables that exist and have their current form; within another one it costs little."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """Open a connection for one transaction: all of it is written at the end, or nothing if anything is raised."""

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Do something in a transaction and return its result; it may be done again, so it must not do more."""

    def is_there(self) -> bool:
        """Return whether there is a warehouse that must not be overwritten."""

    def check_is_not_there(self) -> None:
        """Raise `WarehouseError` if there is a warehouse that must not be overwritten."""

    def copy_to(self, file: Path) -> None:
        """Copy the warehouse as it is at one moment to a DuckDB file, whose time is that of the last writing.

        Raises `WarehouseError` if there is none.
        """

    def is_same_as(self, file: Path) -> bool:
        """Return whether a copy contains everything that was written since."""

    def adopt_file(self, file: Path) -> None:
        """Move the content of a DuckDB file here; raises `WarehouseError` if there is a warehouse already."""


@contextmanager
def in_transaction(connection: Connection) -> Iterator[None]:
    """Commit in the end what is done meanwhile, or roll it back if anything is raised."""
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
