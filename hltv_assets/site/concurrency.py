"""How many requests may be under way at once, whoever makes them on this machine.

A slot is a lock of the operating system: a killed process gives its slots back.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from hltv_assets.site.state_store import lock_of

_POLL = 0.02  # seconds between two looks for a free slot


class Slots:
    """At most `count` requests at once, among all that share a folder."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._count = count

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Hold a slot for the time of the block, after waiting for one; raises `OSError` if none can be held."""
        while (slot := self._free_slot()) is None:
            await asyncio.sleep(_POLL * random.uniform(0.5, 1.5))  # noqa: S311 - irregular, not secret
        try:
            yield
        finally:
            slot.release()

    def _free_slot(self) -> FileLock | None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, self._count + 1):
            slot = lock_of(self._folder / f"request-{number}.lock")
            try:
                slot.acquire(blocking=False)
            except Timeout:
                continue
            return slot
        return None
