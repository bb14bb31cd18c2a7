"""One run at a time for a batch, whatever machine it is on: a lock of Postgres, which dies with its connection."""

from collections.abc import Iterator
from contextlib import contextmanager

from hltv_assets.lake.advisory_lock import LockHeldError, exclusive_lock
from hltv_assets.warehouse.batch_lock import BatchBusyError


class LakeBatchLocks:
    """Locks in a database, as libpq names it; `wait` is in seconds."""

    def __init__(self, address: str, *, wait: float) -> None:
        self._address = address
        self._wait = wait

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Hold the lock of a batch; raises `BatchBusyError` if another run still holds it after the wait."""
        try:
            with exclusive_lock(self._address, f"hltv_assets.batch.{name}", wait=self._wait):
                yield
        except LockHeldError:
            raise BatchBusyError(name, self._wait) from None
