"""One run at a time for a batch: on one machine a lock of the operating system, which dies with its process."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from hltv_assets.warehouse.errors import WarehouseError


class BatchBusyError(WarehouseError):
    """Another run works on the same batch, and did not finish within `wait` seconds."""

    def __init__(self, name: str, wait: float) -> None:
        super().__init__(f"another run still works on {name} after {wait:g} s; wait for it, then run this one again")


class BatchLocks(Protocol):
    """The locks of all batches."""

    def hold(self, name: str) -> AbstractContextManager[None]:
        """Hold the lock of a batch; raises `BatchBusyError` if another run still holds it after the wait."""


class FileBatchLocks:
    """Locks that are files in a folder on this machine; `wait` is in seconds."""

    def __init__(self, folder: Path, *, wait: float) -> None:
        self._folder = folder
        self._wait = wait

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Hold the lock of a batch; raises `BatchBusyError` if another run still holds it after the wait."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self._folder / f"{name}.lock", timeout=self._wait):
                yield
        except Timeout:
            raise BatchBusyError(name, self._wait) from None
