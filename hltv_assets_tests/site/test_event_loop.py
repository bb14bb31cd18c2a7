"""The event loop in a thread of its own: what it runs, and that no signal hangs it, is swallowed or leaves it on."""

import asyncio
import inspect
import linecache
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextvars import ContextVar
from itertools import count
from types import FrameType
from typing import Any

import pytest

from hltv_assets.site import event_loop
from hltv_assets_tests.site.stopping import StoppedByHandError, loops_made_after, stoppable
from testkit.asking import AT_MOST

# A hang is a failure in seconds; nothing here takes one.
pytestmark = pytest.mark.timeout(60)

Trace = Callable[[FrameType, str, Any], Any]


class _AgainError(BaseException):
    """What the second signal raises."""


class _Work:
    """A coroutine that ends when it is let go, and remembers whether it began and how it ended."""

    def __init__(self, *, is_endless: bool = False) -> None:
        self._is_endless = is_endless
        self.begun = threading.Event()
        self.ended = threading.Event()
        self.was_cancelled = False

    async def __call__(self) -> str:
        self.begun.set()
        try:
            if self._is_endless:
                await asyncio.Event().wait()
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        finally:
            self.ended.set()
        return "done"


@pytest.fixture(autouse=True)
def _signals_raise() -> Iterator[None]:
    """Let SIGUSR1 raise what stops a run, and SIGUSR2 another error."""

    def stop(*_: object) -> None:
        raise StoppedByHandError

    def stop_again(*_: object) -> None:
        raise _AgainError

    before = {number: signal.signal(number, stop) for number in (signal.SIGUSR1, signal.SIGUSR2)}
    signal.signal(signal.SIGUSR2, stop_again)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def tracing() -> Iterator[Callable[[Trace | None], None]]:
    """How to trace this thread; what traced it before, a debugger or coverage, does so again after the test."""
    before = sys.gettrace()
    yield sys.settrace
    sys.settrace(before)


def _send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


# What it runs


def test_what_the_coroutine_returns_or_raises_is_returned_or_raised() -> None:
    async def fail() -> None:
        raise ExceptionGroup("two", [KeyError(1), KeyError(2)])

    assert event_loop.run(_Work()) == "done"
    with pytest.raises(ExceptionGroup, match="two") as raised:
        event_loop.run(fail)
    assert len(raised.value.exceptions) == 2


def test_it_runs_in_another_thread_and_sees_the_context_of_the_caller() -> None:
    variable: ContextVar[str] = ContextVar("variable")
    variable.set("of the caller")

    async def look() -> tuple[str, str, bool]:
        return variable.get(), await asyncio.to_thread(variable.get), threading.current_thread().daemon

    async def where() -> int:
        return threading.get_ident()

    assert event_loop.run(look) == ("of the caller", "of the caller", True)
    assert event_loop.run(where) != threading.get_ident()


# Signals


def test_a_signal_while_the_loop_starts_ends_the_wait_and_the_work() -> None:
    work = _Work(is_endless=True)
    with stoppable() as send, loops_made_after(send), pytest.raises(StoppedByHandError):
        event_loop.run(work)
    assert work.was_cancelled


def test_a_signal_while_the_work_is_under_way_cancels_it() -> None:
    work = _Work(is_endless=True)

    async def send_and_go_on() -> str:
        _send(signal.SIGUSR1)
        return await work()

    with pytest.raises(StoppedByHandError):
        event_loop.run(send_and_go_on)
    assert work.was_cancelled
    assert work.ended.is_set(), "its end is waited for"


_FILES = {event_loop.__file__, threading.__file__, inspect.getfile(Future)}


def _raise_at_step(step: int, error: type[BaseException]) -> tuple[Trace, list[int]]:
    """Return a trace that raises before the `step`th line that runs, and a list of the steps so far."""
    steps: list[int] = []

    def trace(frame: FrameType, event: str, _: object) -> Trace | None:
        if frame.f_code.co_filename not in _FILES:
            return None  # what the collector of garbage calls, for one
        # A block is left by its `with` line, too, and between the two no signal is raised.
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        if event == "line" and not line.lstrip().startswith("with "):
            steps.append(frame.f_lineno)
            if len(steps) == step:
                raise error
        return trace

    return trace, steps


def test_a_signal_at_any_step_of_the_caller_is_raised_as_it_is_and_leaves_nothing_running(
    tracing: Callable[[Trace | None], None],
) -> None:
    for step in count(1):
        work = _Work()
        trace, steps = _raise_at_step(step, StoppedByHandError)
        tracing(trace)
        try:
            result = event_loop.run(work)
        except StoppedByHandError:
            assert len(steps) == step
        else:
            assert result == "done"
            assert len(steps) < step
            break
        finally:
            tracing(None)
        assert not work.begun.is_set() or work.ended.wait(AT_MOST)
    assert step > 10, "the lines of `run` and of what it calls"


def test_a_second_signal_at_any_step_of_the_cleanup_ends_it_at_once_and_the_work_all_the_same(
    tracing: Callable[[Trace | None], None],
) -> None:
    for step in count(1):
        work = _Work(is_endless=True)
        trace, steps = _raise_at_step(step, _AgainError)

        def stop(_: int, frame: FrameType | None, trace: Trace = trace) -> None:
            """Raise, and trace what the interrupted frames do then."""
            while frame is not None:
                if frame.f_code is event_loop.run.__code__:
                    frame.f_trace = trace
                frame = frame.f_back
            tracing(trace)
            raise StoppedByHandError

        async def send_and_go_on(work: _Work = work) -> str:
            _send(signal.SIGUSR1)
            return await work()

        signal.signal(signal.SIGUSR1, stop)
        raised: BaseException | None = None
        try:
            event_loop.run(send_and_go_on)
        except (StoppedByHandError, _AgainError) as error:
            raised = error
        finally:
            tracing(None)
        assert work.ended.wait(AT_MOST)
        assert work.was_cancelled
        if isinstance(raised, StoppedByHandError):
            assert len(steps) < step
            break
        assert isinstance(raised, _AgainError)
        assert isinstance(raised.__context__, StoppedByHandError)
    assert step > 3, "the lines of the cleanup"


def test_a_second_signal_while_the_end_is_waited_for_ends_the_wait() -> None:
    let_go, is_over = threading.Event(), threading.Event()

    def block() -> None:
        _send(signal.SIGUSR2)
        let_go.wait(AT_MOST)
        is_over.set()

    async def send_and_block() -> None:
        _send(signal.SIGUSR1)
        try:
            await asyncio.Event().wait()
        finally:
            # In a thread that its loop has to wait for.
            asyncio.get_running_loop().run_in_executor(None, block)

    with pytest.raises(_AgainError) as raised:
        event_loop.run(send_and_block)
    assert not is_over.is_set()
    assert isinstance(raised.value.__context__, StoppedByHandError)
    let_go.set()
    assert is_over.wait(AT_MOST)


def test_work_that_does_not_end_does_not_keep_the_caller() -> None:
    let_go = threading.Event()

    async def send_and_block() -> None:
        _send(signal.SIGUSR1)
        await asyncio.to_thread(let_go.wait, 2 * AT_MOST)

    try:
        with pytest.raises(StoppedByHandError):
            event_loop.run(send_and_block)
    finally:
        let_go.set()


def test_two_signals_at_once_end_the_work() -> None:
    for _ in range(5):
        work = _Work(is_endless=True)

        async def send_both_and_go_on(work: _Work = work) -> str:
            _send(signal.SIGUSR1)
            _send(signal.SIGUSR2)
            return await work()

        # The second is raised at the first step that the first leads to.
        with pytest.raises((StoppedByHandError, _AgainError)):
            event_loop.run(send_both_and_go_on)
        assert work.ended.wait(AT_MOST)
        assert work.was_cancelled


def test_a_system_without_another_thread_is_an_error_and_no_endless_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        event_loop.run(_Work())
