"""An end, with a stack of every thread, for a test that hangs where its time-out cannot reach it."""

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager

# Seconds after its time-out at which a test is ended that sits in C code, where no signal reaches it.
GRACE = 60.0


@contextmanager
def ended_if_stuck(limit: float, stderr: int) -> Iterator[None]:
    """End this process, with a stack of every thread on a file descriptor, if the block outlives its limit by far."""
    faulthandler.dump_traceback_later(limit + GRACE, exit=True, file=stderr)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
