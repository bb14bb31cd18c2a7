"""The pace at which a site is asked: never more than one start in a while, whoever asks on this machine.

The time of the latest start lies in a file, under a lock of the operating system, so that threads, runs and
processes share one pace. Whoever wants to ask books the next free start and waits for it outside of the lock: a
process that is killed blocks nobody, it only wastes the start that it booked.
"""

import asyncio
import random
import time
from pathlib import Path

from filelock import FileLock

_JITTER = 0.05  # of the delay, at the most
_LONGEST_QUEUE = 3_600.0  # seconds
_LOCK = "pace.lock"
_LATEST = "latest-start"


class Pace:
    """One start in `delay` seconds, plus up to 5 % of it, kept in a folder of this machine."""

    def __init__(self, folder: Path, delay: float) -> None:
        self._folder = folder
        self._delay = delay

    async def wait_for_turn(self) -> None:
        """Return when the next request may start."""
        if self._delay > 0:
            start = await asyncio.to_thread(self.book)
            await asyncio.sleep(max(0.0, start - time.time()))

    def book(self) -> float:
        """Book the next free start and return its time (seconds since 1970); raises `OSError` if it cannot be kept.

        A booked time so far ahead that no queue explains it (the clock was set back) counts as none.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / _LOCK):
            now = time.time()
            latest = self._latest()
            gap = self._delay * (1 + random.uniform(0, _JITTER))  # noqa: S311 - to be irregular, not secret
            start = max(now, latest + gap) if latest <= now + _LONGEST_QUEUE else now + gap
            (self._folder / _LATEST).write_text(repr(start))
            return start

    def _latest(self) -> float:
        try:
            return float((self._folder / _LATEST).read_text())
        except (FileNotFoundError, ValueError):
            return 0.0
