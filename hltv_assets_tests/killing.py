"""Killing (SIGKILL) what is under test at each line that it runs: nothing half done may be left by any of them."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def died_at_line(last: int, act: Callable[[], object], code: str) -> bool:
    """Act in a process of its own, which dies before it runs its `last` line, from 0, of the `code` (a path's start).

    Return whether it came that far. To be called in a process without threads.
    """
    child = os.fork()
    if child == 0:
        _die_at_line(last, code)
        act()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    assert status == 0, "what was to be killed failed by itself"
    return False


def _die_at_line(last: int, code: str) -> None:
    seen = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal seen
        if not frame.f_code.co_filename.startswith(code):
            return None
        if event == "line":
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1
        return trace

    sys.settrace(trace)
