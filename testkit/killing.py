"""Killing (SIGKILL) what is under test at each line that it runs: nothing half done may be left by any of them."""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any


def died_at_line(last: int, act: Callable[[], object], code: str, *, most_runs: int = sys.maxsize) -> bool:
    """Act in a process of its own, which dies before it runs its `last` line, from 0, of the `code` (a path's start).

    A line that runs more often than `most_runs` counts no more. Return whether it came that far. To be called in a
    process without threads.
    """
    child = os.fork()
    if child == 0:
        _die_at_line(last, code, most_runs)
        act()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    assert status == 0, "what was to be killed failed by itself"
    return False


def _die_at_line(last: int, code: str, most_runs: int) -> None:
    seen = 0
    runs: Counter[tuple[str, int]] = Counter()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal seen
        if not frame.f_code.co_filename.startswith(code):
            return None
        if event == "line":
            line = (frame.f_code.co_filename, frame.f_lineno)
            runs[line] += 1
            if runs[line] > most_runs:
                return trace
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1
        return trace

    sys.settrace(trace)
