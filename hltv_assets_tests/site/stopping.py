"""How tests stop a fetch: by a signal that raises, at a moment of their choice."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class StoppedByHandError(BaseException):
    """What a signal raises in a run of Dagster: like `KeyboardInterrupt`, not an `Exception`."""


@contextmanager
def stoppable() -> Iterator[Callable[[], None]]:
    """Let a signal raise `StoppedByHandError` in the main thread; yields what sends it and waits until it is raised."""
    is_raised = threading.Event()

    def stop(*_: object) -> None:
        is_raised.set()
        raise StoppedByHandError

    def send() -> None:
        is_raised.clear()
        os.kill(os.getpid(), signal.SIGUSR1)
        assert is_raised.wait(60)

    before = signal.signal(signal.SIGUSR1, stop)
    try:
        yield send
    finally:
        signal.signal(signal.SIGUSR1, before)


class _SlowToStart(asyncio.DefaultEventLoopPolicy):
    def __init__(self, before_a_loop: Callable[[], None]) -> None:
        super().__init__()
        self._before_a_loop = before_a_loop

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        self._before_a_loop()
        return super().new_event_loop()


@contextmanager
def loops_made_after(act: Callable[[], None]) -> Iterator[None]:
    """Let every event loop be made only after this has returned."""
    before = asyncio.get_event_loop_policy()
    asyncio.set_event_loop_policy(_SlowToStart(act))
    try:
        yield
    finally:
        asyncio.set_event_loop_policy(before)
