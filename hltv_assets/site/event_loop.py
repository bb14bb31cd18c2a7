"""Runs a coroutine in an event loop in another thread, so that a signal in the calling thread always ends the wait.

A signal handler that raises (Ctrl-C, a cancelled run) does so between any two steps of the main thread. In a loop that
runs there, some callback would swallow it. Here the caller only waits, and what must happen whatever interrupts it does
not depend on its own next step: it holds a lock for as long as it wants the result, the interpreter gives that lock
back however the block is left, and another thread, which no signal reaches, then cancels the work. For the same reason
the caller starts the thread and waits for it by single calls that are written in C: `threading.Thread.start`, its
`join` and `Future.result` can be interrupted between two steps that belong together. A call that blocks does not see a
signal that comes just before it, so the caller waits in short intervals.
"""

import asyncio
from _thread import start_new_thread
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from contextvars import Context, copy_context
from math import inf
from threading import Lock, Thread
from time import monotonic
from typing import Any, Generic, TypeVar

_INTERVAL = 0.2  # seconds between two looks for a signal that came at the wrong moment
_MAX_WAIT_FOR_END = 3.0  # seconds after an interruption; Ctrl-C must end a command within five

Result = TypeVar("Result")


def run(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Return what the coroutine returns, or raise what it raises.

    If a signal interrupts the wait, the coroutine is cancelled, and its end is waited for, but not for long. Another
    signal ends this wait, too.
    """
    job = _Job(work)
    try:
        with job.wanted:
            job.start()
            job.wait()
    except BaseException:
        if job.has_begun:  # a thread that has not will find that it is not wanted
            job.wait(_MAX_WAIT_FOR_END)
        raise
    return job.result.result()


class _Job(Generic[Result]):
    """A coroutine, the thread that runs it, and whether anybody still waits for it."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> None:
        self._work = work
        self._unfinished = Lock()  # held until the result is there
        self._unfinished.acquire()
        self.wanted = Lock()  # held by the caller while it wants the result
        self.has_begun = False
        self.result: Future[Result] = Future()

    def start(self) -> None:
        """Start a thread that does not keep the process from ending.

        It is one of `threading`, which profilers and coverage can follow, so another thread has to start it.
        """
        start_new_thread(self._start_thread, (copy_context(),))

    def _start_thread(self, context: Context) -> None:
        try:
            Thread(target=context.run, args=(self._run,), daemon=True).start()
        except RuntimeError as error:  # the system has no more threads to give
            self.result.set_exception(error)
            self._unfinished.release()

    def wait(self, max_seconds: float = inf) -> None:
        """Wait until the result is there, or will never be."""
        until = monotonic() + max_seconds
        while not self.result.done() and monotonic() < until:
            self._unfinished.acquire(timeout=_INTERVAL)

    def _run(self) -> None:
        self.has_begun = True
        if not self.wanted.locked():
            self.result.cancel()
            return
        try:
            self.result.set_result(asyncio.run(self._while_wanted()))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised in the calling thread
            self.result.set_exception(error)
        finally:
            self._unfinished.release()

    async def _while_wanted(self) -> Result:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def cancel_when_unwanted() -> None:
            with self.wanted, suppress(RuntimeError):  # the loop is closed, the task has ended
                if task is not None:
                    loop.call_soon_threadsafe(task.cancel)

        Thread(target=cancel_when_unwanted, daemon=True).start()
        return await self._work()
